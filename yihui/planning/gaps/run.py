"""Find gaps for ``yihui plan gaps``: where, and when, demand has no open place; and what names them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import geopandas as gpd

from core.civil_time import CIVIL_TIME, monday_of, start_of_day
from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.text_marks import N_
from geo.coverage.demand import Demand
from geo.coverage.hours import week_instants
from geo.coverage.reach import Reach
from geo.datum import Datum
from geo.districts import Districts
from geo.gaps.finding import Gap, compute_gaps, default_gap_resolution
from geo.gaps.locations import NamedPlaces, Whereabouts, locate_gaps
from geo.gaps.neighbourhoods import TownshipLimits
from geo.gaps.week import GapSums, sum_gaps
from geo.nearest.index import StationIndex
from yihui.bootstrap import Wiring
from yihui.files.street_names.reading import StoredPoint
from yihui.planning.demand.outlines_file import read_outlines
from yihui.planning.demand.run import demand_in_hour, load_some_demand
from yihui.planning.gaps.request import GapOrder
from yihui.planning.results import AreaResult
from yihui.planning.run import StudyArea, count_unknown_hours, load_placed_stations, load_study_area
from yihui.planning.townships import TownshipOutlines, find_township_outlines
from yihui.runtime.progress import begin_step

_COUNTY_DIGITS = 6
_ANY_KIND = {"kind": "outdoor_station"}  # the register reader requires a kind; the landmark reader ignores it
_HOURS = "the opening hours can't be understood: {value}"  # the message of a fault that doesn't matter for landmarks
LANDMARK_FAULTS = FaultTable(
    "gaps",
    {
        "no_place": (
            N_("no place of the file has coordinates"),
            N_("a line with the column names, then one line for each place: name, lon, lat"),
        ),
        "elsewhere": (
            N_("no place of the file lies in {area}: the first one is at {value} (longitude, latitude)"),
            N_("check the CRS and the datum of the file, or name another {option_area}"),
        ),
    },
)


@dataclass(frozen=True, slots=True, eq=False)
class GapLandmarks:
    """The places that name the gaps of an area. ``has_crossings``: their source must be shown."""

    places: NamedPlaces
    has_crossings: bool = False


def load_gap_landmarks(wiring: Wiring, index: StationIndex, outlines: gpd.GeoDataFrame) -> GapLandmarks:
    """Return the register's stations, then the crossings in the box of the outlines.

    There are no crossings where no streets are built, or where their file is damaged. *CRS*: EPSG:4326.
    """
    west, south, east, north = outlines.total_bounds.tolist()
    crossings: Sequence[StoredPoint] = ()
    if (streets := wiring.street_names) is not None:
        crossings = streets.use(lambda names: names.crossings_between((west, south, east, north)), crossings)
    there = zip(index.stations, index.in_register_mask().tolist(), strict=True)
    stations = NamedPlaces.from_stations(station for station, is_there in there if is_there)
    rows = [(name, *point) for name, point in zip(stations.names, stations.points.tolist(), strict=True)]
    rows += [(one.name, one.lon, one.lat) for one in crossings]
    return GapLandmarks(NamedPlaces.from_rows(rows), bool(crossings))


@dataclass(frozen=True, kw_only=True, eq=False)
class GapsResult(AreaResult[GapOrder]):
    """All gaps of an area, the heaviest first, and the whereabouts of each; ``resolution`` is the H3 one of their cells.

    ``has_crossings``: crossings of the built streets name them, and their source must be shown. ``straight``: the sums by
    the straight line, where the gaps are by street.
    """

    instants: tuple[datetime, ...]
    resolution: int
    gaps: tuple[Gap, ...]
    whereabouts: tuple[Whereabouts, ...]
    sums: GapSums
    has_crossings: bool = False
    straight: GapSums | None = None

    @property
    def whereabouts_by_id(self) -> Mapping[str, Whereabouts]:
        """The whereabouts of each gap by the gap's id."""
        return {gap.id: where for gap, where in zip(self.gaps, self.whereabouts, strict=True)}


