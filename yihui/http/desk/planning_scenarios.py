"""/desk/planning/scenarios/…/stations: tick a scenario's stations and see what it is worth, before it is stored."""

import json
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from core.faults import FaultError
from yihui.access.roles import Right
from yihui.frame.html import CellRenderer
from yihui.frame.names import NO_NAMES
from yihui.http.body import FormFields, RowNumber, form_value, read_form
from yihui.http.desk.faults import check_choice
from yihui.http.desk.pages import NO_FEEDBACK, OfficerPages, OfficerVisit
from yihui.http.form_acts import refuse_form

if TYPE_CHECKING:
    from yihui.planning.scenario.run import TickedStation

_EMPTY_ROWS, _LISTED = 3, 6


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/planning/scenarios/{thing}/stations")
    def stations(request: Request, thing: RowNumber) -> Response:
        """List the stations of a scenario's area with what is ticked."""
        return _show(pages, pages.open(request, Right.PLAN), thing, {})

    @made.get("/planning/scenarios/{thing}/drawn.json")
    def drawn(request: Request, thing: RowNumber) -> Response:
        """Return the map of a scenario's area as it is today, at the instant and within the radius of the address."""
        from maps import map_data
        from yihui.frame.fields import parse_values, read_typed
        from yihui.planning.map.text import map_labels
        from yihui.planning.scenario.drawing import draw_today
        from yihui.planning.scenario.noun import load_beside
        from yihui.planning.scenario.request import MeasureForm

        visit = pages.open(request, Right.PLAN)
        one, _ = load_beside(pages.site.wiring, visit.actor, thing)
        typed = {name: [value] for name, value in request.query_params.items()}
        asked = parse_values(MeasureForm, read_typed(MeasureForm, typed)).apply_to(one)
        view = draw_today(pages.site.wiring, asked, visit.language)
        said = json.dumps(map_data(view, map_labels(visit.language)), ensure_ascii=False)
        return Response(said, media_type="application/json")

    @made.post("/planning/scenarios/{thing}/stations")
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
    from yihui.frame.fields import fields_of, parse_values, read_typed
    from yihui.planning.scenario.answer import UNSURE_HOURS, scenario_sections
    from yihui.planning.scenario.drawing import draw_scenario
    from yihui.planning.scenario.noun import CHANGE, NOUN, load_beside, read_changes
    from yihui.planning.scenario.request import MOST_ADDED, UNTIL_LABELS, MeasureForm
    from yihui.planning.scenario.run import UNCHANGED, check_places, list_stations, measure_scenario

    wiring = pages.site.wiring
    one, others = load_beside(wiring, visit.actor, number)
    beside = form_value(sent, "beside")
    check_choice("beside", beside, ("", *map(str, others)))
    other = others[int(beside)] if beside else None
    asked, changes, feedback = one, read_changes(one), NO_FEEDBACK
    measured = [field for field in fields_of(MeasureForm) if field.name in ("at", "radius_m")]
    begun = {field.name: [field.begin(getattr(one, field.name))] for field in measured}
    typed = sent or {**changes.begin(), **begun, "name": [one.name], "version": [str(one.version)]}
    try:
        values = read_typed(MeasureForm, typed)
        if is_filled_in:
            values["added"] = [row for row in values["added"] if {"lon", "lat"} <= row.keys()]  # type: ignore[attr-defined]  # rows
        form = parse_values(MeasureForm, values)
        if sent:
            check_places(wiring, one.area, form.apply_to(one).radius_m, form.changes, changes)
        asked, changes = form.apply_to(one), form.changes
    except FaultError as error:
        feedback = refuse_form(error, visit.language)
    found = measure_scenario(wiring, asked, changes, read_changes(other) if other else UNCHANGED)
    return pages.render(
        visit,
        "planning_scenario.html",
        feedback,
        noun=NOUN,
        act=CHANGE,
        one=one,
        path=f"/desk/{NOUN.path}/{number}",
        typed=typed,
        listed=_select_stations(list_stations(wiring, asked, changes), typed),
        sections=scenario_sections(asked, changes, found, visit.language, other),
        drawn=draw_scenario(found, changes),
        others=others,
        beside=other,
        until=UNTIL_LABELS,
        unsure=UNSURE_HOURS,
        most=MOST_ADDED,
        rows=min(_count_rows(typed) + _EMPTY_ROWS, MOST_ADDED),
        shown=CellRenderer(visit.language, NO_NAMES, visit.day),
    )


def _select_stations(stations: "list[TickedStation]", typed: FormFields) -> dict[str, Any]:
    """Return the stations that are ticked, then the first ones whose name has what was typed, and how many there are."""
    ticked, find = {*typed.get("late", ()), *typed.get("closed", ())}, form_value(typed, "find")
    chosen = [one for one in stations if one.station.id in ticked]
    others = [one for one in stations if one.station.id not in ticked]
    named = [one for one in others if find.casefold() in one.station.name.casefold()]
    return {"rows": [*chosen, *named[:_LISTED]], "count": len(named), "ticked": len(chosen), "find": find}


def _count_rows(typed: FormFields) -> int:
    """Return how many rows of added stations there are down to the last one in which something was typed."""
    places = [
        name.split(".")[1] for name, values in typed.items() if name.startswith("added.") and any(values)
    ]
    return max((int(place) + 1 for place in places if place.isdecimal() and len(place) < 4), default=0)
