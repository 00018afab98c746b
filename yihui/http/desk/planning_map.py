"""What the map of a scenario shows: its stations, and the coverage of the area's cells by hour."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from core.text_marks import N_
from geo.scenario import ScenarioChange
from geo.station import Station, Status
from yihui.http.desk.pages import OfficerPages
from yihui.services.operation.scenarios import Scenario, apply_to_stations, find_area_box, load_area_stations

if TYPE_CHECKING:
    from yihui.planning.scenario.data import ScenarioFigures
    from yihui.planning.scenario.pictures import ScenarioPlaces

MAP_LAYERS: Mapping[str, str] = MappingProxyType(
    {
        "coverage-scenario": N_("coverage in the scenario"),
        "coverage-today": N_("coverage today"),
        "gaps-scenario": N_("gaps in the scenario"),
        "gaps-today": N_("gaps today"),
        "difference": N_("gained (green) and lost (red)"),
    }
)
_MOST_STATIONS = 500  # the changed ones first; the page's budget holds no more


def load_scenario_map(
    pages: OfficerPages, scenario: Scenario, figures: "ScenarioFigures | None", page: str | None
) -> dict[str, object]:
    """Return the map as JSON. ``page`` is the path whose forms can change a station; None for a reader.

    *CRS*: WGS84. *Units*: metres.
    """
    known = load_area_stations(pages.site.wiring, scenario.area)
    acts = _acts(scenario.state.changes)
    there = [one for one in apply_to_stations(scenario, known).stations if one.is_placed]
    shown = sorted(there, key=lambda one: (one.id not in acts, one.id))[:_MOST_STATIONS]
    return {
        "box": find_area_box(scenario.area),
        "stations": [_station(one, acts, page) for one in shown],
        "outline": [] if figures is None else figures["outline"],
        "cells": None if figures is None else _cells(figures),
        "shares": None
        if figures is None
        else {"today": figures["today"]["day_shares"], "scenario": figures["scenario"]["day_shares"]},
    }


def load_scenario_places(
    pages: OfficerPages, scenario: Scenario, figures: "ScenarioFigures"
) -> "ScenarioPlaces":
    """Load the stations of both sides for the map of a report."""
    from yihui.planning.run import load_study_area
    from yihui.planning.scenario.pictures import ScenarioPlaces

    known = load_area_stations(pages.site.wiring, scenario.area)
    there = [
        one for one in apply_to_stations(scenario, known).stations if one.status is not Status.CLOSED_FOR_GOOD
    ]
    ground = load_study_area(pages.site.wiring, scenario.area)
    is_newer = figures["version"] != scenario.version
    return ScenarioPlaces(ground, known, there, _acts(scenario.state.changes), is_newer)


def _acts(changes: Sequence[ScenarioChange]) -> dict[str, str]:
    """Return what happened to each changed station: what was done last, but a new one stays new."""
    found: dict[str, str] = {}
    for one in changes:
        is_new = found.get(one.station) == "added" and one.act != "closed"
        found[one.station] = "added" if is_new else one.act
    return found


def _station(station: Station, acts: Mapping[str, str], page: str | None) -> dict[str, object]:
    return {
        "lon": station.lon,
        "lat": station.lat,
        "name": station.name,
        "change": acts.get(station.id, ""),
        "href": "" if page is None else f"{page}?station={quote(station.id, safe='')}",
    }


def _cells(figures: "ScenarioFigures") -> dict[str, object]:
    cells = figures["cells"]
    return {
        "radius_m": cells["radius_m"],
        "points": cells["points"],
        "today": cells["today"],
        "scenario": cells["scenario"],
    }
