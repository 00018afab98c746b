"""Measure a scenario as two registers are compared: exact where the demand is spread over outlines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from core.civil_time import CIVIL_TIME, civil_date, start_of_day
from core.faults import FaultError
from geo.coverage.hours import coverage_of_night
from geo.coverage.reach import Reach
from geo.hours import OPEN
from geo.nearest.index import StationIndex
from geo.register_comparison import CoverageComparison, compare_coverage
from geo.siting.proposal import BESIDE_M
from geo.siting.proposing import find_landmarks
from geo.station import Access, Kind, OpeningState, Station
from yihui.frame.fields import FieldFaultError
from yihui.frame.types import read_text
from yihui.planning.demand.run import load_demand
from yihui.planning.order import AreaOrder
from yihui.planning.run import StudyArea, counties_by_station, load_study_area
from yihui.planning.scenario.request import MOST_ADDED, MOST_CHANGED, SCENARIO_FAULTS, ScenarioChanges

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.registry.scenarios import Scenario
    from maps import MapView
    from yihui.bootstrap import Wiring
    from yihui.runtime.language import Language

_DEGREE_M = 110_000.0  # no shorter along a meridian
_OPENS = timedelta(hours=8)  # of a station that is shut on the day
_DAY = timedelta(days=1)
UNCHANGED = ScenarioChanges()


@dataclass(frozen=True, slots=True)
class TickedStation:
    """A station of the area, whether it is open at the scenario's instant today, and the hours that it would have."""

    station: Station
    is_open: bool
    hours: str


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """A scenario beside today or another one: ``served.before`` is that other side, ``outlines`` are the counties.

    ``today`` are the stations of today, ``nights`` the shares of the night after the day, of both sides. ``missing``
    counts the stations that it changes and the register no longer has, ``beside`` names what stands within 300 m of a
    station that it adds.
    """

    served: CoverageComparison
    outlines: "gpd.GeoDataFrame"
    today: StationIndex
    nights: tuple[float, float]
    missing: int
    beside: Sequence[str]


def measure_scenario(
    wiring: "Wiring", asked: "Scenario", changes: ScenarioChanges, beside: ScenarioChanges = UNCHANGED
) -> ScenarioResult:
    """Measure a scenario with these changes beside one with others, at the scenario's instant. *Raises*: FaultError."""
    ground, order = load_study_area(wiring, asked.area), _order_of(asked)
    demand = load_demand(wiring, order.query).demand
    today = _load_stations(wiring, ground, asked.radius_m)
    sides = (apply_changes(today, beside, asked.at), apply_changes(today, changes, asked.at))
    reach = Reach(order.radius_m, order.grid_of_demand_m)
    served = compare_coverage(demand, *sides, asked.at, reach)
    nights = [coverage_of_night(demand, side, asked.at, reach) for side in sides]
    before, after = (found.sum_served(night.share) / found.total for found, night in nights)
    known = {one.id for one in today.stations}
    kept = today.with_changes(removed=changes.closed)
    stands = np.flatnonzero(kept.in_register_mask())
    added = np.array([(one.lon, one.lat) for one in changes.added]).reshape(-1, 2)
    near = find_landmarks(added, kept.points[stands], [kept.stations[row].name for row in stands])
    return ScenarioResult(
        served,
        ground.outlines,
        today,
        (before, after),
        len({*changes.late, *changes.closed} - known),
        [one.name for one in near if one is not None and one.distance_m < BESIDE_M],
    )


def _order_of(asked: "Scenario") -> AreaOrder:
    return AreaOrder(area=asked.area, at=asked.at, radius_m=float(asked.radius_m))


def list_stations(wiring: "Wiring", asked: "Scenario", changes: ScenarioChanges) -> list[TickedStation]:
    """List the stations of a scenario's area: those that are shut today at its instant first."""
    ground = load_study_area(wiring, asked.area)
    today = _load_stations(wiring, ground, asked.radius_m)
    hours = {one.id: one.hours_text for one in apply_changes(today, changes, asked.at).stations}
    inside = counties_by_station(ground, today.stations)
    ticked = [
        TickedStation(one, bool(state == OPEN), hours.get(one.id, ""))
        for one, state in zip(today.stations, today.states(asked.at), strict=True)
        if one.id in inside
    ]
    return sorted(ticked, key=lambda one: (one.is_open, one.station.name))


