"""The ground within reach that a map draws in a county, and the stations that lie in no area at all."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely

from yihui.bootstrap import Wiring
from yihui.planning.map.scope import MapScope
from yihui.planning.order import AreaOrder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.coverage.hours import HourTable
    from geo.station import Station
    from maps import ReachCells, ReachDiscs

MOST_CELLS = 40_000  # a page of more is too large; its areas keep their colours
_UNEVEN, _FEW = 0.2, 0.2  # of the spacing of a grid, of its points
_METRES_A_DEGREE = 110_500.0  # of latitude at its shortest


def list_astray_stations(
    wiring: Wiring, stations: "Sequence[Station]", order: AreaOrder, inside: "Sequence[Station]"
) -> "list[Station]":
    """Return the stations that no map draws: no district is stated, and they aren't placed or lie outside of all outlines.

    None for a county or a city, to which nothing ties them, unless the order names their register and most of it is
    ``inside``.
    """
    if not order.area.endswith("0000") and (order.register is None or 2 * len(inside) <= len(stations)):
        return []
    unstated = [station for station in stations if station.district is None]
    placed = [station for station in unstated if station.is_placed]
    points = np.array([(s.lon, s.lat) for s in placed], dtype=float).reshape(-1, 2)
    codes = wiring.outlines.assign(points).code
    located = {station.id for station, code in zip(placed, codes, strict=True) if code is not None}
    return [station for station in unstated if station.id not in located]


def build_map_ground(
    scope: MapScope, inside: "Sequence[Station]", hours: "HourTable | None"
) -> "ReachDiscs | ReachCells | None":
    """Return what is within reach, by hour where ``hours`` are given: discs, or cells where reach is by street."""
    from geo.coverage.hours import week_instants
    from maps import ReachDiscs

    if scope.reach.network is not None:
        return _cells(scope, hours)
    index, accesses = scope.index, scope.reach.filters.accesses
    serving = [place for place, one in enumerate(index.stations) if not accesses or one.access in accesses]
    drawn = {station.id for station in inside}
    rows = [place for place in serving if index.stations[place].id not in drawn]
    near = _is_near(index.points[rows], scope)
    beyond = [place for place, is_near in zip(rows, near.tolist(), strict=True) if is_near]
    instants = (scope.at,) if hours is None else week_instants(hours.monday)
    states = np.stack([index.states(instant)[beyond] for instant in instants], axis=1).astype(np.int8)
    stations = index.stations
    return ReachDiscs(
        scope.reach.radius_m,
        {stations[place].id for place in serving},
        [stations[place] for place in beyond],
        states,
    )


def _is_near(points: "NDArray[np.float64]", scope: MapScope) -> "NDArray[np.bool_]":
    """Return which points lie so near to the map's area that they may serve it, and perhaps a few more."""
    area = scope.outlines.geometry.union_all()
    degrees = scope.reach.radius_m / _METRES_A_DEGREE / np.cos(np.radians(area.bounds[3]))
    around = area.buffer(degrees)
    shapely.prepare(around)
    return np.asarray(shapely.contains_xy(around, *points.reshape(-1, 2).T))


def _cells(scope: MapScope, hours: "HourTable | None") -> "ReachCells | None":
    """Return a cell for each point with demand; None where demand stands at points of no grid, whose ground nobody measured."""
    from core.civil_time import HOURS_A_WEEK
    from geo.coverage.served import coverage_at
    from maps import ReachCells

    demand, side_m = scope.demand, scope.reach.spacing_m
    rows = np.flatnonzero(demand.weight > 0)
    if len(rows) > MOST_CELLS:
        return None
    if demand.even_ground is None:
        away_m = demand.find_beside(np.arange(len(demand)))[0][:, 0]
        side_m = demand.spacing_m
        if not len(rows) or (np.abs(away_m - side_m) > _UNEVEN * side_m).mean() > _FEW:
            return None
    if hours is None:
        served = coverage_at(demand, scope.index, scope.at, scope.reach).mask[rows, None]
    else:
        served = np.stack([hours.served_at(hour)[rows] for hour in range(HOURS_A_WEEK)], axis=1)
    return ReachCells(side_m, demand.points[rows], served)
