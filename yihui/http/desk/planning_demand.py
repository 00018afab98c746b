"""/desk/planning/demand: upload a file of demand, see how it is read, store it under a name, delete it."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from core.faults import Fault, FaultError
from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.frame.fields import FieldKind, fields_of, parse_values
from yihui.http.body import FormFields, form_value
from yihui.http.desk.pages import FormFeedback, OfficerPages, OfficerVisit, build_link, require_confirmation
from yihui.http.desk.planning_analyses import (
    begin_area,
    list_areas,
    name_page_faults,
    read_area,
    read_page_form,
    show_page_form,
)
from yihui.http.desk.previewed_files import PreviewedForm, store_for_preview
from yihui.planning.demand.fields import DemandReadingForm, DemandUploadForm
from yihui.planning.demand.job import (
    PREVIEWS,
    DemandReading,
    begin_demand_reading,
    load_demand_preview,
    parse_demand_reading,
    store_read_upload,
)
from yihui.runtime.errors import ErrorLine, fault_line
from yihui.services.operation.demand_files import (
    DEMAND_UPLOAD_FAULTS,
    MAX_DEMAND_BYTES,
    check_demand_area,
    delete_demand_file,
    list_covered_demand_files,
    require_demand_file,
)
from yihui.services.operation.uploads import change_upload_options, load_upload

PAGE = "/desk/planning/demand"
_MOST_FAULTS = 200
MAX_UPLOAD_BYTES = MAX_DEMAND_BYTES + (1 << 16)  # the file and the fields around it
_READING = fields_of(DemandReadingForm)
_UPLOAD = [one for one in fields_of(DemandUploadForm) if one.kind is FieldKind.AREA] + [*_READING]
_BEGUN = {one.name: one.begin(one.default) for one in _READING}
_DONE: Mapping[str, str] = {
    "stored": N_("The file is stored. Analyses of its area can be computed by it."),
    "deleted": N_("The file was deleted. Figures that were computed with it stay."),
}


def router(made: APIRouter, pages: OfficerPages) -> None:
    wiring = pages.site.wiring

    def show_list(visit: OfficerVisit, feedback: FormFeedback) -> Response:
        scope = pages.scope(visit, Right.PLAN)
        areas = list_areas(pages, scope)
        return pages.render(
            visit,
            "planning_demand.html",
            feedback,
            files=list_covered_demand_files(wiring, scope),
            areas=areas,
            names=pages.site.place_names(),
            most_megabytes=MAX_DEMAND_BYTES >> 20,
            **show_page_form(visit, DemandUploadForm, _UPLOAD, _BEGUN | begin_area(areas), feedback),
        )

    @made.post("/planning/demand")
    async def upload(request: Request) -> Response:
        return await store_for_preview(pages, request, form)

    form = PreviewedForm(
        Right.PLAN,
        "upload",
        MAX_UPLOAD_BYTES,
        DEMAND_UPLOAD_FAULTS.build("no_file", field="file"),
        PREVIEWS,
        lambda visit, sent: _read_options(pages, visit, sent),
        show_list,
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
            faults=_tell(visit, found.faults[:_MOST_FAULTS]),
            fault_count=len(found.faults),
            **_reading_texts(visit, found.reading),
            **show_page_form(visit, DemandUploadForm, _READING, _BEGUN | upload.options, feedback),
        )

    def change_options(visit: OfficerVisit, sent: FormFields, id_: str) -> str:
        area = load_upload(wiring, visit.actor, id_).options.get("area", "")
        state_act("demand_file", id_)
        change_upload_options(wiring, visit.actor, id_, _read_options(pages, visit, {**sent, "area": [area]}))
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


def _read_options(pages: OfficerPages, visit: OfficerVisit, sent: FormFields) -> dict[str, str]:
    """Return the filled-in fields of how to read a file, as they are typed. *Raises*: FaultError with all faults."""
    try:
        area = read_area(pages, visit, sent)
        check_demand_area(pages.scope(visit, Right.PLAN), area)
        form = parse_values(
            DemandUploadForm, {**read_page_form(_READING, DemandReadingForm, sent), "area": area}
        )
    except FaultError as error:
        raise type(error)(name_page_faults(DemandUploadForm, error.faults, visit.language)) from error
    return {one.name: typed for one in _UPLOAD if (typed := one.begin(getattr(form, one.name)))}


def _tell(visit: OfficerVisit, faults: Sequence[Fault]) -> list[ErrorLine]:
    """Return faults in the words of the form."""
    return [
        fault_line(one, visit.language) for one in name_page_faults(DemandUploadForm, faults, visit.language)
    ]


def _reading_texts(visit: OfficerVisit, reading: DemandReading | None) -> dict[str, object]:
    """Return how a file was read, its notes and its sums by area as texts; nothing for None."""
    if reading is None:
        return {"is_read": False, "reading": {"lines": [], "tables": []}, "notes": []}
    return {
        "is_read": True,
        "notes": _tell(visit, reading.notes),
        "reading": reading.texts[visit.language.code],
    }
