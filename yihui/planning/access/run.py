"""What ``yihui plan access`` answers: what of the open places falls to each, and how evenly."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.faults import Fault, InputFaults
from geo.coverage.areas import DIGITS, areas_of
from geo.coverage.demand import GROUND
from geo.coverage.equity import Equity, equity
from geo.coverage.floating import Decay, Pairs, two_step
from geo.coverage.neighbours import neighbours
from geo.coverage.reach import LONGEST_RADIUS_M, OPEN_TO_ALL
from geo.crs import Datum
from geo.geodesy import Floats
from yihui.bootstrap import Wiring
from yihui.planning.access.capacity import capacities
from yihui.runtime.arguments import WrongValue

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.coverage import Demand
    from yihui.planning.demand.request import DemandRequest
    from yihui.planning.study.ground import Ground

N_ = str  # marks a text for the message catalogue

PER, PER_GROUND_M2 = 10_000.0, 1e6
NEAREST_M = 1.0
_BELOW = {2: "city", 4: "county", 6: "county"}  # the level that is listed of an area, by its digits


@dataclass(frozen=True, slots=True)
class AccessOrder:
    """The question. ``zones`` are (end in metres, weight), one of weight 1 for plain 2SFCA.

    ``capacity`` is a number, ``area_m2`` or a file; ``by`` the level of the areas that are listed, None the
    one below the area. ``outlines`` is a file of townships or communities.
    """

    area: str
    at: datetime
    zones: tuple[tuple[float, float], ...] = ((1_000.0, 1.0),)
    capacity: str = "1"
    by: str | None = None
    demand: str = "census"
    demand_file: "DemandRequest | None" = None
    spacing_m: float | None = None
    register: str | None = None
    outlines: Path | None = None
    datum: Datum | None = None


@dataclass(frozen=True, slots=True)
class AreaAccess:
    """One area: its demand, its mean access by `per`, and the share that can reach no open place."""

    code: str
    name: str
    demand: float
    mean: float
    without_share: float


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """Access of each demand point by `per` of the demand, NaN where no place is within reach.

    ``of_all`` is its spread over all demand, ``of_served`` over that which can reach a place; None where none
    can. ``places`` are those open and usable then that somebody here reaches, beyond the border as well;
    ``offered`` is what they offer together. ``unknown`` counts the usable places of the area whose hours are not known: they count as
    shut.
    """

    order: AccessOrder
    area_name: str
    demand: "Demand"
    demand_title: str
    access: Floats
    places: int
    offered: float
    of_all: Equity
    of_served: Equity | None
    areas: tuple[AreaAccess, ...]
    by: str
    unknown: int
    notes: tuple[Fault, ...]
    is_sample: bool


def measure_access(wiring: Wiring, order: AccessOrder) -> Access:
    """*Raises*: WrongValue for what can't be meant; InputFaults for an area, a register or a file that won't do."""
    from geo.coverage import Demand
    from geo.districts import Districts
    from yihui.planning.caveats import unknown_hours
    from yihui.planning.demand.outlines_file import read_outlines
    from yihui.planning.gaps.run import SPACING_M, placed_stations
    from yihui.planning.study.ground import ground_of

    check_access_order(order)
    ground = ground_of(wiring, order.area)
    outlines = None if order.outlines is None else read_outlines(order.outlines, order.datum or Datum.WGS84)
    demand, title, notes = _demand(wiring, order, order.spacing_m or SPACING_M[len(ground.prefix)])
    if outlines is not None:
        demand = Demand.of(demand.points, demand.weight, demand.unit, Districts(outlines))
    index = placed_stations(wiring, order.register)
    offered, odd = capacities(index.stations, order.capacity)
    usable = np.flatnonzero(index.passing(OPEN_TO_ALL, order.at))
    access, reached = _access(demand, index.points[usable], order, offered[usable])
    by = order.by or (_BELOW[len(ground.prefix)] if order.outlines is None else "township")
    served = ~np.isnan(access)
    weighed = served & (demand.weight > 0)
    return Access(
        order=order,
        area_name=ground.name,
        demand=demand,
        demand_title=title,
        access=access,
        places=len(reached),
        offered=float(offered[usable][reached].sum()),
        of_all=equity(access, demand.weight),
        of_served=equity(access[served], demand.weight[served]) if weighed.any() else None,
        areas=_areas(demand, access, by, _names(ground, outlines)),
        by=by,
        unknown=unknown_hours(index, order.at, Districts(ground.outlines)),
        notes=(*notes, *odd),
        is_sample=any(station.sample for station in index.stations),
    )


def check_access_order(order: AccessOrder) -> None:
    """*Raises*: WrongValue with all that can't be meant."""
    if faults := [*_wrong(order)]:
        raise WrongValue(faults)