def find_gaps(wiring: Wiring, order: GapOrder) -> GapsResult:
    """Find the gaps of an area. *Raises*: FaultError for invalid settings, or an unusable area, register or file."""
    begin_step()
    ground = load_study_area(wiring, order.area)
    townships: TownshipOutlines | None = None
    notes: tuple[Fault, ...] = ()
    districts = Districts.from_frame(ground.outlines)  # the areas that separate and name gaps
    if order.outlines is not None:
        outlines, notes = read_outlines(order.outlines, order.datum, ground)
        above = [
            ground.names.get(code[:6] if len(code) > _COUNTY_DIGITS else f"{code[:4]}00", "")
            for code in outlines["code"]
        ]
        districts = Districts.from_frame(outlines.assign(city=above))
    elif townships := find_township_outlines(wiring, ground, order.townships, order.datum):
        districts, notes = townships.build_districts(wiring.language), townships.notes
    own = None if order.places is None else _load_own_landmarks(wiring, order.places, order.datum, ground)
    chosen = load_some_demand(wiring, order.query)
    demand = chosen.demand if order.outlines is None else chosen.demand.located_in(districts)
    demand = townships.locate_demand(demand) if townships else demand
    index = load_placed_stations(wiring, order.register)
    landmarks = own or load_gap_landmarks(wiring, index, ground.outlines)
    instants = list_gap_instants(order)
    if order.at is not None:
        demand = demand_in_hour(demand, order.at)
    if order.streets is not None:
        order = order.model_copy(update={"streets": order.streets.collect_ways(demand, index, instants)})
    reach = Reach(radius_m=order.radius_m) if order.streets is None else order.streets.build_reach()
    begin_step()
    search = GapSearch(order, ground, index, reach, instants, landmarks, districts, townships)
    found = measure_gaps(search, chosen.demand, demand, chosen.title)
    return replace(found, notes=(*chosen.notes, *notes))


@dataclass(frozen=True, slots=True, eq=False)
class GapSearch:
    """Where gaps are searched: an area with its stations and the places that name gaps, at some instants.

    ``districts`` are the areas that separate gaps: its counties, its ``townships``, or those of a file.
    """

    order: GapOrder
    ground: StudyArea
    index: StationIndex
    reach: Reach
    instants: tuple[datetime, ...]
    landmarks: GapLandmarks
    districts: Districts
    townships: TownshipOutlines | None


def measure_gaps(search: GapSearch, all_week: Demand, demand: Demand, title: str) -> GapsResult:
    """Find the gaps of a demand, which lies in the search's districts; ``all_week`` is that of all hours, as it was given."""
    index, reach, instants, ways = search.index, search.reach, search.instants, search.order.streets
    limits = search.townships.build_limits() if search.townships else TownshipLimits()
    resolution = default_gap_resolution(demand, reach)

    def find(reach: Reach) -> tuple[Gap, ...]:  # by the straight line, too, in the same cells and townships
        return compute_gaps(demand, index, reach, instants, resolution=resolution, limits=limits)

    found = find(reach)
    begin_step()
    straight = None if ways is None else sum_gaps(find(Reach(ways.straight_m)), demand, instants)
    counties = Districts.from_frame(search.ground.outlines)
    return GapsResult(
        order=search.order,
        area_name=search.ground.name,
        demand=demand,
        demand_title=title,
        instants=instants,
        resolution=resolution,
        gaps=found,
        whereabouts=locate_gaps(found, search.landmarks.places, search.districts),
        sums=sum_gaps(found, demand, instants),
        unknown=count_unknown_hours(index, instants[0], counties),
        has_crossings=search.landmarks.has_crossings,
        townships=search.townships,
        straight=straight,
        index=index,
        demand_of_week=all_week,
        reach=reach,
    )


def _load_own_landmarks(wiring: Wiring, file: Path, datum: Datum | None, ground: StudyArea) -> GapLandmarks:
    """*Raises*: FaultError unless a place lies in the box of the area: the file's CRS is another, or its region."""
    places = read_named_places(file, datum, lambda: wiring.outlines)
    west, south, east, north = ground.outlines.total_bounds.tolist()
    lon, lat = places.points.T
    if not ((west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)).any():
        build, value = partial(LANDMARK_FAULTS.build, "elsewhere", file=file.name), f"{lon[0]:g}, {lat[0]:g}"
        raise FaultError(build(field="--places", value=value, area=ground.name))
    return GapLandmarks(places)


def list_gap_instants(order: GapOrder) -> tuple[datetime, ...]:
    """Return the instants to examine, in order."""
    if order.at is not None:
        return (order.at,)
    assert order.week_of is not None, "an order has an instant or a week"
    week = week_instants(monday_of(start_of_day(order.week_of)))
    if order.clock is None:
        return week
    start, end = order.clock  # over midnight the end is smaller
    hours = range(start, end) if start < end else (*range(start, 24), *range(end))
    return tuple(when for when in week if when.astimezone(CIVIL_TIME).hour in hours)


def read_named_places(file: Path, datum: Datum | None, districts: Callable[[], Districts]) -> NamedPlaces:
    """Read a list of names and coordinates with the register reader; return the rows with coordinates.

    *Raises*: FaultError with all faults of the file, or where no row has coordinates; OSError.
    """
    from yihui.services.stations.station_import import RegisterRequest, read_register

    intake = read_register(RegisterRequest(file, datum, constants=_ANY_KIND), districts)
    told = [fault for fault in (*intake.findings, *intake.reading.faults) if fault.message != _HOURS]
    raise_faults([fault for fault in told if fault.severity == "error"])
    places = NamedPlaces.from_stations(intake.reading.stations)
    if not places.names:
        raise FaultError(LANDMARK_FAULTS.build("no_place", file=file.name, field="--places"))
    return places
