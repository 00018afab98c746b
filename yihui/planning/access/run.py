"""Measure access for ``yihui plan access``: how much open capacity each demand point gets, and how evenly."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.sheets.listed_rows import ListedThings, select_listed_rows
from core.sheets.table import quotable_headers
from core.text_marks import N_
from geo.coverage.demand import AREA_CODE_DIGITS, Demand, assign_areas
from geo.coverage.floating import DistanceDecay, Equity, SharedPlaces, compute_equity
from geo.coverage.reach import OPEN_TO_ALL, Reach
from geo.coverage.served import Mask, edge_tolerance, fill_shares, ground_shares, radius_tolerance
from geo.districts import Districts
from geo.formats.columns import find_known_header
from geo.geodesy import Floats
from geo.siting.situation import nearest_m
from geo.station import Station
from yihui.bootstrap import Wiring
from yihui.files.tables import read_table_file
from yihui.planning.access.request import AccessOrder
from yihui.planning.demand.outlines_file import read_outlines
from yihui.planning.demand.run import demand_in_hour, load_demand_around, load_some_demand
from yihui.planning.demand.table import parse_typed_number
from yihui.planning.order import TOWNSHIP_LEVEL
from yihui.planning.results import AreaResult
from yihui.planning.run import count_unknown_hours, load_placed_stations, load_study_area
from yihui.planning.text import access_denominator
from yihui.planning.townships import find_table_townships
from yihui.runtime.arguments import CANNOT_BE
from yihui.runtime.progress import begin_step

CAPACITY_BY_ROOM_AREA = "area_m2"
_FIELD = "--capacity"
_ID = ("id", "station_id", "编号", "站点编号", "驿站编号")
_CAPACITY = ("capacity", "seats", "容量", "座位", "座位数", "席位", "容纳人数", "可容纳人数")
_HOW = N_("a line with the column names 编号, 容量, then one line for each station: S001, 12")
_WHAT = N_("give a number for all places, area_m2 for the size of the room, or a table 编号, 容量")

ACCESS_FAULTS = FaultTable(
    "access",
    {
        "no_columns": (N_("the table has no columns for station and capacity; there are: {value}"), _HOW),
        "not_above_zero": (CANNOT_BE, N_("give a number above 0")),
        "no_capacity_option": (CANNOT_BE, _WHAT),
        "without_capacity": (
            N_("stations without a capacity count as offering nothing: {value}, such as {names}"),
            N_("fill it in, or give one number for all"),
        ),
        "no_capacity": (N_("no station has a capacity"), _WHAT),
        "no_station": (
            N_("there is no station “{value}”"),
            N_("write the id of a placed station of the register"),
        ),
        "no_number": (N_("“{value}” is no capacity"), N_("write a number, 0 or more")),
        "twice": (N_("station “{value}” stands there twice"), N_("keep one row")),
        "too_many": (
            N_("too many places lie within {value} m of the demand to share them out"),
            N_("give a smaller radius, a coarser {option_demand_grid} or a smaller {option_area}"),
        ),
        "no_level": (
            N_("the demand doesn't say in which {value} it lies"),
            N_("choose a wider level, or give outlines of that level with {option_outlines} FILE"),
        ),
    },
)


def station_capacities(stations: Sequence[Station], what: str) -> tuple[Floats, tuple[Fault, ...]]:
    """Return the capacity of each station and warnings; a station of unknown capacity gets 0.

    ``what`` is a number, ``area_m2`` or the path of a table.
    *Shape*: (n,). *Raises*: FaultError for an impossible number, with all faults of a table, or where none is known.
    """
    notes: tuple[Fault, ...] = ()
    if what == CAPACITY_BY_ROOM_AREA:
        known = {s.id: s.area_m2 for s in stations if s.area_m2 is not None}
    else:
        try:
            each = float(what)
        except ValueError:
            if not Path(what).exists() and "." not in what:
                fault = ACCESS_FAULTS.build("no_capacity_option", field=_FIELD, value=what)
                raise FaultError(fault) from None
            known, notes = _read_table(Path(what), {station.id for station in stations})
        else:
            if not 0 < each < np.inf:
                raise FaultError(ACCESS_FAULTS.build("not_above_zero", field=_FIELD, value=what))
            return np.full(len(stations), each), ()
    unknown = [s for s in stations if s.id not in known]
    if stations and not known:
        raise FaultError(ACCESS_FAULTS.build("no_capacity", field=_FIELD))
    if unknown:
        names, count = "、".join(s.name for s in unknown[:3]), f"{len(unknown):,}"
        build = partial(ACCESS_FAULTS.build, "without_capacity", severity="warning")
        notes = (*notes, build(field=_FIELD, value=count, names=names))
    return np.array([known.get(s.id, 0.0) for s in stations]), notes


def _read_table(file: Path, stations: set[str]) -> tuple[dict[str, float], tuple[Fault, ...]]:
    table = read_table_file(file.read_bytes(), file.name)
    id, capacity = (find_known_header(table.headers, names) for names in (_ID, _CAPACITY))
    if id is None or capacity is None:
        headers = quotable_headers(table)
        raise FaultError(ACCESS_FAULTS.build("no_columns", file=table.file, row=1, value=headers))
    table = select_listed_rows(table, ListedThings((id, capacity)))
    known: dict[str, float] = {}
    faults: list[Fault] = list(table.faults)
    for row in table.rows:
        name, text = row.text([id]), row.text([capacity])
        amount, told = parse_typed_number(text), row.faults_in([id, capacity])
        if name not in stations or name in known:
            code = "twice" if name in known else "no_station"
            told.append(ACCESS_FAULTS.build(code, field=id, value=name))
        if not 0 <= amount < np.inf:
            told.append(ACCESS_FAULTS.build("no_number", field=capacity, value=text))
        if not told:
            known[name] = amount
        faults += [fault.at(file=table.file, row=row.number) for fault in told]
    raise_faults(faults)
    return known, table.notes


Zones = tuple[tuple[float, float], ...]
# The level of the listed areas, by the digits of the area's code.
_BELOW = {2: "city", 4: "county", 6: "county"}


@dataclass(frozen=True, slots=True)
class AreaAccess:
    """One area: its demand, its mean access per `access_denominator`, and the share that reaches no open place."""

    code: str
    name: str
    demand: float
    mean: float
    without_share: float


@dataclass(frozen=True, kw_only=True, eq=False)
class AccessResult(AreaResult[AccessOrder]):
    """How access is distributed over all demand of an area, over the ``served``, and by the ``straight`` line beside streets.

    ``places`` counts the open, usable places that some demand point reaches, including places beyond the border, and
    ``offered`` is their total capacity. ``around``: they are shared with the demand beyond the border too.
    ``tolerance`` is how far the demand without a place may be off where sample points measure it.
    """

    places: int
    offered: float
    equity_of_all: Equity
    equity_of_served: Equity | None
    areas: tuple[AreaAccess, ...]
    by: str
    straight: Equity | None = None
    around: bool = False
    tolerance: float = 0.0


def measure_access(wiring: Wiring, order: AccessOrder) -> AccessResult:
    """Measure the access to open places in an area. *Raises*: FaultError for invalid settings, or an unusable area, register or file."""
    begin_step()
    ground = load_study_area(wiring, order.area)
    townships = find_table_townships(wiring, order, order.by, ground)
    own = order.outlines
    outlines, told = (None, ()) if own is None else read_outlines(own, order.datum, ground)
    chosen = load_some_demand(wiring, order.query)
    demand = demand_in_hour(chosen.demand, order.at)
    around = load_demand_around(wiring, order.query, order.zones[-1][0])
    if outlines is not None:
        demand = demand.located_in(Districts.from_frame(outlines))
    elif townships is not None:
        demand = townships.locate_demand(demand)
    index = load_placed_stations(wiring, order.register)
    offered, odd = station_capacities(index.stations, order.capacity)
    usable = np.flatnonzero(index.passing_mask(OPEN_TO_ALL, order.at))
    begin_step()
    shared, streets = SharedPlaces(demand, around, index.points[usable], offered[usable]), order.streets
    reach = Reach(order.zones[-1][0]) if streets is None else streets.build_reach()
    # in the unit of the reach: seconds by street and minutes, else metres
    zones = order.zones if streets is None or streets.within_s is None else ((streets.within_s, 1.0),)
    access, reached = share_places(shared, reach, zones)
    has_place = ~np.isnan(access)
    share, tolerance = _share_with_place(shared, reach, has_place)
    by = order.by or (TOWNSHIP_LEVEL if outlines is not None or townships else _BELOW[len(ground.prefix)])
    is_even = demand.even_ground is not None and demand.even_ground.has_level(AREA_CODE_DIGITS[by])
    names = {**ground.names} if townships is None else townships.full_names(wiring.language)
    if outlines is not None:
        names |= dict(zip(outlines["code"], outlines["name"], strict=True))
    straight = None
    if streets is not None:
        zones = order.zones if streets.within_s is None else ((streets.straight_m, 1.0),)
        straight = compute_equity(share_places(shared, Reach(streets.straight_m), zones)[0], demand.weight)
    weighed = has_place & (demand.weight > 0)
    served = compute_equity(access[has_place], demand.weight[has_place]) if weighed.any() else None
    equity, without = compute_equity(access, demand.weight), demand.total - demand.sum_served(share)
    return AccessResult(
        order=order,
        area_name=ground.name,
        demand=demand,
        demand_title=chosen.title,
        places=len(reached),
        offered=float(offered[usable][reached].sum()),
        equity_of_all=replace(equity, without_share=without / demand.total),
        equity_of_served=served,
        areas=_areas(demand, access, share if is_even else has_place, by, names),
        by=by,
        unknown=count_unknown_hours(index, order.at, Districts.from_frame(ground.outlines)),
        notes=(*chosen.notes, *odd, *(townships.notes if townships else told)),
        straight=straight,
        townships=townships,
        around=around is not None,
        tolerance=tolerance,
        index=index,
        demand_of_week=chosen.demand,
        reach=reach,
    )


def _share_with_place(shared: SharedPlaces, reach: Reach, has_place: Mask) -> tuple[Mask | Floats, float]:
    """Return the share of each point's demand with a place within reach, and how far its sum may be off."""
    demand, places, weight = shared.demand, shared.places, shared.demand.weight
    share: Mask | Floats = has_place
    if reach.network is not None:
        return share, edge_tolerance(demand, has_place)
    is_open = np.ones((len(places), 1), dtype=np.bool_)
    ground = ground_shares(demand, places, is_open, reach.radius_m)
    if ground is not None:
        share, weight = fill_shares(ground[:, 0], has_place), weight * np.isnan(ground[:, 0])
    if not weight.any():
        return share, 0.0
    return share, radius_tolerance(demand, weight, nearest_m(demand.points, places) - reach.radius_m)