def _wrong(order: AccessOrder) -> Iterator[Fault]:
    from yihui.planning.gaps.run import wrong_spacing

    yield from wrong_spacing(order.spacing_m)
    reach_m = order.zones[-1][0]
    if not NEAREST_M <= reach_m <= LONGEST_RADIUS_M:
        remedy = N_("give metres, 1 to 100,000 (100 km)")
        yield Fault(N_("{field} can't be {value}"), remedy, field="--radius", value=f"{reach_m:g}")
    if order.by is not None and order.by not in DIGITS:
        remedy = N_("say province, city, county, township or community")
        yield Fault(N_("{field} can't be {value}"), remedy, field="--by", value=order.by)
    elif order.by in ("township", "community") and order.outlines is None:
        remedy = N_("give their outlines with --outlines FILE")
        yield Fault(N_("nothing says where each {value} lies"), remedy, field="--by", value=order.by)


def _demand(wiring: Wiring, order: AccessOrder, spacing_m: float) -> "tuple[Demand, str, tuple[Fault, ...]]":
    """*Raises*: InputFaults where there is none."""
    from yihui.planning.demand.run import DemandWanted, demand_of

    chosen = demand_of(wiring, DemandWanted(order.demand, order.area, spacing_m, order.demand_file))
    demand = chosen.demand
    if not demand.total > 0:
        remedy = N_("choose another area, or another demand with --demand")
        raise InputFaults(
            [Fault(N_("there is no demand in {value}"), remedy, field="--area", value=order.area)]
        )
    return demand, chosen.title, tuple(chosen.notes)


def _access(
    demand: "Demand", places: Floats, order: AccessOrder, offered: Floats
) -> tuple[Floats, NDArray[np.intp]]:
    """Per `per` of the demand, and the places that somebody reaches. *Raises*: InputFaults."""
    decay = Decay.zones(order.zones)
    try:
        near = neighbours(demand.points, places, decay.limit)
    except ValueError as error:
        raise InputFaults([_too_many(decay.limit)]) from error
    pairs = Pairs.of_rows(near.start, near.station, near.distance_m)
    access = two_step(pairs, demand.weight, offered, decay)
    return access * per(demand.unit), np.unique(near.station).astype(np.intp)


def per(unit: str) -> float:
    """Of how much demand access is told: 10,000 people or orders, a square kilometre of ground."""
    return PER_GROUND_M2 if unit == GROUND else PER


def _names(ground: "Ground", outlines: "gpd.GeoDataFrame | None") -> dict[str, str]:
    own = {} if outlines is None else dict(zip(outlines["code"], outlines["name"], strict=True))
    return {**ground.names, **own}


def _areas(demand: "Demand", access: Floats, by: str, names: dict[str, str]) -> tuple[AreaAccess, ...]:
    """The areas of a level, the worst served first. *Raises*: InputFaults where the demand has no such codes."""
    try:
        area, codes = areas_of(demand, DIGITS[by])
    except ValueError as error:
        raise InputFaults([_no_level(by)]) from error
    n = len(codes) + 1
    total = np.bincount(area, weights=demand.weight, minlength=n)
    held = np.bincount(area, weights=demand.weight * np.nan_to_num(access), minlength=n)
    without = np.bincount(area, weights=demand.weight * np.isnan(access), minlength=n)
    found = [
        AreaAccess(
            code.ljust(6, "0"),
            names.get(code.ljust(6, "0"), code),
            float(all_),
            float(had / all_),
            float(none / all_),
        )
        for code, all_, had, none in zip(codes, total, held, without, strict=False)
        if all_ > 0
    ]
    return tuple(sorted(found, key=lambda one: (one.mean, -one.without_share, one.code)))


def _too_many(limit_m: float) -> Fault:
    return Fault(
        N_("too many places lie within {value} m of the demand to share them out"),
        N_("give a smaller radius, a coarser --demand-grid or a smaller --area"),
        field="--radius",
        value=f"{limit_m:g}",
    )


def _no_level(by: str) -> Fault:
    return Fault(
        N_("the demand doesn't say in which {value} it lies"),
        N_("choose a wider level, or give outlines of that level with --outlines FILE"),
        field="--by",
        value=by,
    )
