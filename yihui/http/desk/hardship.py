"""/desk/hardship: case files of households in hardship, their reviews, and visits with money."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from core.text_marks import N_
from members.attachments import Attachment, AttachmentKind
from members.hardship.case import ACT_TITLES, STATE_TITLES, FileAct
from members.hardship.household import CAUSES, LEVELS, MEASURES, RELATIONS
from members.hardship.visit import RECEIPTS, VISIT_STATE_TITLES, visit_reference
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value
from yihui.http.desk.faults import form_choice
from yihui.http.desk.files import download_response, picture_response, submit_with_file
from yihui.http.desk.members import parse_form_day
from yihui.http.desk.pages import (
    NO_FEEDBACK,
    ActOutcome,
    FormFeedback,
    OfficerPages,
    build_link,
    require_confirmation,
    require_value,
)
from yihui.http.desk.visit import OfficerVisit

if TYPE_CHECKING:
    from yihui.bootstrap import Wiring
    from yihui.services.attachments.attachments import SentFile
    from yihui.services.hardship.case_files import ActOnFile
    from yihui.services.hardship.intake import WrittenPerson
    from yihui.services.hardship.lists import FileStatus

PLACES = 6  # persons that the forms have room for; the command line takes more
PAGE_SIZE = 50
_DONE: Mapping[str, str] = MappingProxyType(
    {
        "opened": N_("The case file was opened; another officer does its first review."),
        "recorded": N_("It was recorded."),
        "planned": N_("The visit was planned; another officer releases the money."),
        "released": N_("The money was released; bring the receipt back."),
        "handed_over": N_("The receipt was recorded."),
        "deleted": N_("The photograph was deleted."),
        "ended": N_("The visit was ended; released money is back in its budget."),
    }
)
_LABELS = {
    "relations": RELATIONS,
    "causes": CAUSES,
    "measures": MEASURES,
    "levels": LEVELS,
    "states": STATE_TITLES,
    "visit_states": VISIT_STATE_TITLES,
    "acts": ACT_TITLES,
    "receipts": RECEIPTS,
    "places": range(1, PLACES + 1),
}
_FileWork = Callable[["Wiring", OfficerVisit, FormFields, "ActOnFile"], "FileStatus"]


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/hardship")
    def files(request: Request, only: str = "", before: int | None = None) -> Response:
        visit = pages.open(request, Right.READ_HARDSHIP)
        return show_list(visit, NO_FEEDBACK, only, before)

    def show_list(
        visit: OfficerVisit, feedback: FormFeedback, only: str = "", before: int | None = None
    ) -> Response:
        from members.hardship.repository import FileQuery
        from yihui.services.hardship.lists import load_files
        from yihui.views.hardship import due_text

        state = only if only in list(STATE_TITLES) else None
        query = FileQuery(state=state, before=before, limit=PAGE_SIZE + 1)
        found = load_files(
            pages.site.wiring, visit.actor, query, only_due=only == "due", only_visits=only == "visits"
        )
        later = found[PAGE_SIZE - 1].file.number if len(found) > PAGE_SIZE else None
        return pages.render(
            visit,
            "hardship_files.html",
            feedback,
            files=found[:PAGE_SIZE],
            due={one.file.number: due_text(one, visit.language) for one in found},
            only=only,
            earlier=build_link("/desk/hardship", only=only) if before else None,
            later=build_link("/desk/hardship", only=only, before=later) if later else None,
            **_LABELS,
        )

    @made.post("/hardship")
    async def open_(request: Request) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _open(pages, visit, sent)

        return await pages.submit(request, Right.KEEP_HARDSHIP, "open", act, show_list)

    @made.get("/hardship/{number}")
    def file(request: Request, number: int) -> Response:
        visit = pages.open(request, Right.READ_HARDSHIP)
        return show(visit, number, NO_FEEDBACK, visit.done(request, _DONE))

    def show(visit: OfficerVisit, number: int, feedback: FormFeedback, done: str | None = None) -> Response:
        from yihui.services.hardship.lists import load_file
        from yihui.services.hardship.photos import list_case_attachments
        from yihui.views.hardship import due_text, income_text, sort_attachments

        found = load_file(pages.site.wiring, visit.actor, number)
        photos, receipts = sort_attachments(list_case_attachments(pages.site.wiring, found.status.file))
        return pages.render(
            visit,
            "hardship_file.html",
            feedback,
            status=found.status,
            file=found.status.file,
            events=found.events,
            photos=photos,
            receipt_files=receipts,
            income=income_text(found.status, visit.language),
            due=due_text(found.status, visit.language),
            done=done,
            **_LABELS,
        )

    @made.post("/hardship/{number}/acts")
    async def acts(request: Request, number: int) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            named, work = _ACTS[form_choice(sent, "act", _ACTS)]
            return _act(pages, visit, sent, number, named, work)

        return await pages.submit(request, Right.KEEP_HARDSHIP, "act", act, again(number))

    def again(number: int) -> Callable[[OfficerVisit, FormFeedback], Response]:
        return lambda visit, feedback: show(visit, number, feedback)

    @made.post("/hardship/{number}/visits")
    async def plan(request: Request, number: int) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _act(pages, visit, sent, number, FileAct.PLAN_VISIT, _plan)

        return await pages.submit(request, Right.KEEP_HARDSHIP, "plan", act, again(number))

    @made.post("/hardship/{number}/visits/{visit}")
    async def step(request: Request, number: int, visit: int) -> Response:
        def act(officer: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _step_visit(pages, officer, sent, number, visit)

        return await pages.submit(request, Right.KEEP_HARDSHIP, f"visit-{visit}", act, again(number))

    _add_file_routes(made, pages, again)


def _add_file_routes(
    made: APIRouter,
    pages: OfficerPages,
    again: Callable[[int], Callable[[OfficerVisit, FormFeedback], Response]],
) -> None:
    @made.post("/hardship/{number}/photos")
    async def photo(request: Request, number: int) -> Response:
        def act(visit: OfficerVisit, sent: FormFields, file: "SentFile") -> ActOutcome:
            return _act(pages, visit, sent, number, FileAct.CHANGE, _add_photo(file))

        right = Right.KEEP_HARDSHIP
        return await submit_with_file(pages, request, right, "photo", act, again(number))

    @made.post("/hardship/{number}/visits/{visit}/receipt")
    async def receipt(request: Request, number: int, visit: int) -> Response:
        def act(officer: OfficerVisit, sent: FormFields, file: "SentFile") -> ActOutcome:
            return _act(pages, officer, sent, number, FileAct.HAND_OVER, _record_receipt(visit, file))

        form, title = f"receipt-{visit}", visit_reference(number, visit)
        right = Right.KEEP_HARDSHIP
        return await submit_with_file(pages, request, right, form, act, again(number), title)

    @made.get("/hardship/{number}/files/{file}")
    def attachment(request: Request, number: int, file: int) -> Response:
        return show(pages.open(request, Right.READ_HARDSHIP), number, file, NO_FEEDBACK)

    def show(visit: OfficerVisit, number: int, file: int, feedback: FormFeedback) -> Response:
        found = load(visit, number, file)
        may_delete = found.kind is AttachmentKind.HARDSHIP_PHOTO and visit.holds(Right.KEEP_HARDSHIP)
        return pages.render(
            visit, "hardship_attachment.html", feedback, one=found, number=number, may_delete=may_delete
        )

    def load(visit: OfficerVisit, number: int, file: int) -> Attachment:
        from yihui.services.hardship.photos import load_case_attachment

        return load_case_attachment(pages.site.wiring, visit.actor, number, file)

    @made.post("/hardship/{number}/files/{file}/deletion")
    async def deletion(request: Request, number: int, file: int) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _act(pages, visit, sent, number, FileAct.DELETE_PHOTO, _delete_photo(file))

        def show_again(visit: OfficerVisit, feedback: FormFeedback) -> Response:
            return show(visit, number, file, feedback)

        return await pages.submit(request, Right.KEEP_HARDSHIP, "deletion", act, show_again)

    @made.get("/hardship/{number}/files/{file}/pages/{page}")
    def picture(request: Request, number: int, file: int, page: int) -> Response:
        from yihui.services.attachments.attachments import read_page

        found = load(pages.open(request, Right.READ_HARDSHIP), number, file)
        return picture_response(read_page(pages.site.wiring, found, page))

    @made.get("/hardship/{number}/files/{file}/download")
    def download(request: Request, number: int, file: int) -> Response:
        from yihui.services.attachments.attachments import read_whole

        found = load(pages.open(request, Right.READ_HARDSHIP), number, file)
        return download_response(found, read_whole(pages.site.wiring, found))


def _open(pages: OfficerPages, visit: OfficerVisit, sent: FormFields) -> ActOutcome:
    from yihui.services.hardship.case_files import FileIntake, open_file

    persons, causes = _written_persons(sent), sent.get("cause", [])
    require_confirmation(sent)
    organisation = require_value(sent, "organisation", N_("organisation"))
    intake = FileIntake(organisation, form_value(sent, "level"), persons, causes, form_value(sent, "plan"))
    file = open_file(pages.site.wiring, visit.actor, intake).file
    return _outcome(file.number, "opened")


def _written_persons(sent: FormFields) -> "list[WrittenPerson]":
    """Return the persons of a form; places without a relation are left out."""
    from yihui.services.hardship.intake import WrittenPerson

    rows = [
        (
            form_choice(sent, f"relation-{place}", ("", *RELATIONS)),
            *(form_value(sent, f"{name}-{place}") for name in ("member", "income", "name")),
        )
        for place in range(1, PLACES + 1)
    ]
    return [WrittenPerson(*row) for row in rows if any(row)]


def _act(
    pages: OfficerPages,
    visit: OfficerVisit,
    sent: FormFields,
    number: int,
    named: FileAct,
    work: _FileWork,
) -> ActOutcome:
    from yihui.services.hardship.case_files import ActOnFile

    require_confirmation(sent)
    reason, seen = form_value(sent, "reason"), form_value(sent, "version")
    wanted = ActOnFile(number, named, int(seen) if seen.isascii() and seen.isdigit() else None, reason)
    work(pages.site.wiring, visit, sent, wanted)
    done = _DONE_BY_ACT.get(named, "recorded")
    return _outcome(number, done)


_DONE_BY_ACT: Mapping[FileAct, str] = MappingProxyType(
    {
        FileAct.PLAN_VISIT: "planned",
        FileAct.RELEASE_VISIT: "released",
        FileAct.HAND_OVER: "handed_over",
        FileAct.END_VISIT: "ended",
        FileAct.DELETE_PHOTO: "deleted",
    }
)


def _outcome(number: int, done: str) -> ActOutcome:
    return ActOutcome(build_link(f"/desk/hardship/{number}", done=done))


def _change(wiring: "Wiring", visit: OfficerVisit, sent: FormFields, wanted: "ActOnFile") -> "FileStatus":
    from yihui.services.hardship.case_files import FileChange, change_file

    plan = form_value(sent, "plan")
    return change_file(wiring, visit.actor, wanted, FileChange(None, sent.get("cause", []), plan or None))


def _change_persons(
    wiring: "Wiring", visit: OfficerVisit, sent: FormFields, wanted: "ActOnFile"
) -> "FileStatus":
    from yihui.services.hardship.case_files import FileChange, change_file

    return change_file(wiring, visit.actor, wanted, FileChange(_written_persons(sent)))


def _measure(wiring: "Wiring", visit: OfficerVisit, sent: FormFields, wanted: "ActOnFile") -> "FileStatus":
    from yihui.services.hardship.case_files import record_measure

    kind, text = form_value(sent, "kind"), form_value(sent, "text")
    return record_measure(wiring, visit.actor, wanted, kind, text)


def _review(wiring: "Wiring", visit: OfficerVisit, sent: FormFields, wanted: "ActOnFile") -> "FileStatus":
    from yihui.services.hardship.case_files import review_file

    return review_file(wiring, visit.actor, wanted, form_value(sent, "level"))


def _close(wiring: "Wiring", visit: OfficerVisit, _: FormFields, wanted: "ActOnFile") -> "FileStatus":
    from yihui.services.hardship.case_files import close_file

    return close_file(wiring, visit.actor, wanted)


def _reopen(wiring: "Wiring", visit: OfficerVisit, sent: FormFields, wanted: "ActOnFile") -> "FileStatus":
    from yihui.services.hardship.case_files import reopen_file

    return reopen_file(wiring, visit.actor, wanted, form_value(sent, "level"))


_ACTS: Mapping[str, tuple[FileAct, _FileWork]] = MappingProxyType(
    {
        "change": (FileAct.CHANGE, _change),
        "persons": (FileAct.CHANGE, _change_persons),
        "measure": (FileAct.MEASURE, _measure),
        "review": (FileAct.REVIEW, _review),
        "close": (FileAct.CLOSE, _close),
        "reopen": (FileAct.REOPEN, _reopen),
    }
)


def _plan(wiring: "Wiring", visit: OfficerVisit, sent: FormFields, wanted: "ActOnFile") -> "FileStatus":
    from yihui.services.hardship.visits import VisitPlan, plan_visit

    on = parse_form_day(form_value(sent, "on"), visit.day)
    member, yuan = form_value(sent, "member"), form_value(sent, "yuan")
    return plan_visit(wiring, visit.actor, wanted, VisitPlan(member, on, yuan, form_value(sent, "purpose")))


def _step_visit(
    pages: OfficerPages, visit: OfficerVisit, sent: FormFields, number: int, place: int
) -> ActOutcome:
    """Release the money of a visit, or end the visit."""
    from yihui.services.hardship.visits import end_visit, release_visit

    step = form_choice(sent, "step", ("release", "end"))
    named = FileAct.RELEASE_VISIT if step == "release" else FileAct.END_VISIT
    take = release_visit if step == "release" else end_visit

    def work(wiring: "Wiring", visit: OfficerVisit, _: FormFields, wanted: "ActOnFile") -> "FileStatus":
        return take(wiring, visit.actor, wanted, place)

    return _act(pages, visit, sent, number, named, work)


def _add_photo(file: "SentFile") -> _FileWork:
    def work(wiring: "Wiring", visit: OfficerVisit, _: FormFields, wanted: "ActOnFile") -> "FileStatus":
        from yihui.services.hardship.photos import add_photo

        return add_photo(wiring, visit.actor, wanted, file)

    return work


def _delete_photo(photo: int) -> _FileWork:
    def work(wiring: "Wiring", visit: OfficerVisit, _: FormFields, wanted: "ActOnFile") -> "FileStatus":
        from yihui.services.hardship.photos import delete_photo

        return delete_photo(wiring, visit.actor, wanted, photo)

    return work


def _record_receipt(place: int, file: "SentFile") -> _FileWork:
    def work(wiring: "Wiring", visit: OfficerVisit, sent: FormFields, wanted: "ActOnFile") -> "FileStatus":
        from yihui.services.hardship.visits import record_receipt

        return record_receipt(wiring, visit.actor, wanted, place, form_value(sent, "kind"), file)

    return work
