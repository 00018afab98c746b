"""/desk/stations/import: upload a register, see what it would change and which rows are faulty, then confirm."""

from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter, Request, Response

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.datum import Datum
from yihui.access.roles import Right
from yihui.frame.feedback import FormFeedback
from yihui.frame.pages import OfficerVisit, build_link, require_confirmation
from yihui.http.body import FormFields, form_value
from yihui.http.desk.hand_pages import HandPages
from yihui.http.desk.previewed_files import PreviewedForm, store_for_preview
from yihui.http.desk.sent_values import form_choice
from yihui.runtime.errors import fault_line, without_commands

MAX_UPLOAD_BYTES = 16 << 20
_MOST_FAULTS = 200
IMPORT_FAULTS = FaultTable(
    "officer_import",
    {
        "no_file": (N_("no file was chosen"), N_("choose a CSV, XLSX or GeoJSON file")),
        "elsewhere": (
            N_("{count} stations of the file or its register lie outside of your districts, such as {value}"),
            N_("import only stations of your districts, or ask an officer of the organisation above"),
        ),
        "faulty": (
            N_("{count} rows are faulty"),
            N_("mend them and upload the file again, or tick that the good rows are imported alone"),
        ),
        "contradicted": (
            N_("the points contradict the datum: all of them would be misplaced"),
            N_("go back and choose the datum that fits, or mend the file"),
        ),
    },
)


def router(made: APIRouter, pages: HandPages) -> None:
    def show_form(visit: OfficerVisit, feedback: FormFeedback) -> Response:
        datums = [one.value for one in Datum]
        return pages.render(visit, "station_import.html", feedback, datums=datums)

    @made.post("/stations/import")
    async def upload(request: Request) -> Response:
        return await store_for_preview(pages, request, form)

    def read_options(_: OfficerVisit, sent: FormFields) -> dict[str, str]:
        datum = form_choice(sent, "datum", ("", *Datum))
        hidden = form_choice(sent, "hidden_rows", ("", "take", "leave")) or "take"
        return {"datum": datum, "register": form_value(sent, "register")[:100], "hidden_rows": hidden}

    form = PreviewedForm(
        Right.CHANGE_STATIONS,
        "import",
        MAX_UPLOAD_BYTES,
        IMPORT_FAULTS.build("no_file", field="file"),
        "/desk/stations/import",
        read_options,
        show_form,
    )

    def show_preview(visit: OfficerVisit, feedback: FormFeedback, id_: str) -> Response:
        from yihui.services.stations.desk import read_upload
        from yihui.services.stations.station_import import store_register
        from yihui.views.station_import import diff_lines, reading_lines

        wiring, language = pages.site.wiring, visit.language
        intake = read_upload(wiring, visit.actor, id_)
        found = (*intake.table.notes, *intake.findings, *intake.reading.faults)
        can_import = not intake.contradictions and bool(intake.reading.stations)
        diff, unconfirmed = store_register(wiring, intake, dry_run=True, confirmed=False)
        return pages.render(
            visit,
            "station_preview.html",
            feedback,
            id=id_,
            intake=intake,
            reading=list(map(without_commands, reading_lines(intake, language, for_page=True))),
            faults=[fault_line(fault, language) for fault in found[:_MOST_FAULTS]],
            fault_count=len(found),
            faulty_rows=len({fault.row for fault in intake.reading.errors}),
            diff=diff,
            diff_lines=list(diff_lines(diff, intake, language, dry_run=True)),
            unconfirmed=[fault_line(fault, language) for fault in unconfirmed],
            can_import=can_import,
        )

    right, path = Right.CHANGE_STATIONS, "/stations/import/{id_}"
    pages.add_page(made, "/stations/import", right, show_form, {"imported": N_("The register was imported.")})
    pages.add_page(made, path, right, show_preview)
    pages.add_form(made, f"{path}/confirm", right, "confirm", partial(_store, pages), show_preview)


def _store(pages: HandPages, visit: OfficerVisit, sent: FormFields, id_: str) -> str:
    """Import the uploaded register. *Raises*: FaultError if it is faulty, unconfirmed, or not the officer's to change."""
    from yihui.operations.uploads import delete_upload
    from yihui.services.stations.desk import list_foreign_stations, read_upload
    from yihui.services.stations.station_import import store_register

    wiring = pages.site.wiring
    require_confirmation(sent)
    intake = read_upload(wiring, visit.actor, id_)
    if intake.contradictions:
        raise FaultError(IMPORT_FAULTS.build("contradicted", field="file"))
    faulty = len({fault.row for fault in intake.reading.errors})
    if faulty and form_value(sent, "partial") != "yes":
        raise FaultError(IMPORT_FAULTS.build("faulty", field="partial", count=faulty))
    foreign: Sequence[str] = list_foreign_stations(wiring, pages.scope(visit, Right.CHANGE_STATIONS), intake)
    if foreign:
        raise FaultError(IMPORT_FAULTS.build("elsewhere", field="file", value=foreign[0], count=len(foreign)))
    confirmed, link = form_value(sent, "confirmed") == "yes", form_value(sent, "link") == "yes"
    store_register(wiring, intake, dry_run=False, confirmed=confirmed, link=link)
    delete_upload(wiring, id_)
    return build_link("/desk/stations/import", done="imported")
