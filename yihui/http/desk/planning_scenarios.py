"""/desk/planning/scenarios/…/stations: tick a scenario's stations and see what it is worth, before it is stored."""

import re
from collections.abc import Collection
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from core.faults import FaultError, raise_faults
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.frame.feedback import NO_FEEDBACK, refuse_form
from yihui.frame.fields import fields_of
from yihui.frame.html import CellRenderer
from yihui.frame.names import NO_NAMES
from yihui.frame.pages import OfficerVisit
from yihui.frame.typed import parse_values, read_typed
from yihui.http.body import FormFields, RowNumber, form_value, read_form
from yihui.http.desk.hand_pages import HandPages
from yihui.http.desk.sent_values import check_choice
from yihui.planning.demand.request import SEARCHES_DEMAND
from yihui.planning.scenario.noun import (
    CHANGE,
    NOUN,
    list_demand_faults,
    list_demands,
    load_beside,
    read_changes,
)
from yihui.planning.scenario.request import MOST_ADDED, MOST_CHANGED, UNTIL_LABELS, MeasureForm
from yihui.views.labels import ACCESS_LABELS, STATION_KIND_LABELS

_EMPTY_ROWS, _LISTED, _MOST_GAINING = 3, 20, ("5", "10", "20", "50")
_ALL_AT_ONCE = ("as_ticked", "found", "most", "none")  # what a button of the list ticks


def router(made: APIRouter, pages: HandPages) -> None:
    path = f"/{NOUN.path}/{{thing}}"

    @made.get(f"{path}/stations")
    def stations(request: Request, thing: RowNumber) -> Response:
        """List the stations of a scenario's area with what is ticked."""
        return _show(pages, pages.open(request, Right.PLAN), thing, {})

    @made.get(f"{path}/drawn.json")
    def drawn(request: Request, thing: RowNumber) -> Response:
        """Return the map of a scenario's area as it is today, at the instant, within the radius and by the demand of the address."""
        from yihui.planning.scenario.drawing import draw_area

        visit = pages.open(request, Right.PLAN)
        one, _ = load_beside(pages.site.wiring, visit.actor, thing)
        typed = {name: [value] for name, value in request.query_params.items()}
        asked = parse_values(MeasureForm, read_typed(MeasureForm, typed)).apply_to(one)
        demands = list_demands(pages.site.wiring, pages.scope(visit, Right.PLAN), one.area)
        raise_faults(list_demand_faults(asked.demand, {one.demand, *demands}))
        return JSONResponse(draw_area(pages.site.wiring, asked, visit.language))

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
    pages: HandPages, visit: OfficerVisit, number: int, sent: FormFields, is_filled_in: bool = False
) -> Response:
    from yihui.planning.demand.run import find_first_search_day
    from yihui.planning.scenario.answer import UNSURE_HOURS, scenario_sections
    from yihui.planning.scenario.drawing import draw_scenario
    from yihui.planning.scenario.run import UNCHANGED, check_places, list_stations, measure_scenario

    wiring = pages.site.wiring
    one, others = load_beside(wiring, visit.actor, number)
    beside = form_value(sent, "beside")
    check_choice("beside", beside, ("", *map(str, others)))
    other = others[int(beside)] if beside else None
    demands = list_demands(wiring, pages.scope(visit, Right.PLAN), one.area)
    asked, changes, feedback = one, read_changes(one), NO_FEEDBACK
    fields = {field.name: field for field in fields_of(CHANGE.form)}
    begun = {name: [fields[name].begin(getattr(one, name))] for name in ("name", "at", "radius_m", "demand")}
    typed = sent or {**changes.begin(), **begun}
    all_at_once = check_choice("all", form_value(sent, "all") or "as_ticked", _ALL_AT_ONCE)
    find, most = form_value(typed, "find"), form_value(sent, "most") or "20"
    check_choice("most", most, _MOST_GAINING)
    if all_at_once == "found":
        ids = [row.station.id for row in list_stations(wiring, one, changes) if _fits(row.station.name, find)]
        late = dict.fromkeys([*typed.get("late", ()), *ids])
        typed = {**typed, "late": [id_ for id_ in late if id_ not in typed.get("closed", ())]}
    elif all_at_once == "none":
        typed = {**typed, "late": [], "closed": []}
    try:
        form = _read(typed, {one.demand, *demands}, is_filled_in)
        if sent:
            check_places(wiring, one.area, form.apply_to(one).radius_m, form.changes, changes)
        asked, changes = form.apply_to(one), form.changes
        if all_at_once == "most":
            from yihui.planning.scenario.run import rank_longer_hours

            ranked = rank_longer_hours(wiring, asked, changes)[: int(most)]
            typed, changes = {**typed, "late": ranked}, changes.model_copy(update={"late": tuple(ranked)})
    except FaultError as error:
        feedback = refuse_form(error, visit.language)
    if not is_filled_in and find_first_search_day(wiring) is not None:
        demands = {code: label for code, label in demands.items() if SEARCHES_DEMAND not in code}
    beside_changes = read_changes(other) if other else UNCHANGED
    found = measure_scenario(wiring.in_language(visit.language), asked, changes, beside_changes)
    if one.demand not in demands:  # a file or months that are gone: its own demand isn't changed unseen
        demands = {one.demand: N_("no longer offered here"), **demands}
    stations = list_stations(wiring, asked, changes)
    ticked = {*typed.get("late", ()), *typed.get("closed", ())}
    chosen = [row for row in stations if row.station.id in ticked]
    named = [row for row in stations if row.station.id not in ticked and _fits(row.station.name, find)]
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
        demands=demands,
        unsure=UNSURE_HOURS,
        kinds=STATION_KIND_LABELS,
        accesses=ACCESS_LABELS,
        most=MOST_ADDED,
        most_changed=MOST_CHANGED,
        rows=min(fields["added"].count_rows(typed) + _EMPTY_ROWS, MOST_ADDED),
        shown=CellRenderer(visit.language, NO_NAMES, visit.day),
    )


def _read(typed: FormFields, demands: Collection[str], is_filled_in: bool) -> MeasureForm:
    """Return what was typed, ``is_filled_in`` without added rows that have no place yet. *Raises*: FaultError with all faults."""
    values: dict[str, Any] = read_typed(MeasureForm, typed)
    if is_filled_in:
        values["added"] = [row for row in values["added"] if {"lon", "lat"} <= row.keys()]
    wrong = list_demand_faults(form_value(typed, "demand"), demands)
    try:
        form = parse_values(MeasureForm, values)
    except FaultError as error:
        raise FaultError([*error.faults, *wrong]) from error
    raise_faults(wrong)
    return form


def _fits(name: str, typed: str) -> bool:
    """Return whether a name has one of the parts that were typed; any has where nothing was."""
    parts = [one for part in re.split(r"[、，,；;\n]+", typed) if (one := part.strip().casefold())]
    return not parts or any(one in name.casefold() for one in parts)
