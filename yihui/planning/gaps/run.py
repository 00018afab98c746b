"""Find gaps for ``yihui plan gaps``: where, and at which hours, demand has no open place within reach."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import fsum
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import Fault, FaultError
from core.text_marks import N_
from geo.coverage.reach import MAX_RADIUS_M, Reach
from yihui.bootstrap import Wiring
from yihui.planning.gaps.phrases import gap_name as gap_name
from yihui.runtime.arguments import WrongValue

if TYPE_CHECKING:
    from geo.coverage import Demand
    from geo.crs import Datum
    from geo.districts import Districts
    from geo.gaps import Gap, NamedPlaces, Whereabouts
    from geo.nearest.index import StationIndex
    from yihui.planning.demand.request import DemandFileOptions
    from yihui.planning.study.ground import StudyArea


DEFAULT_SPACING_M = {
    2: 1_000.0,
    4: 500.0,
    6: 250.0,
}  # grid of census and ground demand, by the digits of the area's code
MIN_RADIUS_M = 1.0
MIN_SPACING_M, MAX_SPACING_M = 50.0, 20_000.0  # limits of a grid; the same as for a file of demand
HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class GapOrder:
    """What to find. ``at`` selects one instant; otherwise the week that contains ``week_of`` is examined.

    ``clock`` selects hours of each day, such as (22, 6) for 22:00 to 6:00; None selects all. ``demand_file``
    says how to read ``demand`` where that is a file. ``outlines`` is a file of townships or communities that
    separate and name the gaps, ``places`` a file of named points; both are in ``datum``. *Units*: metres.
    """

    area: str
    at: datetime | None = None
    week_of: date | None = None
    clock: tuple[int, int] | None = None
    radius_m: float = 1_000.0
    demand: str = "census"
    demand_file: "DemandFileOptions | None" = None
    spacing_m: float | None = None
    register: str | None = None
    outlines: Path | None = None
    places: Path | None = None
    datum: "Datum | None" = None


@dataclass(frozen=True, slots=True, eq=False)
class GapsResult:
    """All gaps of an area, the heaviest first, and the whereabouts of each.

    ``resolution`` is the H3 resolution of their cells. ``worst`` is the position in ``instants`` at which most
    demand has no place, and ``worst_unmet`` is that demand. ``unknown`` counts the usable places of the area
    with unknown hours; they count as closed. ``is_sample``: stations are generated.
    """

    order: GapOrder
    area_name: str
    demand: "Demand"
    demand_title: str
    instants: tuple[datetime, ...]
    resolution: int
    gaps: "tuple[Gap, ...]"
    whereabouts: "tuple[Whereabouts, ...]"
    worst: int
    worst_unmet: float
    unknown: int
    notes: tuple[Fault, ...]
    is_sample: bool

    @property
    def whereabouts_by_id(self) -> "Mapping[str, Whereabouts]":
        """The whereabouts of each gap by the gap's id."""
        return {gap.id: where for gap, where in zip(self.gaps, self.whereabouts, strict=True)}

    @property
    def lasting_demand(self) -> float:
        """Demand without a place at every instant."""
        return fsum(gap.demand for gap in self.gaps if gap.is_lasting)

    @property
    def temporary_demand(self) -> float:
        """Demand without a place at some of the instants only."""
        return fsum(gap.demand for gap in self.gaps if not gap.is_lasting)


def find_gaps(wiring: Wiring, order: GapOrder) -> GapsResult:
    """Find the gaps of an area.

    *Raises*: WrongValue for invalid settings; FaultError for an unusable area, register or file.
    """
    from geo.districts import Districts
    from geo.gaps import compute_gaps, default_gap_resolution, locate_gaps
    from yihui.planning.caveats import count_unknown_hours
    from yihui.planning.study.ground import load_study_area

    check_gap_order(order)
    ground = load_study_area(wiring, order.area)
    districts = _districts(order, ground)
    places = _places(wiring, order)
    demand, title, notes = _demand(wiring, order, ground, districts)
    index = load_placed_stations(wiring, order.register)
    reach = Reach(radius_m=order.radius_m)
    instants = list_gap_instants(wiring, order)
    resolution = default_gap_resolution(demand, reach)
    found = compute_gaps(demand, index, reach, instants, resolution=resolution)
    worst, unmet = _worst(found, len(instants))
    return GapsResult(
        order=order,
        area_name=ground.name,
        demand=demand,
        demand_title=title,
        instants=instants,
        resolution=resolution,
        gaps=found,
        whereabouts=locate_gaps(found, places or _stations(index), districts),
        worst=worst,
        worst_unmet=unmet,
        unknown=count_unknown_hours(index, instants[0], Districts(ground.outlines)),
        notes=notes,
        is_sample=any(station.sample for station in index.stations),
    )


