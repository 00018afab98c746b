"""/me/files: files that the member attached, as pictures; and forms that take one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from core.faults import FaultError
from core.text_marks import N_
from yihui.access.acting import state_act, stating_if_done
from yihui.http.body import (
    FORM_MEDIA_TYPE,
    FormFields,
    content_media_type,
    form_value,
    read_file_form,
    read_form,
)
from yihui.http.desk.files import MAX_FILE_FORM_BYTES, picture_response
from yihui.http.errors import problem_for_error
from yihui.http.form_acts import ActOutcome, FormFeedback
from yihui.http.me.pages import MAX_FORM_BYTES, Act, Again, MemberPages, require_own_page
from yihui.http.me.visit import MemberVisit
from yihui.services.desk.form_submissions import check_form_key

if TYPE_CHECKING:
    from members.attachments import AttachmentOwner
    from yihui.services.attachments.attachments import SentFile

USUAL_TITLE = N_("A paper")
_REMOVE = "remove-"
_NOT_HERS = ("unknown", "unknown_form", "unknown_decision")


@dataclass(frozen=True, slots=True)
class FormPlace:
    """A form that takes files: its kind and its key (a rule, an application's number, a decision, "new")."""

    kind: str
    key: str

    @classmethod
    def parse(cls, text: str) -> "FormPlace":
        """Return the form that a text names; whether the member has it, ``require`` says."""
        kind, _, key = text.partition(":")
        return cls(kind, key)

    def require(self, visit: MemberVisit) -> None:
        """*Raises*: FaultError if the member has no such form; it is the same for another member's."""
        from yihui.services.applications.own_applications import load_applicable_rule, load_own_application
        from yihui.services.attachments.attachments import ATTACHMENT_FAULTS
        from yihui.services.benefits.own_decisions import load_own_decision

        wiring, member = visit.pages.site.wiring, visit.member
        if self.kind == "apply":
            load_applicable_rule(wiring, member, self.key)
        elif self.kind == "again":
            load_own_application(wiring, member, read_number(self.key))
        elif self.kind == "appeal":
            load_own_decision(wiring, member, self.key)
        elif self.kind == "mutual-aid":
            from yihui.cases.mutual_aid.own import load_own_cover

            load_own_cover(wiring, member, read_number(self.key))
        elif (self.kind, self.key) != ("certificate", "new"):
            raise FaultError(ATTACHMENT_FAULTS.build("unknown_own", field="place"))

    def owner(self, member: str) -> "AttachmentOwner":
        """Return the owner of the files that wait for this form."""
        from yihui.services.applications.own_applications import upload_owner

        return upload_owner(member, self.kind, self.key)

    def context(self, visit: MemberVisit) -> dict[str, Any]:
        """Return what the part of the page with the files shows."""
        from yihui.files.pictures import MAX_FILE_BYTES
        from yihui.services.attachments.attachments import list_waiting_files

        waiting = list_waiting_files(visit.pages.site.wiring, self.owner(visit.member))
        return {"place": f"{self.kind}:{self.key}", "waiting": waiting, "most_bytes": MAX_FILE_BYTES}


def router(made: APIRouter, pages: MemberPages) -> None:
    @made.get("/files/{number}", response_class=HTMLResponse)
    def file(request: Request, number: str) -> Response:
        from yihui.services.attachments.attachments import find_own_file

        visit = pages.open(request)
        return visit.page(
            "file.html", one=find_own_file(pages.site.wiring, visit.member, read_number(number))
        )

    @made.get("/files/{number}/pages/{page}")
    def picture(request: Request, number: str, page: str) -> Response:
        from yihui.services.attachments.attachments import find_own_file, read_page

        visit = pages.open(request)
        found = find_own_file(pages.site.wiring, visit.member, read_number(number))
        return picture_response(read_page(pages.site.wiring, found, read_number(page)))


def read_number(text: str) -> int:
    """Return a number of an address; 0, which nothing has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


async def submit_with_file(
    pages: MemberPages, request: Request, form: str, place: FormPlace, act: Act, again: Again
) -> Response:
    """As ``MemberPages.submit``, for a form that takes files: one button attaches, one removes, one hands in.

    The file is checked and drawn before the turn of the write comes, if the form is the member's and one more file
    may wait. What was typed stays on the page.
    """
    arrived_at = pages.site.wiring.now()
    require_own_page(request)
    visit = await run_in_threadpool(pages.open, request, arrived_at)
    content = b""
    if content_media_type(request.headers) == FORM_MEDIA_TYPE:
        sent = await read_form(request, MAX_FORM_BYTES)
    else:
        sent, files = await read_file_form(request, MAX_FILE_FORM_BYTES)
        content = files["file"].content if "file" in files else b""
    file = await run_in_threadpool(_prepare, pages, visit, sent, form, place, content)
    if isinstance(file, FormFeedback):
        return await run_in_threadpool(again, visit, file)
    attached = file

    def carry_out(visit: MemberVisit, sent: FormFields) -> ActOutcome | str:
        return _act(pages, visit, sent, place, attached, form, act, again)

    return await pages.site.write_queue.run(pages.carry_out, visit, sent, form, carry_out, again)


def _prepare(
    pages: MemberPages, visit: MemberVisit, sent: FormFields, form: str, place: FormPlace, content: bytes
) -> "SentFile | FormFeedback | None":
    from yihui.services.attachments.attachments import read_sent_file, require_room_for_own_file

    if not content and form_value(sent, "act") != "attach":
        return None
    check_form_key(pages.site.wiring, visit.actor, form_value(sent, "form_key"))
    place.require(visit)
    try:
        require_room_for_own_file(pages.site.wiring, visit.member)
        return read_sent_file(read_title(visit, form_value(sent, "title")), content)
    except FaultError as error:
        if problem_for_error(error, visit.language).status >= 500:
            raise
        return pages.refuse(visit.appearance, error, form, sent)


def read_title(visit: MemberVisit, typed: str) -> str:
    """Return what a file is; the usual word if the member says nothing."""
    return typed.strip() or visit.language.translate(USUAL_TITLE)


def _act(
    pages: MemberPages,
    visit: MemberVisit,
    sent: FormFields,
    place: FormPlace,
    file: "SentFile | None",
    form: str,
    act: Act,
    again: Again,
) -> ActOutcome | str:
    from yihui.services.attachments.attachments import add_own_file, remove_own_file

    wiring, owner, chosen = visit.pages.site.wiring, place.owner(visit.member), form_value(sent, "act")
    if file is not None or chosen.startswith(_REMOVE):
        state_act("member", visit.member)
    if file is not None:
        add_own_file(wiring, visit.actor, owner, file)
    if chosen.startswith(_REMOVE):
        remove_own_file(wiring, visit.actor, owner, read_number(chosen.removeprefix(_REMOVE)))
    typed = {name: values for name, values in sent.items() if name not in ("title", "act", "form_key")}
    feedback = FormFeedback((), typed, form)
    if chosen != "attach" and not chosen.startswith(_REMOVE):
        try:
            with stating_if_done():
                return act(visit, sent)
        except FaultError as error:
            if file is None or error.faults[0].short_code in _NOT_HERS:
                raise
            feedback = pages.refuse(visit.appearance, error, form, typed)  # the file is attached all the same
    shown = again(visit, feedback)
    return ActOutcome(visit.request.url.path, shown_once=shown)
