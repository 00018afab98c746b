"""/desk/planning/scenarios/…/stations: tick a scenario's stations and see what it is worth, before it is stored."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from core.faults import FaultError
from yihui.access.roles import Right
from yihui.frame.fields import fields_of, parse_values, read_typed
from yihui.frame.html import CellRenderer
from yihui.frame.names import NO_NAMES
from yihui.http.body import FormFields, RowNumber, form_value, read_form
from yihui.http.desk.faults import check_choice
from yihui.http.desk.pages import NO_FEEDBACK, OfficerPages, OfficerVisit
from yihui.http.form_acts import refuse_form
from yihui.planning.scenario.noun import CHANGE, NOUN, load_beside, read_changes
from yihui.planning.scenario.request import MOST_ADDED, UNTIL_LABELS, MeasureForm
from yihui.views.labels import ACCESS_LABELS, STATION_KIND_LABELS

_EMPTY_ROWS, _LISTED = 3, 6


def router(made: APIRouter, pages: OfficerPages) -> None:
    path = f"/{NOUN.path}/{{thing}}"

    @made.get(f"{path}/stations")
    def stations(request: Request, thing: RowNumber) -> Response:
        """List the stations of a scenario's area with what is ticked."""
        return _show(pages, pages.open(request, Right.PLAN), thing, {})

    @made.get(f"{path}/drawn.json")
    def drawn(request: Request, thing: RowNumber) -> Response:
        """Return the map of a scenario's area as it is today, at the instant and within the radius of the address."""
        from maps import map_data
        from yihui.planning.map.text import map_labels
        from yihui.planning.scenario.drawing import draw_area

        visit = pages.open(request, Right.PLAN)
        one, _ = load_beside(pages.site.wiring, visit.actor, thing)
        typed = {name: [value] for name, value in request.query_params.items()}
        asked = parse_values(MeasureForm, read_typed(MeasureForm, typed)).apply_to(one)
        view = draw_area(pages.site.wiring, asked, visit.language)
        return JSONResponse(map_data(view, map_labels(visit.language)))

    @made.get(f"{path}/sheet/pages/1")
    def sheet(request: Request, thing: RowNumber) -> Response:
        """Answer with a stored scenario on one A4 sheet."""
        from yihui.planning.scenario.drawing import render_scenario_sheet

        visit = pages.open(request, Right.PLAN)
        one, _ = load_beside(pages.site.wiring, visit.actor, thing)
        area = pages.site.place_names().get(one.area, one.area)
        drawn = render_scenario_sheet(pages.site.wiring, one, read_changes(one), area, visit.language)
        return Response(drawn, media_type="image/svg+xml")

    @made.post(f"{path}/stations")
    async def measure(request: Request, thing: RowNumber) -> Response:
        """Show the list again with what was ticked, and what it is worth; nothing is stored.

        While it is filled in, a row that lacks a coordinate doesn't count yet.
        """
        visit = await pages.open_form(request, Right.PLAN)
        is_filled_in = "hx-request" in request.headers
        return await run_in_threadpool(_show, pages, visit, thing, await read_form(request), is_filled_in)


def _show(
    pages: OfficerPages, visit: OfficerVisit, number: int, sent: FormFields, is_filled_in: bool = False
) -> Response:
    from yihui.planning.scenario.answer import UNSURE_HOURS, scenario_sections
    from yihui.planning.scenario.drawing import draw_scenario
    from yihui.planning.scenario.run import UNCHANGED, check_places, list_stations, measure_scenario

    wiring = pages.site.wiring
    one, others = load_beside(wiring, visit.actor, number)
    beside = form_value(sent, "beside")
    check_choice("beside", beside, ("", *map(str, others)))
    other = others[int(beside)] if beside else None
    asked, changes, feedback = one, read_changes(one), NO_FEEDBACK
    fields = {field.name: field for field in fields_of(CHANGE.form)}
    begun = {name: [fields[name].begin(getattr(one, name))] for name in ("name", "at", "radius_m")}
    typed = sent or {**changes.begin(), **begun}
    try:
        values: dict[str, Any] = read_typed(MeasureForm, typed)
        if is_filled_in:
            values["added"] = [row for row in values["added"] if {"lon", "lat"} <= row.keys()]
        form = parse_values(MeasureForm, values)
        if sent:
            check_places(wiring, one.area, form.apply_to(one).radius_m, form.changes, changes)
        asked, changes = form.apply_to(one), form.changes
    except FaultError as error:
        feedback = refuse_form(error, visit.language)
    found = measure_scenario(wiring, asked, changes, read_changes(other) if other else UNCHANGED)
    ticked, find = {*typed.get("late", ()), *typed.get("closed", ())}, form_value(typed, "find")
    stations = list_stations(wiring, asked, changes)
    chosen = [row for row in stations if row.station.id in ticked]
    unticked = [row for row in stations if row.station.id not in ticked]
    named = [row for row in unticked if find.casefold() in row.station.name.casefold()]
    rows = [*chosen, *named[:_LISTED]]  # the ticked ones, then the first whose name has what was typed
    return pages.render(
        visit,
        "planning_scenario.html",
        feedback,
        noun=NOUN,
        act=CHANGE,
        one=one,
        path=f"/desk/{NOUN.path}/{number}",
        typed=typed,
        listed={"rows": rows, "count": len(named), "ticked": len(chosen), "find": find},
        sections=scenario_sections(asked, changes, found, visit.language, other),
        drawn=draw_scenario(found, changes),
        others=others,
        beside=other,
        until=UNTIL_LABELS,
        unsure=UNSURE_HOURS,
        kinds=STATION_KIND_LABELS,
        accesses=ACCESS_LABELS,
        most=MOST_ADDED,
        rows=min(fields["added"].count_rows(typed) + _EMPTY_ROWS, MOST_ADDED),
        shown=CellRenderer(visit.language, NO_NAMES, visit.day),
    )