def load_placed_stations(wiring: Wiring, register: str | None) -> "StationIndex":
    """Load the placed stations of one register, or of all.

    *Raises*: FaultError where there are none, because the whole area would be a gap.
    """
    from yihui.services.station_selection import check_register

    check_register(wiring, register)
    index = wiring.stations(register)
    if not len(index):
        remedy = N_("import a register first: yihui stations import FILE.csv --datum wgs84")
        fault = Fault(N_("there is no station with coordinates"), remedy, field="--register", value=register)
        raise FaultError([fault])
    return index


def check_gap_order(order: GapOrder) -> None:
    """Check the settings. *Raises*: WrongValue with all faults."""
    if faults := [*_wrong(order)]:
        raise WrongValue(faults)


def list_gap_instants(wiring: Wiring, order: GapOrder) -> tuple[datetime, ...]:
    """Return the instants to examine, in order."""
    from core.civil_time import CIVIL_TIME, civil_date, start_of_day
    from geo.coverage.openness import week_instants
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


def _wrong(order: GapOrder) -> Iterator[Fault]:
    if not MIN_RADIUS_M <= order.radius_m <= MAX_RADIUS_M:
        remedy = N_("give metres, 1 to 100,000 (100 km)")
        yield Fault(N_("{field} can't be {value}"), remedy, field="--radius", value=f"{order.radius_m:g}")
    yield from find_spacing_faults(order.spacing_m)
    if order.at is not None and (order.week_of is not None or order.clock is not None):
        yield Fault(
            N_("--at asks about one instant, {field} about a week"),
            N_("give one of them"),
            field="--week-of" if order.week_of is not None else "--hours",
        )


def find_spacing_faults(spacing_m: float | None) -> Iterator[Fault]:
    """Yield a fault where the spacing of the demand grid is out of range."""
    if spacing_m is not None and not MIN_SPACING_M <= spacing_m <= MAX_SPACING_M:
        remedy = N_("give metres, 50 to 20,000 (20 km)")
        yield Fault(N_("{field} can't be {value}"), remedy, field="--demand-grid", value=f"{spacing_m:g}")


def _demand(
    wiring: Wiring, order: GapOrder, ground: "StudyArea", districts: "Districts"
) -> "tuple[Demand, str, tuple[Fault, ...]]":
    """Return the demand, its title and its notes. *Raises*: FaultError where there is no demand."""
    from geo.coverage import Demand
    from yihui.planning.demand.run import DemandQuery, load_demand

    spacing_m = order.spacing_m or DEFAULT_SPACING_M[len(ground.prefix)]
    chosen = load_demand(wiring, DemandQuery(order.demand, order.area, spacing_m, order.demand_file))
    demand = chosen.demand
    if not demand.total > 0:
        remedy = N_("choose another area, or another demand with --demand")
        raise FaultError(
            [Fault(N_("there is no demand in {value}"), remedy, field="--area", value=order.area)]
        )
    if order.outlines is not None:
        demand = Demand.from_points(demand.points, demand.weight, demand.unit, districts)
    return demand, chosen.title, tuple(chosen.notes)


def _districts(order: GapOrder, ground: "StudyArea") -> "Districts":
    """Return the areas that separate and name gaps: counties, or the townships of the user's file."""
    from geo.districts import Districts

    if order.outlines is None:
        return Districts(ground.outlines)
    from geo.crs import Datum
    from yihui.planning.demand.outlines_file import read_outlines

    own = read_outlines(order.outlines, order.datum or Datum.WGS84)
    return Districts(own.assign(city=[_parent_name(code, ground.names) for code in own["code"]]))


def _parent_name(code: str, names: Mapping[str, str]) -> str:
    """Return the name of the area above: the county of a township, the city of a county."""
    county, city = names.get(code[:6], ""), names.get(f"{code[:4]}00", "")
    return county if len(code) > len("370102") else city


def _places(wiring: Wiring, order: GapOrder) -> "NamedPlaces | None":
    if order.places is None:
        return None
    from yihui.planning.demand.places_file import read_named_places

    return read_named_places(order.places, order.datum, lambda: wiring.outlines)


def _stations(index: "StationIndex") -> "NamedPlaces":
    from geo.gaps import NamedPlaces

    there = zip(index.stations, index.in_register_mask().tolist(), strict=True)
    return NamedPlaces.from_stations(station for station, is_there in there if is_there)


def _worst(found: "tuple[Gap, ...]", instants: int) -> tuple[int, float]:
    """Return the first instant at which the gaps hold the most demand, and that demand."""
    import numpy as np

    held = np.zeros(instants)
    for gap in found:
        held[gap.unmet] += gap.demand
    worst = int(np.argmax(held))
    return worst, float(held[worst])
