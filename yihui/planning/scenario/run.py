"""Measure a scenario as two registers are compared: exact where the demand is spread over outlines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np

from core.civil_time import CIVIL_TIME, monday_of
from core.faults import FaultError
from geo.coverage.reach import Reach
from geo.districts import Districts
from geo.geodesy import widen_box
from geo.hours import OPEN, parse_hours
from geo.nearest.index import StationIndex
from geo.register_comparison import (
    CoverageComparison,
    WeekComparison,
    compare_coverage,
    compare_weeks,
    extend_hours,
)
from geo.registry.planning import Scenario
from geo.siting.openings import rank_openings
from geo.siting.proposal import BESIDE_M
from geo.siting.proposing import find_landmarks
from geo.station import Access, Kind, Station
from yihui.bootstrap import Wiring
from yihui.frame.fields import FieldFaultError
from yihui.frame.types import read_text
from yihui.planning.demand.request import CENSUS_DEMAND
from yihui.planning.demand.run import ChosenDemand, demand_in_hour, load_some_demand
from yihui.planning.order import AreaOrder
from yihui.planning.run import StudyArea, counties_by_station, load_study_area
from yihui.planning.scenario.request import MOST_ADDED, MOST_CHANGED, SCENARIO_FAULTS, ScenarioChanges

_POLAR_LAT = 85.0  # from there on a point has no distance
UNCHANGED = ScenarioChanges()


@dataclass(frozen=True, slots=True)
class TickedStation:
    """A station of the area, whether it is open at the scenario's instant today, and the hours that it would have.

    ``is_unsure``: its hours of today aren't known.
    """

    station: Station
    is_open: bool
    hours: str
    is_unsure: bool


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """A scenario beside today or another one: ``served.before`` is that other side, ``outlines`` are the counties.

    ``chosen`` is the demand by which it is measured. ``today`` are the stations of today, ``nights`` the shares of the night after the day, of both sides. ``missing``
    counts the stations that it changes and the register no longer has, ``beside`` names what stands within 300 m of a
    station that it adds; ``unsure`` counts stations that open longer and of which today's hours aren't known. ``weeks``
    are both sides in each hour of the week; ``later`` is the comparison in the hour in which most is gained, where that
    is another one and hours change, or nothing is gained at the instant.
    """

    served: CoverageComparison
    chosen: ChosenDemand
    outlines: gpd.GeoDataFrame
    today: StationIndex
    nights: tuple[float, float]
    missing: int
    beside: Sequence[str]
    unsure: int
    weeks: WeekComparison
    later: CoverageComparison | None


def measure_scenario(
    wiring: Wiring, asked: Scenario, changes: ScenarioChanges, beside: ScenarioChanges = UNCHANGED
) -> ScenarioResult:
    """Measure a scenario with these changes beside one with others, at the scenario's instant. *Raises*: FaultError."""
    ground, today = load_scenario_ground(wiring, asked.area, asked.radius_m)
    order = build_scenario_order(asked)
    chosen = load_scenario_demand(wiring, asked)
    sides = (apply_changes(today, beside, asked.at), apply_changes(today, changes, asked.at))
    reach = Reach(order.radius_m, order.grid_of_demand_m)
    served = compare_coverage(chosen.demand.at(asked.at), *sides, asked.at, reach)
    weeks = compare_weeks(chosen.demand, *sides, monday_of(asked.at), reach)
    nights = weeks.night_shares(chosen.demand, sides, asked.at, reach)
    missing = len({*changes.late, *changes.closed} - {one.id for one in today.stations})
    kept = today.with_changes(removed=changes.closed)
    stands = np.flatnonzero(kept.in_register_mask())
    added = np.array([(one.lon, one.lat) for one in changes.added]).reshape(-1, 2)
    near = find_landmarks(added, kept.points[stands], [kept.stations[row].name for row in stands])
    named = [one.name for one in near if one is not None and one.distance_m < BESIDE_M]
    unsure = sum(one.id in changes.late and _is_unsure(one) for one in today.stations)
    best = weeks.find_best_hour(asked.at) if changes.late or not served.totals["gained"] else None
    later = compare_coverage(chosen.demand.at(best), *sides, best, reach) if best else None
    if later and later.totals["gained"] <= served.totals["gained"]:
        later = None
    return ScenarioResult(
        served, chosen, ground.outlines, today, nights, missing, named, unsure, weeks, later
    )


def _is_unsure(one: Station) -> bool:
    return not parse_hours(one.hours_text).understood


def build_scenario_order(asked: Scenario) -> AreaOrder:
    return AreaOrder(area=asked.area, at=asked.at, radius_m=float(asked.radius_m), demand=asked.demand)


def load_scenario_demand(wiring: Wiring, asked: Scenario) -> ChosenDemand:
    """Load a scenario's demand; in place of one that is gone, or of which none arises then, the residents with a note of it."""
    try:
        chosen = load_some_demand(wiring, build_scenario_order(asked).query)
        demand_in_hour(chosen.demand, asked.at)
    except FaultError as error:
        if asked.demand == CENSUS_DEMAND:
            raise
        instead = load_scenario_demand(wiring, replace(asked, demand=CENSUS_DEMAND))
        return replace(instead, notes=error.faults)
    return chosen


