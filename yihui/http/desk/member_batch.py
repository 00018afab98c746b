"""/desk/members/batch: sign up everybody on a sheet: upload it, see every faulty row, then confirm."""

from collections.abc import Mapping
from functools import partial

from fastapi import APIRouter, Request, Response

from core.faults import Fault, FaultError, FaultTable
from core.sheets.listed_rows import HiddenRows
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.files.tables import SheetReader
from yihui.frame.feedback import FormFeedback
from yihui.frame.pages import OfficerVisit, build_link, require_confirmation
from yihui.http.body import FormFields, form_value
from yihui.http.desk.hand_pages import HandPages, require_value
from yihui.http.desk.previewed_files import PreviewedForm, store_for_preview
from yihui.http.desk.sent_values import read_hidden_choice
from yihui.runtime.errors import fault_line

MAX_UPLOAD_BYTES = 4 << 20
_MOST_FAULTS = 200
_DONE: Mapping[str, str] = {"joined": N_("Everybody on the sheet is a member now.")}
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


def router(made: APIRouter, pages: HandPages) -> None:
    def show_form(visit: OfficerVisit, feedback: FormFeedback) -> Response:
        return pages.render(visit, "member_batch.html", feedback)

    @made.post("/members/batch")
    async def upload(request: Request) -> Response:
        return await store_for_preview(pages, request, form)

    def read_options(visit: OfficerVisit, sent: FormFields) -> dict[str, str]:
        from yihui.services.joining.requests import require_joining_vault

        code = require_value(sent, "organisation", N_("organisation"))
        pages.authorise(visit, Right.CHANGE_MEMBERS, code)
        require_joining_vault(pages.site.wiring)  # without its key, the sheet would lie in clear
        return {"organisation": code, "hidden_rows": read_hidden_choice(sent, []).hidden}

    form = PreviewedForm(
        Right.CHANGE_MEMBERS,
        "batch",
        MAX_UPLOAD_BYTES,
        SHEET_FAULTS.build("no_file", field="file"),
        "/desk/members/batch",
        read_options,
        show_form,
    )

    def show_preview(visit: OfficerVisit, feedback: FormFeedback, id_: str) -> Response:
        from yihui.operations.uploads import load_upload
        from yihui.services.joining.batch import preview_batch, read_batch

        wiring = pages.site.wiring
        stored = load_upload(wiring, visit.actor, id_)
        code = stored.options["organisation"]
        pages.authorise(visit, Right.CHANGE_MEMBERS, code)
        result, faults, notes = None, [], list[Fault]()
        try:
            sheets = SheetReader(HiddenRows(stored.options["hidden_rows"]), notes.extend)
            sheet = read_batch(stored.content, stored.name, sheets)
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
            notes=[fault_line(note, visit.language) for note in notes],
            faults=faults[:_MOST_FAULTS],
            fault_count=len(faults),
        )

    right, path = Right.CHANGE_MEMBERS, "/members/batch/{id_}"
    pages.add_page(made, "/members/batch", right, show_form, _DONE)
    pages.add_page(made, path, right, show_preview)
    pages.add_form(made, f"{path}/confirm", right, "batch", partial(_join, pages), show_preview)


def _join(pages: HandPages, visit: OfficerVisit, sent: FormFields, id_: str) -> str:
    """Make everybody on the sheet a member, or nobody. *Raises*: FaultError."""
    from yihui.operations.uploads import delete_upload, load_upload
    from yihui.services.joining.batch import join_batch, read_batch

    wiring = pages.site.wiring
    require_confirmation(sent)
    if form_value(sent, "signed") != "yes":
        raise FaultError(SHEET_FAULTS.build("unsigned", field="signed"))
    stored = load_upload(wiring, visit.actor, id_)
    code = stored.options["organisation"]
    pages.authorise(visit, Right.CHANGE_MEMBERS, code)
    sheet = read_batch(stored.content, stored.name, SheetReader(HiddenRows(stored.options["hidden_rows"])))
    join_batch(wiring, sheet, code, visit.actor.id, signed=True)
    delete_upload(wiring, id_)  # names and numbers lie in it
    return build_link("/desk/members/batch", done="joined")