def share_places(shared: SharedPlaces, reach: Reach, zones: Zones) -> tuple[Floats, NDArray[np.intp]]:
    """Return access per `access_denominator`, and the places within reach of some demand. *Raises*: FaultError."""
    try:
        access, reached = shared.compute_access(reach, DistanceDecay(zones))
    except ValueError as error:
        limit_m = f"{reach.radius_m:g}"
        raise FaultError(ACCESS_FAULTS.build("too_many", field="--radius", value=limit_m)) from error
    return access * access_denominator(shared.demand.unit), reached


def _areas(
    demand: Demand, access: Floats, has_place: Mask | Floats, by: str, names: dict[str, str]
) -> tuple[AreaAccess, ...]:
    """Return the areas of a level, the worst served first. *Raises*: FaultError where the demand has no codes of that level."""
    try:
        area, codes = assign_areas(demand, AREA_CODE_DIGITS[by])
    except ValueError as error:
        raise FaultError(ACCESS_FAULTS.build("no_level", field="--by", value=by)) from error
    n = len(codes) + 1
    total = np.bincount(area, weights=demand.weight, minlength=n)
    held = np.bincount(area, weights=demand.weight * np.nan_to_num(access), minlength=n)
    with_place = np.bincount(area, weights=demand.weight * has_place, minlength=n).astype(np.float64)
    without = total - demand.round_served(with_place)
    sums = zip(codes, total.tolist(), held.tolist(), without.tolist(), strict=False)
    found = [
        AreaAccess(whole := code.ljust(6, "0"), names.get(whole, code), all_, had / all_, none / all_)
        for code, all_, had, none in sums
        if all_ > 0
    ]
    return tuple(sorted(found, key=lambda one: (one.mean, -one.without_share, one.code)))
