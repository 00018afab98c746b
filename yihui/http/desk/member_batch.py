"""/desk/members/batch: sign up everybody on a sheet: upload it, see every faulty row, then confirm."""

from collections.abc import Mapping
from types import MappingProxyType

from fastapi import APIRouter, Request, Response

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value
from yihui.http.desk.pages import (
    NO_FEEDBACK,
    ActOutcome,
    FormFeedback,
    OfficerPages,
    build_link,
    require_confirmation,
    require_value,
)
from yihui.http.desk.previewed_files import PreviewedForm, store_for_preview
from yihui.http.desk.visit import OfficerVisit
from yihui.runtime.errors import fault_line

MAX_UPLOAD_BYTES = 4 << 20
_MOST_FAULTS = 200
_DONE: Mapping[str, str] = MappingProxyType({"joined": N_("Everybody on the sheet is a member now.")})
SHEET_FAULTS = FaultTable(
    "officer_sheet",
    {
        "no_file": (
            N_("no sheet was chosen"),
            N_("choose a CSV or XLSX file with name, ID number and phone"),
        ),
        "unsigned": (
            N_("the box “Everybody on the sheet has signed” is not ticked"),
            N_("collect the signatures and keep them, then tick the box"),
        ),
    },
)


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/members/batch")
    def begin(request: Request) -> Response:
        visit = pages.open(request, Right.CHANGE_MEMBERS)
        return show_form(visit, NO_FEEDBACK, visit.done(request, _DONE))

    def show_form(visit: OfficerVisit, feedback: FormFeedback, done: str | None = None) -> Response:
        return pages.render(visit, "member_batch.html", feedback, done=done)

    @made.post("/members/batch")
    async def upload(request: Request) -> Response:
        return await store_for_preview(pages, request, form)

    def read_options(visit: OfficerVisit, sent: FormFields) -> dict[str, str]:
        from yihui.services.joining.requests import require_joining_vault

        code = require_value(sent, "organisation", N_("organisation"))
        pages.authorise(visit, Right.CHANGE_MEMBERS, code)
        require_joining_vault(pages.site.wiring)  # without its key, the sheet would lie in clear
        return {"organisation": code}

    form = PreviewedForm(
        Right.CHANGE_MEMBERS,
        "batch",
        MAX_UPLOAD_BYTES,
        SHEET_FAULTS.build("no_file", field="file"),
        "/desk/members/batch",
        read_options,
        show_form,
    )

    @made.get("/members/batch/{id_}")
    def preview(request: Request, id_: str) -> Response:
        visit = pages.open(request, Right.CHANGE_MEMBERS)
        return show_preview(visit, id_, NO_FEEDBACK)

    def show_preview(visit: OfficerVisit, id_: str, feedback: FormFeedback) -> Response:
        from yihui.files.tables import read_table_file
        from yihui.services.joining.batch import preview_batch
        from yihui.services.operation.uploads import load_upload

        wiring = pages.site.wiring
        stored = load_upload(wiring, visit.actor, id_)
        code = stored.options["organisation"]
        pages.authorise(visit, Right.CHANGE_MEMBERS, code)
        result, faults = None, []
        try:
            sheet = read_table_file(stored.content, stored.name)
            result = preview_batch(wiring, sheet, code, visit.actor.id)
        except FaultError as error:
            faults = [fault_line(fault, visit.language) for fault in error.faults]
        return pages.render(
            visit,
            "member_batch_preview.html",
            feedback,
            id=id_,
            code=code,
            result=result,
            faults=faults[:_MOST_FAULTS],
            fault_count=len(faults),
        )

    @made.post("/members/batch/{id_}/confirm")
    async def confirm(request: Request, id_: str) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _join(pages, visit, id_, sent)

        return await pages.submit(
            request,
            Right.CHANGE_MEMBERS,
            "batch",
            act,
            lambda visit, feedback: show_preview(visit, id_, feedback),
        )


def _join(pages: OfficerPages, visit: OfficerVisit, id_: str, sent: FormFields) -> ActOutcome:
    """Make everybody on the sheet a member, or nobody. *Raises*: FaultError."""
    from yihui.files.tables import read_table_file
    from yihui.services.joining.batch import join_batch
    from yihui.services.operation.uploads import delete_upload, load_upload

    wiring = pages.site.wiring
    require_confirmation(sent)
    if form_value(sent, "signed") != "yes":
        raise FaultError(SHEET_FAULTS.build("unsigned", field="signed"))
    stored = load_upload(wiring, visit.actor, id_)
    code = stored.options["organisation"]
    pages.authorise(visit, Right.CHANGE_MEMBERS, code)
    sheet = read_table_file(stored.content, stored.name)
    join_batch(wiring, sheet, code, visit.actor.id, signed=True)
    delete_upload(wiring, id_)  # names and numbers lie in it
    return ActOutcome(build_link("/desk/members/batch", done="joined"))
