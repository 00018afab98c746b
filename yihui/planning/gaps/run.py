"""Find gaps for ``yihui plan gaps``: where, and at which hours, demand has no open place within reach."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.coverage.reach import Reach
from yihui.bootstrap import Wiring
from yihui.planning.demand.run import demand_in_hour, load_some_demand
from yihui.planning.gaps.landmarks import GapLandmarks, load_gap_landmarks
from yihui.planning.gaps.request import GapOrder
from yihui.planning.gaps.streets import GapSums, sum_gaps, sum_straight_gaps
from yihui.planning.run import load_placed_stations
from yihui.planning.townships import TownshipOutlines, find_township_outlines
from yihui.runtime.progress import begin_step

if TYPE_CHECKING:
    from geo.coverage.demand import Demand
    from geo.datum import Datum
    from geo.districts import Districts
    from geo.gaps import Gap, NamedPlaces, Whereabouts
    from yihui.planning.run import StudyArea


_ANY_KIND = {"kind": "outdoor_station"}  # the register reader requires a kind; the landmark reader ignores it
_HOURS = "the opening hours can't be understood: {value}"  # the message of a fault that doesn't matter for landmarks
LANDMARK_FAULTS = FaultTable(
    "gaps",
    {
        "no_place": (
            N_("no place of the file has coordinates"),
            N_("a line with the column names, then one line for each place: name, lon, lat"),
        ),
    },
)


@dataclass(frozen=True, slots=True, eq=False)
class GapsResult:
    """All gaps of an area, the heaviest first, and the whereabouts of each.

    ``resolution`` is the H3 resolution of their cells. ``unknown`` counts the usable places of the area
    with unknown hours; they count as closed. ``is_sample``: stations are generated. ``has_crossings``: crossings of the
    built streets name the gaps, so that their source must be shown. ``townships`` separate the gaps where they are
    known. ``straight``: by the straight line, where the gaps are by street.
    """

    order: GapOrder
    area_name: str
    demand: "Demand"
    demand_title: str
    instants: tuple[datetime, ...]
    resolution: int
    gaps: "tuple[Gap, ...]"
    whereabouts: "tuple[Whereabouts, ...]"
    sums: GapSums
    unknown: int
    notes: tuple[Fault, ...]
    is_sample: bool
    has_crossings: bool = False
    townships: TownshipOutlines | None = None
    straight: GapSums | None = None

    @property
    def whereabouts_by_id(self) -> "Mapping[str, Whereabouts]":
        """The whereabouts of each gap by the gap's id."""
        return {gap.id: where for gap, where in zip(self.gaps, self.whereabouts, strict=True)}


def find_gaps(wiring: Wiring, order: GapOrder) -> GapsResult:
    """Find the gaps of an area.

    *Raises*: FaultError for invalid settings, or an unusable area, register or file.
    """
    from geo.districts import Districts
    from geo.gaps import TownshipLimits, compute_gaps, default_gap_resolution, locate_gaps
    from yihui.planning.run import count_unknown_hours, load_study_area

    order.check()
    begin_step()
    ground = load_study_area(wiring, order.area)
    townships = (
        None if order.outlines else find_township_outlines(wiring, ground, order.townships, order.datum)
    )
    districts = townships.build_districts(wiring.language) if townships else _districts(order, ground)
    own = None
    if order.places is not None:
        own = GapLandmarks(read_named_places(order.places, order.datum, lambda: wiring.outlines))
    chosen = load_some_demand(wiring, order.query)
    demand = chosen.demand if order.outlines is None else chosen.demand.located_in(districts)
    demand = townships.locate_demand(demand) if townships else demand
    limits = townships.build_limits() if townships else TownshipLimits()
    index = load_placed_stations(wiring, order.register)
    landmarks = own or load_gap_landmarks(wiring, index, ground.outlines)
    instants = list_gap_instants(wiring, order)
    if order.at is not None:
        demand = demand_in_hour(demand, order.at)
    ways = order.streets
    if ways is not None:
        ways = ways.collect_ways(demand, index, instants)
        order = replace(order, streets=ways)
    reach = Reach(radius_m=order.radius_m) if ways is None else ways.build_reach()
    resolution = default_gap_resolution(demand, reach)
    begin_step()
    found = compute_gaps(demand, index, reach, instants, resolution=resolution, limits=limits)
    begin_step()
    straight = None if ways is None else sum_straight_gaps(ways, demand, index, instants, resolution, limits)
    return GapsResult(
        order=order,
        area_name=ground.name,
        demand=demand,
        demand_title=chosen.title,
        instants=instants,
        resolution=resolution,
        gaps=found,
        whereabouts=locate_gaps(found, landmarks.places, districts),
        sums=sum_gaps(found, demand, instants),
        unknown=count_unknown_hours(index, instants[0], Districts.from_frame(ground.outlines)),
        notes=chosen.notes,
        is_sample=any(station.sample for station in index.stations),
        has_crossings=landmarks.has_crossings,
        townships=townships,
        straight=straight,
    )


def list_gap_instants(wiring: Wiring, order: GapOrder) -> tuple[datetime, ...]:
    """Return the instants to examine, in order."""
    from core.civil_time import CIVIL_TIME, civil_date, start_of_day
    from geo.coverage.hours import week_instants
    from yihui.planning.study.study import monday_of

    if order.at is not None:
        return (order.at,)
    day = order.week_of or civil_date(wiring.now())
    week = week_instants(monday_of(start_of_day(day)))
    if order.clock is None:
        return week
    return tuple(when for when in week if is_hour_within(when.astimezone(CIVIL_TIME).hour, order.clock))


def is_hour_within(hour: int, clock: tuple[int, int]) -> bool:
    """Return whether an hour of the day lies in a range, which may pass midnight."""
    start, end = clock
    return start <= hour < end if start < end else hour >= start or hour < end


def _districts(order: GapOrder, ground: "StudyArea") -> "Districts":
    """Return the areas that separate and name gaps: counties, or the townships of the user's file."""
    from geo.districts import Districts

    if order.outlines is None:
        return Districts.from_frame(ground.outlines)
    from geo.datum import Datum
    from yihui.planning.demand.outlines_file import read_outlines

    own = read_outlines(order.outlines, order.datum or Datum.WGS84)
    return Districts.from_frame(own.assign(city=[_parent_name(code, ground.names) for code in own["code"]]))


def _parent_name(code: str, names: Mapping[str, str]) -> str:
    """Return the name of the area above: the county of a township, the city of a county."""
    county, city = names.get(code[:6], ""), names.get(f"{code[:4]}00", "")
    return county if len(code) > len("370102") else city


def read_named_places(
    file: Path, datum: "Datum | None", districts: Callable[[], "Districts"]
) -> "NamedPlaces":
    """Read a list of names and coordinates with the register reader; return the rows with coordinates.

    *Raises*: FaultError with all faults of the file, or where no row has coordinates; OSError.
    """
    from geo.gaps import NamedPlaces
    from yihui.services.stations.station_import import RegisterRequest, read_register

    intake = read_register(RegisterRequest(file, datum, constants=_ANY_KIND), districts)
    told = [fault for fault in (*intake.findings, *intake.reading.faults) if fault.message != _HOURS]
    if faults := [fault for fault in told if fault.severity == "error"]:
        raise FaultError(faults)
    places = NamedPlaces.from_stations(intake.reading.stations)
    if not places.names:
        raise FaultError(LANDMARK_FAULTS.build("no_place", file=file.name, field="--places"))
    return places
