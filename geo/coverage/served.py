"""Who is served at an instant."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.coverage.demand import Demand
from geo.coverage.pairs import ways_in_reach
from geo.coverage.reach import LONGEST_RADIUS_M, Reach
from geo.geodesy import ARC_ERROR_M, CHORD_LIMIT_M, Floats, arc_m, geocentric, geodesic_m
from geo.nearest.index import StationIndex
from geo.nearest.point_tree import MISSING, Indices

_ROWS = 16_384  # looked at again together
_DOUBT = 1e-6

Mask = NDArray[np.bool_]
Told = Callable[[int], None]  # hears how many points are done


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
    usable = np.flatnonzero(index.passing(wanted.filters, when))
    place, nearest_m = _nearest(demand.points, index.points[usable], wanted.radius_m)
    station = np.append(usable, MISSING)[place]
    if wanted.network is None:
        return Served(nearest_m <= wanted.radius_m, nearest_m, station)
    seconds, off = _soonest(demand.points, index.points[usable], wanted, told)
    return Served(np.isfinite(seconds), nearest_m, station, seconds, off)


def _nearest(points: Floats, places: Floats, radius_m: float) -> tuple[Indices, Floats]:
    """The nearest place of each point, to a millimetre, and how far it is; exactly so about the radius.

    `StationIndex.nearest_arrays` tells ties apart everywhere, which here nobody asks for and which costs half
    as much again. *Shape*: (n, 2) to twice (n,); `MISSING` at infinity beyond 100 km.
    """
    tree = cKDTree(geocentric(places))
    found = tree.query(geocentric(points), distance_upper_bound=LONGEST_RADIUS_M)  # no chord is above its arc
    chord_m, place = np.asarray(found[0], dtype=np.float64), np.asarray(found[1], dtype=np.intp)
    place[place == tree.n] = MISSING
    nearest_m = arc_m(chord_m)
    unclear = (np.abs(nearest_m - radius_m) <= 2 * ARC_ERROR_M) | (chord_m > CHORD_LIMIT_M)
    rows = np.flatnonzero(unclear & (place != MISSING))
    for first in range(0, len(rows), _ROWS):
        part = rows[first : first + _ROWS]
        place[part], nearest_m[part] = _nearest_exactly(points[part], places, tree, chord_m[part])
    return place, nearest_m


def _nearest_exactly(
    points: Floats, places: Floats, tree: cKDTree, chord_m: Floats
) -> tuple[Indices, Floats]:
    """By the geodesics to all places that might be it. *Shape*: (n, 2) and (n,) to twice (n,)."""
    # Which of two chords has the longer geodesic is open where they differ by less: 21 mm at 100 km.
    spare_m = 2 * ARC_ERROR_M + chord_m * _DOUBT
    found = tree.query_ball_point(geocentric(points), chord_m + spare_m)
    count = np.array([len(some) for some in found], dtype=np.intp)
    place = np.concatenate([np.asarray(some, dtype=np.intp) for some in found])
    row = np.repeat(np.arange(len(points)), count)
    metres = geodesic_m(points[row], places[place])
    order = np.lexsort((place, metres, row))
    first = order[np.concatenate(([0], np.cumsum(count)[:-1]))]
    beyond = metres[first] > LONGEST_RADIUS_M
    return np.where(beyond, MISSING, place[first]), np.where(beyond, np.inf, metres[first])


def _soonest(points: Floats, places: Floats, reach: Reach, told: Told | None) -> tuple[Floats, Mask]:
    seconds, off = np.full(len(points), np.inf), np.zeros(len(points), dtype=bool)
    done = 0
    for rows, ways in ways_in_reach(points, places, reach):
        served = np.flatnonzero(ways.near.count)
        if served.size:
            first = ways.near.start[:-1][served]
            seconds[rows[served]] = np.minimum.reduceat(ways.seconds, first)
        off[rows] = ways.off_network
        done += len(rows)
        if told:
            told(done)
    return seconds, off
