"""/desk/planning/scenarios/…/stations: tick a scenario's stations and see what it is worth, before it is stored."""

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

_EMPTY_ROWS = 3


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/planning/scenarios/{thing}/stations")
    def stations(request: Request, thing: RowNumber) -> Response:
        """List the stations of a scenario's area with what is ticked."""
        return _show(pages, pages.open(request, Right.PLAN), thing, {})

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
    from yihui.frame.fields import parse_values, read_typed
    from yihui.planning.scenario.answer import scenario_sections
    from yihui.planning.scenario.drawing import draw_scenario
    from yihui.planning.scenario.noun import CHANGE, NOUN, load_beside, read_changes
    from yihui.planning.scenario.request import MOST_ADDED, UNTIL_LABELS, ScenarioChanges
    from yihui.planning.scenario.run import UNCHANGED, check_places, measure_scenario

    wiring = pages.site.wiring
    one, others = load_beside(wiring, visit.actor, number)
    beside = form_value(sent, "beside")
    check_choice("beside", beside, ("", *map(str, others)))
    other = others[int(beside)] if beside else None
    changes, feedback = read_changes(one), NO_FEEDBACK
    typed = sent or {**changes.begin(), "name": [one.name], "version": [str(one.version)]}
    try:
        values = read_typed(ScenarioChanges, typed)
        if is_filled_in:
            values["added"] = [row for row in values["added"] if {"lon", "lat"} <= row.keys()]  # type: ignore[attr-defined]  # rows
        asked = parse_values(ScenarioChanges, values)
        if sent:
            check_places(wiring, one, asked, changes)
        changes = asked
    except FaultError as error:
        feedback = refuse_form(error, visit.language)
    found = measure_scenario(wiring, one, changes, read_changes(other) if other else UNCHANGED)
    return pages.render(
        visit,
        "planning_scenario.html",
        feedback,
        noun=NOUN,
        act=CHANGE,
        one=one,
        path=f"/desk/{NOUN.path}/{number}",
        typed=typed,
        found=found,
        sections=scenario_sections(one, changes, found, visit.language, other),
        drawn=draw_scenario(found, changes),
        others=others,
        beside=other,
        until=UNTIL_LABELS,
        most=MOST_ADDED,
        rows=min(_count_rows(typed) + _EMPTY_ROWS, MOST_ADDED),
        shown=CellRenderer(visit.language, NO_NAMES, visit.day),
    )


def _count_rows(typed: FormFields) -> int:
    """Return how many rows of added stations there are down to the last one in which something was typed."""
    places = [
        name.split(".")[1] for name, values in typed.items() if name.startswith("added.") and any(values)
    ]
    return max((int(place) + 1 for place in places if place.isdecimal() and len(place) < 4), default=0)
