"""/desk/planning/demand: upload a file of demand, see how it is read, store it under a name, delete it."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value
from yihui.http.desk.pages import FormFeedback, OfficerPages, OfficerVisit, build_link, require_confirmation
from yihui.http.desk.planning_analyses import list_areas, read_area, read_typed, use_form_terms
from yihui.http.desk.previewed_files import PreviewedForm, store_for_preview
from yihui.planning.analysis.fields import check_fields
from yihui.planning.demand.fields import READING_FIELDS
from yihui.planning.demand.job import (
    PREVIEWS,
    DemandReading,
    begin_demand_reading,
    load_demand_preview,
    parse_demand_reading,
    store_read_upload,
)
from yihui.runtime.errors import fault_line
from yihui.services.operation.demand_files import (
    DEMAND_UPLOAD_FAULTS,
    MAX_DEMAND_BYTES,
    check_demand_area,
    delete_demand_file,
    list_covered_demand_files,
    require_demand_file,
)
from yihui.services.operation.uploads import change_upload_options, load_upload
from yihui.views.form_terms import fault_in_form_terms

PAGE = "/desk/planning/demand"
_MOST_FAULTS = 200
MAX_UPLOAD_BYTES = MAX_DEMAND_BYTES + (1 << 16)  # the file and the fields around it
# The fields of the form, by the options of `yihui plan … demand` that they stand for.
FIELD_LABELS: Mapping[str, str] = {
    "--area": N_("Area"),
    "--demand": N_("Demand"),
    **{f"--{one.option}": one.label for one in READING_FIELDS},
    "--leave-out outside": N_("Leave out: rows outside of the area"),
    "--leave-out totals": N_("Leave out: totals of cities whose counties are in the file too"),
    "--leave-out unknown": N_("Leave out: rows that name no district"),
    "--raster-values counts": N_("GeoTIFF: people in each cell"),
    "--raster-values density": N_("GeoTIFF: people per km²"),
    "yihui plan demand": N_("this form"),
}
_DONE: Mapping[str, str] = {
    "stored": N_("The file is stored. Analyses of its area can be computed by it."),
    "deleted": N_("The file was deleted. Figures that were computed with it stay."),
}


def router(made: APIRouter, pages: OfficerPages) -> None:
    wiring = pages.site.wiring

    def show_list(visit: OfficerVisit, feedback: FormFeedback) -> Response:
        scope = pages.scope(visit, Right.PLAN)
        return pages.render(
            visit,
            "planning_demand.html",
            feedback,
            files=list_covered_demand_files(wiring, scope),
            areas=list_areas(pages, scope),
            names=pages.site.place_names(),
            typed={name: values[-1] for name, values in feedback.sent.items()},
            most_megabytes=MAX_DEMAND_BYTES >> 20,
            fields=READING_FIELDS,
            choices={},
        )

    @made.post("/planning/demand")
    async def upload(request: Request) -> Response:
        return await store_for_preview(pages, request, form)

    def again(visit: OfficerVisit, feedback: FormFeedback) -> Response:
        return show_list(visit, use_form_terms(feedback, FIELD_LABELS, visit.language))

    form = PreviewedForm(
        Right.PLAN,
        "upload",
        MAX_UPLOAD_BYTES,
        DEMAND_UPLOAD_FAULTS.build("no_file", field="file"),
        PREVIEWS,
        lambda visit, sent: _read_options(pages, visit, sent, read_area(pages, visit, sent)),
        again,
        lambda visit, id_: begin(visit, id_),
    )

    def begin(visit: OfficerVisit, id_: str) -> None:
        begin_demand_reading(wiring, visit.actor, id_)
        pages.site.job_runner.wake()

    def show_preview(visit: OfficerVisit, feedback: FormFeedback, id_: str) -> Response:
        upload, found = load_upload(wiring, visit.actor, id_), load_demand_preview(wiring, visit.actor, id_)
        if found.job is not None:
            return RedirectResponse(f"/desk/jobs/{found.job}", 303)
        return pages.render(
            visit,
            "planning_demand_preview.html",
            feedback,
            id=id_,
            file_name=upload.name,
            area_name=pages.site.place_names().get(upload.options.get("area", ""), ""),
            typed=upload.options,
            faults=[
                fault_in_form_terms(fault_line(one, visit.language), FIELD_LABELS, visit.language)
                for one in found.faults[:_MOST_FAULTS]
            ],
            fault_count=len(found.faults),
            **_reading_texts(visit, found.reading),
            fields=READING_FIELDS,
            choices={},
        )

    def change_options(visit: OfficerVisit, sent: FormFields, id_: str) -> str:
        area = load_upload(wiring, visit.actor, id_).options.get("area", "")
        state_act("demand_file", id_)
        change_upload_options(wiring, visit.actor, id_, _read_options(pages, visit, sent, area))
        begin(visit, id_)
        return f"{PAGE}/preview/{id_}"

    def confirm(visit: OfficerVisit, sent: FormFields, id_: str) -> str:
        scope, name = pages.scope(visit, Right.PLAN), form_value(sent, "name")
        file = store_read_upload(wiring, scope, visit.actor, id_, name)
        return build_link(f"{PAGE}/{file.id}", done="stored")

    def show_file(visit: OfficerVisit, feedback: FormFeedback, id_: str) -> Response:
        file = require_demand_file(wiring, pages.scope(visit, Right.PLAN), id_)
        return pages.render(
            visit,
            "planning_demand_file.html",
            feedback,
            file=file,
            area_name=pages.site.place_names().get(file.area, file.area),
            **_reading_texts(visit, parse_demand_reading(file.summary)),
        )

    def delete(visit: OfficerVisit, sent: FormFields, id_: str) -> str:
        require_confirmation(sent)
        delete_demand_file(wiring, pages.scope(visit, Right.PLAN), visit.actor, id_)
        return build_link(PAGE, done="deleted")

    path, preview = "/planning/demand", "/planning/demand/preview/{id_}"
    pages.add_page(made, path, Right.PLAN, show_list, _DONE)
    pages.add_page(made, preview, Right.PLAN, show_preview)
    pages.add_form(made, f"{preview}/options", Right.PLAN, "options", change_options, show_preview)
    pages.add_form(made, f"{preview}/confirm", Right.PLAN, "store", confirm, show_preview)
    pages.add_page(made, f"{path}/{{id_}}", Right.PLAN, show_file, _DONE)
    pages.add_form(made, f"{path}/{{id_}}/delete", Right.PLAN, "delete", delete, show_file)


def _read_options(pages: OfficerPages, visit: OfficerVisit, sent: FormFields, area: str) -> dict[str, str]:
    """Return the filled-in fields of how to read a file. *Raises*: FaultError with all faults."""
    check_demand_area(pages.scope(visit, Right.PLAN), area)
    typed = read_typed(READING_FIELDS, sent)
    check_fields(READING_FIELDS, typed)
    return {**typed, "area": area}


def _reading_texts(visit: OfficerVisit, reading: DemandReading | None) -> dict[str, object]:
    """Return how a file was read, its notes and its sums by area as texts; nothing for None."""
    if reading is None:
        return {"is_read": False, "reading": {"lines": [], "tables": []}, "notes": []}
    language = visit.language
    notes = [fault_in_form_terms(fault_line(one, language), FIELD_LABELS, language) for one in reading.notes]
    return {"is_read": True, "notes": notes, "reading": reading.texts[language.code]}