def list_stations(wiring: Wiring, asked: Scenario, changes: ScenarioChanges) -> list[TickedStation]:
    """List the stations of a scenario's area by name: those open to the public first."""
    ground, today = load_scenario_ground(wiring, asked.area, asked.radius_m)
    hours = {one.id: one.hours_text for one in apply_changes(today, changes, asked.at).stations}
    inside = counties_by_station(ground, today.stations)
    ticked = [
        TickedStation(one, bool(state == OPEN), hours.get(one.id, ""), _is_unsure(one))
        for one, state in zip(today.stations, today.states(asked.at), strict=True)
        if one.id in inside
    ]
    return sorted(ticked, key=lambda one: (one.station.access is not Access.PUBLIC, one.station.name))


def rank_longer_hours(wiring: Wiring, asked: Scenario, changes: ScenarioChanges) -> list[str]:
    """Return the area's stations that gain by opening longer beside what a scenario closes and adds, the most first."""
    ground, today = load_scenario_ground(wiring, asked.area, asked.radius_m)
    inside = tuple(counties_by_station(ground, today.stations).keys() - {*changes.closed})
    before, after = (
        apply_changes(today, changes.model_copy(update={"late": late}), asked.at) for late in ((), inside)
    )
    order, demand = build_scenario_order(asked), load_scenario_demand(wiring, asked).demand
    return rank_openings(demand, (before, after), asked.at, Reach(order.radius_m, order.grid_of_demand_m))


def load_scenario_ground(wiring: Wiring, area: str, radius_m: int) -> tuple[StudyArea, StationIndex]:
    """Return an area, and the stations of today in it and near it."""
    ground = load_study_area(wiring, area)
    return ground, wiring.stations(box=widen_box(ground.outlines.total_bounds.tolist(), 2 * radius_m))


def check_places(
    wiring: Wiring, area: str, radius_m: int, changes: ScenarioChanges, stored: ScenarioChanges = UNCHANGED
) -> None:
    """Check that what a scenario changes lies in its area, and what it adds in reach of it.

    Stations that it has ``stored`` already may have left the register since. *Raises*: FaultError.
    """
    ground, today = load_scenario_ground(wiring, area, radius_m)
    ticked, faults = {*changes.late, *changes.closed} - {*stored.late, *stored.closed}, []
    if foreign := ticked - counties_by_station(ground, today.stations).keys():
        faults.append(SCENARIO_FAULTS.build("foreign", field="late", count=len(foreign)))
    counties = Districts.from_frame(ground.outlines)
    for row, one in enumerate(changes.added):
        is_near = abs(one.lat) < _POLAR_LAT and counties.find_within((one.lon, one.lat), radius_m)
        if not is_near:
            at = f"{one.lon:g}, {one.lat:g}"
            fault = SCENARIO_FAULTS.build("far", field=f"added.{row}.lon", value=at, radius=radius_m)
            faults.append(fault)
    if faults:
        raise FaultError(faults)


def apply_changes(today: StationIndex, changes: ScenarioChanges, at: datetime) -> StationIndex:
    """Return the stations as a scenario has them; what the register no longer has is left out."""
    late = set(changes.late)
    longer = [
        one.model_copy(update={"hours_text": extend_hours(today, place, changes.until, at)})
        for place, one in enumerate(today.stations)
        if one.id in late
    ]
    return today.with_changes([*longer, *added_stations(changes)], changes.closed)


def added_stations(changes: ScenarioChanges) -> list[Station]:
    """Return the stations that a scenario adds, open to all."""
    return [
        Station(
            id=f"scenario-{number}",
            name=one.name or f"{one.lon:.5f}, {one.lat:.5f}",
            kind=Kind.OUTDOOR_STATION,
            lon=one.lon,
            lat=one.lat,
            hours_text=one.hours,
            access=Access.PUBLIC,
        )
        for number, one in enumerate(changes.added, 1)
    ]


def take_proposals(told: Mapping[str, Any], take: str) -> ScenarioChanges:
    """Return the new sites of a siting, each with its hours, and what it closes for them, or what opens longer instead.

    ``told`` is its answer as programs read it.

    *Raises*: FaultError for more than a scenario holds.
    """
    tables = told["tables"]
    sites = tables.get("sites", []) if take == "new" else []
    closed = [one["id"] for one in tables.get("closed", [])] if take == "new" else []
    late = [one["id"] for one in tables.get("open_longer", [])] if take == "longer" else []
    if len(sites) > MOST_ADDED or max(len(late), len(closed)) > MOST_CHANGED:
        raise FaultError(SCENARIO_FAULTS.build("too_many", field="sites", most=MOST_ADDED))
    hour = datetime.fromisoformat(told["at"]).astimezone(CIVIL_TIME).hour
    until = next((one for one in ("22:00", "23:00", "24:00") if 8 <= hour < int(one[:2])), "all")
    added = [
        {"lon": one["lon"], "lat": one["lat"], "hours": one["hours"], "name": _name_of(one["place"])}
        for one in sites
    ]
    return ScenarioChanges.model_validate({"until": until, "late": late, "closed": closed, "added": added})


def _name_of(place: str) -> str:
    """Return a proposed place's name; empty, so that its point stands for it, where a scenario may not hold the name."""
    try:
        return str(read_text(place[:100]))
    except FieldFaultError:
        return ""
