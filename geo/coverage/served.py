"""Who is served at an instant."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from geo.coverage.demand import Demand
from geo.coverage.pairs import ways_in_reach
from geo.coverage.reach import LONGEST_RADIUS_M, Reach
from geo.geodesy import ARC_ERROR_M, Floats, geodesic_m
from geo.index import StationIndex
from geo.sites import MISSING, Indices

Mask = NDArray[np.bool_]
Told = Callable[[int], None]  # hears of so many more points that are done


@dataclass(frozen=True, slots=True)
class Served:
    """Which points of a demand are served, and how far the nearest place is that would do.

    ``station`` is the position in the index of the place nearest by the straight line that is open then and
    usable, -1 where none is within 100 km, and ``nearest_m`` its distance, infinite there. By network only:
    ``seconds`` of the fastest way to any such place, infinite beyond the limit, and which points are on no
    street known (``off_network``; they aren't served).
    *Shape*: (n,) each. *Units*: metres, seconds.
    """

    mask: Mask
    nearest_m: Floats
    station: Indices
    seconds: Floats | None = None
    off_network: Mask | None = None


def coverage_at(
    demand: Demand,
    index: StationIndex,
    when: datetime,
    reach: Reach | None = None,
    told: Told | None = None,
) -> Served:
    """What of a demand has a place within reach that passes the filters at an instant.

    Exactly within the radius: the geodesic decides where a chord doesn't. *Units*: metres.
    *Raises*: ValueError for a naive time.
    """
    wanted = reach or Reach()
    found, metres = index.nearest_arrays(
        demand.points, 1, when=when, filters=wanted.filters, within_m=LONGEST_RADIUS_M
    )
    station, nearest_m = found[:, 0], metres[:, 0]
    if wanted.network is None:
        _settle(demand.points, index.points, station, nearest_m, wanted.radius_m)
        return Served(nearest_m <= wanted.radius_m, nearest_m, station)
    places = index.points[index.passing(wanted.filters, when)]
    seconds, off = _soonest(demand.points, places, wanted, told)
    return Served(np.isfinite(seconds), nearest_m, station, seconds, off)


def _settle(points: Floats, places: Floats, station: Indices, nearest_m: Floats, radius_m: float) -> None:
    """Puts the geodesic where an arc can't tell on which side of the radius it lies."""
    unclear = np.flatnonzero(np.abs(nearest_m - radius_m) <= ARC_ERROR_M)
    unclear = unclear[station[unclear] != MISSING]
    if unclear.size:
        nearest_m[unclear] = geodesic_m(points[unclear], places[station[unclear]])


def _soonest(points: Floats, places: Floats, reach: Reach, told: Told | None) -> tuple[Floats, Mask]:
    seconds, off = np.full(len(points), np.inf), np.zeros(len(points), dtype=bool)
    for rows, ways in ways_in_reach(points, places, reach):
        served = np.flatnonzero(ways.near.count)
        if served.size:
            first = ways.near.start[:-1][served]
            seconds[rows[served]] = np.minimum.reduceat(ways.seconds, first)
        off[rows] = ways.off_network
        if told:
            told(len(rows))
    return seconds, off
