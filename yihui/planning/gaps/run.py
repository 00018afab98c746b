"""What ``yihui plan gaps`` answers: where people have no open place within reach, and at which hours."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import fsum
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import Fault, InputFaults
from geo.coverage.reach import LONGEST_RADIUS_M, Reach
from yihui.bootstrap import Wiring
from yihui.planning.gaps.phrases import gap_name as gap_name
from yihui.planning.gaps.phrases import hours_text as hours_text
from yihui.runtime.arguments import WrongValue

if TYPE_CHECKING:
    from geo.coverage import Demand
    from geo.crs import Datum
    from geo.districts import Districts
    from geo.gaps import Gap, NamedPlaces, Whereabouts
    from geo.nearest.index import StationIndex
    from yihui.planning.demand.request import DemandRequest
    from yihui.planning.study.ground import Ground

N_ = str  # marks a text for the message catalogue

SPACING_M = {2: 1_000.0, 4: 500.0, 6: 250.0}  # of census and ground, by the digits of the area's code
NEAREST_M = 1.0
FINEST_M, COARSEST_M = 50.0, 20_000.0  # of a grid; the same as for a file of demand
HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class GapOrder:
    """The question. ``at`` asks about one instant, else about the week in which ``week_of`` lies.

    ``clock`` are the hours of each day that are asked about, such as (22, 6) for 22:00 to 6:00; None is all.
    ``demand_file`` says how to read ``demand`` where that is a file. ``outlines`` is a file of townships or
    communities by which gaps are told apart and named, ``places`` one of named points; both in ``datum``.
    *Units*: metres.
    """

    area: str
    at: datetime | None = None
    week_of: date | None = None
    clock: tuple[int, int] | None = None
    radius_m: float = 1_000.0
    demand: str = "census"
    demand_file: "DemandRequest | None" = None
    spacing_m: float | None = None
    register: str | None = None
    outlines: Path | None = None
    places: Path | None = None
    datum: "Datum | None" = None


@dataclass(frozen=True, slots=True, eq=False)
class FoundGaps:
    """All gaps of an area, the heaviest first, and where each of them is.

    ``resolution`` is that of their cells. ``worst`` is the position in ``instants`` at which most demand has
    no place, and ``worst_unmet`` how much. ``unknown`` counts the usable places of the area whose hours are
    not known: they count as shut. ``is_sample``: stations are generated.
    """

    order: GapOrder
    area_name: str
    demand: "Demand"
    demand_title: str
    instants: tuple[datetime, ...]
    resolution: int
    gaps: "tuple[Gap, ...]"
    where: "tuple[Whereabouts, ...]"
    worst: int
    worst_unmet: float
    unknown: int
    notes: tuple[Fault, ...]
    is_sample: bool

    @property
    def where_of(self) -> "Mapping[str, Whereabouts]":
        """By the id of the gap."""
        return {gap.id: where for gap, where in zip(self.gaps, self.where, strict=True)}

    @property
    def lasting(self) -> float:
        """Demand without a place at any of the instants."""
        return fsum(gap.demand for gap in self.gaps if gap.is_lasting)

    @property
    def at_times(self) -> float:
        """Demand without a place at some of the instants only."""
        return fsum(gap.demand for gap in self.gaps if not gap.is_lasting)


def find_gaps(wiring: Wiring, order: GapOrder) -> FoundGaps:
    """*Raises*: WrongValue for what can't be meant; InputFaults for an area, a register or a file that won't do."""
    from geo.districts import Districts
    from geo.gaps import chosen_resolution, gaps, whereabouts
    from yihui.planning.caveats import unknown_hours
    from yihui.planning.study.ground import ground_of

    check_gap_order(order)
    ground = ground_of(wiring, order.area)
    districts = _districts(order, ground)
    places = _places(wiring, order)
    demand, title, notes = _demand(wiring, order, ground, districts)
    index = placed_stations(wiring, order.register)
    reach = Reach(radius_m=order.radius_m)
    instants = instants_of(wiring, order)
    resolution = chosen_resolution(demand, reach)
    found = gaps(demand, index, reach, instants, resolution=resolution)
    worst, unmet = _worst(found, len(instants))
    return FoundGaps(
        order=order,
        area_name=ground.name,
        demand=demand,
        demand_title=title,
        instants=instants,
        resolution=resolution,
        gaps=found,
        where=whereabouts(found, places or _stations(index), districts),
        worst=worst,
        worst_unmet=unmet,
        unknown=unknown_hours(index, instants[0], Districts(ground.outlines)),
        notes=notes,
        is_sample=any(station.sample for station in index.stations),
    )


def placed_stations(wiring: Wiring, register: str | None) -> "StationIndex":
    """Of a register, or of all. *Raises*: InputFaults where there are none: then all would be a gap."""
    from yihui.services.station_selection import check_register

    check_register(wiring, register)
    index = wiring.stations(register)
    if not len(index):
        remedy = N_("import a register first: yihui stations import FILE.csv --datum wgs84")
        fault = Fault(N_("there is no station with coordinates"), remedy, field="--register", value=register)
        raise InputFaults([fault])
    return index


def check_gap_order(order: GapOrder) -> None:
    """*Raises*: WrongValue with all that can't be meant."""
    if faults := [*_wrong(order)]:
        raise WrongValue(faults)