def draw_today(wiring: "Wiring", asked: "Scenario", language: "Language") -> "MapView":
    """Draw the area of a scenario as it is today, with all hours of its week, as the map of an answer."""
    from yihui.planning.map.of_answer import build_answer_scope, draw_answer, measure_hours

    order = _order_of(asked)
    demand = load_demand(wiring, order.query).demand
    today = _load_stations(wiring, load_study_area(wiring, asked.area), asked.radius_m)
    scope = build_answer_scope(order, asked.at, today, demand, Reach(order.radius_m), language)
    return draw_answer(scope, measure_hours(scope), language)


def _load_stations(wiring: "Wiring", ground: StudyArea, radius_m: float) -> StationIndex:
    west, south, east, north = ground.outlines.total_bounds
    high = 2 * radius_m / _DEGREE_M
    wide = high / max(np.cos(np.radians(max(abs(south), abs(north)) + high)), 0.01)
    return wiring.stations(box=(west - wide, south - high, east + wide, north + high))


def check_places(
    wiring: "Wiring",
    area: str,
    radius_m: int,
    changes: ScenarioChanges,
    stored: ScenarioChanges = UNCHANGED,
) -> None:
    """Check that what a scenario changes lies in its area, and what it adds in reach of it.

    Stations that it has ``stored`` already may have left the register since. *Raises*: FaultError.
    """
    from geo.districts import Districts

    ground = load_study_area(wiring, area)
    faults = []
    if ticked := {*changes.late, *changes.closed} - {*stored.late, *stored.closed}:
        inside = counties_by_station(ground, _load_stations(wiring, ground, radius_m).stations)
        if foreign := ticked - inside.keys():
            faults.append(SCENARIO_FAULTS.build("foreign", field="late", count=len(foreign)))

    counties = Districts.from_frame(ground.outlines)
    points = np.array([(one.lon, one.lat) for one in changes.added]).reshape(-1, 2)
    beyond_m = [counties.signed_distance_m(points, [one.code] * len(points)) for one in counties.districts]
    is_near = (np.array(beyond_m) <= radius_m).any(axis=0)  # a point near a pole has no distance
    faults += [
        SCENARIO_FAULTS.build(
            "far",
            field=f"added.{row}.lon",
            value=f"{points[row][0]:g}, {points[row][1]:g}",
            radius=radius_m,
        )
        for row in np.flatnonzero(~is_near)
    ]
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


def extend_hours(index: StationIndex, place: int, until: str, at: datetime) -> str:
    """Return the hours of a station that opens until an hour every day: as early as on the day of an instant.

    One that opens later than the instant opens at 8:00. A station that is open so long already keeps its own.
    """
    if until == "all":
        return "24小时"
    day = start_of_day(civil_date(at))
    pieces = index.pieces(int(index.timetable_numbers[place]), civil_date(at), 1)
    ends = [*(one.start for one in pieces[1:]), day + _DAY]
    opened = [
        (one.start, end)
        for one, end in zip(pieces, ends, strict=True)
        if one.opening.state is OpeningState.OPEN
    ]
    hour, minute = map(int, until.split(":"))
    closes = day + timedelta(hours=hour, minutes=minute)
    is_open = any(start <= at < end for start, end in opened)
    if opened and opened[-1][1] >= closes and (is_open or at >= closes):
        return index.stations[place].hours_text
    opens = opened[0][0] if opened else day + _OPENS
    if at < opens:
        opens = min(opens, day + _OPENS)
    if opened and opened[-1][1] > closes:
        closes = opened[-1][1]
    end = "24:00" if closes == day + _DAY else f"{closes.astimezone(CIVIL_TIME):%H:%M}"
    return f"每天{opens.astimezone(CIVIL_TIME):%H:%M}-{end}"


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