def instants_of(wiring: Wiring, order: GapOrder) -> tuple[datetime, ...]:
    """The instants that are asked about, in order."""
    from core.civil_time import CIVIL_TIME, civil_date, start_of
    from geo.coverage.openness import week_of
    from yihui.planning.study.study import monday_of

    if order.at is not None:
        return (order.at,)
    day = order.week_of or civil_date(wiring.now())
    week = week_of(monday_of(start_of(day)))
    if order.clock is None:
        return week
    return tuple(when for when in week if is_in_clock(when.astimezone(CIVIL_TIME).hour, order.clock))


def is_in_clock(hour: int, clock: tuple[int, int]) -> bool:
    """Whether an hour of the day lies between two, over midnight where the first is the later one."""
    start, end = clock
    return start <= hour < end if start < end else hour >= start or hour < end


def _wrong(order: GapOrder) -> Iterator[Fault]:
    if not NEAREST_M <= order.radius_m <= LONGEST_RADIUS_M:
        remedy = N_("give metres, 1 to 100,000 (100 km)")
        yield Fault(N_("{field} can't be {value}"), remedy, field="--radius", value=f"{order.radius_m:g}")
    yield from wrong_spacing(order.spacing_m)
    if order.at is not None and (order.week_of is not None or order.clock is not None):
        yield Fault(
            N_("--at asks about one instant, {field} about a week"),
            N_("give one of them"),
            field="--week-of" if order.week_of is not None else "--hours",
        )


def wrong_spacing(spacing_m: float | None) -> Iterator[Fault]:
    """What is wrong with a grid on which demand is spread."""
    if spacing_m is not None and not FINEST_M <= spacing_m <= COARSEST_M:
        remedy = N_("give metres, 50 to 20,000 (20 km)")
        yield Fault(N_("{field} can't be {value}"), remedy, field="--demand-grid", value=f"{spacing_m:g}")


def _demand(
    wiring: Wiring, order: GapOrder, ground: "Ground", districts: "Districts"
) -> "tuple[Demand, str, tuple[Fault, ...]]":
    """*Raises*: InputFaults where there is none."""
    from geo.coverage import Demand
    from yihui.planning.demand.run import DemandWanted, demand_of

    spacing_m = order.spacing_m or SPACING_M[len(ground.prefix)]
    chosen = demand_of(wiring, DemandWanted(order.demand, order.area, spacing_m, order.demand_file))
    demand = chosen.demand
    if not demand.total > 0:
        remedy = N_("choose another area, or another demand with --demand")
        raise InputFaults(
            [Fault(N_("there is no demand in {value}"), remedy, field="--area", value=order.area)]
        )
    if order.outlines is not None:
        demand = Demand.of(demand.points, demand.weight, demand.unit, districts)
    return demand, chosen.title, tuple(chosen.notes)


def _districts(order: GapOrder, ground: "Ground") -> "Districts":
    """By which gaps are told apart and named: the counties, or the townships of a file beside them."""
    from geo.districts import Districts

    if order.outlines is None:
        return Districts(ground.outlines)
    from geo.crs import Datum
    from yihui.planning.demand.outlines_file import read_outlines

    own = read_outlines(order.outlines, order.datum or Datum.WGS84)
    return Districts(own.assign(city=[_above(code, ground.names) for code in own["code"]]))


def _above(code: str, names: Mapping[str, str]) -> str:
    """What holds an area: the county a township, the city a county."""
    county, city = names.get(code[:6], ""), names.get(f"{code[:4]}00", "")
    return county if len(code) > len("370102") else city


def _places(wiring: Wiring, order: GapOrder) -> "NamedPlaces | None":
    if order.places is None:
        return None
    from yihui.planning.demand.places_file import read_places

    return read_places(order.places, order.datum, lambda: wiring.outlines)


def _stations(index: "StationIndex") -> "NamedPlaces":
    from geo.gaps import NamedPlaces

    there = zip(index.stations, index.in_register().tolist(), strict=True)
    return NamedPlaces.of_stations(station for station, is_there in there if is_there)


def _worst(found: "tuple[Gap, ...]", instants: int) -> tuple[int, float]:
    """The instant at which the gaps hold most, the first of several, and how much that is."""
    import numpy as np

    held = np.zeros(instants)
    for gap in found:
        held[gap.unmet] += gap.demand
    worst = int(np.argmax(held))
    return worst, float(held[worst])
