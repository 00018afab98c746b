"""Which stations each point could use, by the straight line or by streets."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from geo.coverage.cells import cells_of
from geo.coverage.neighbours import Neighbours, neighbours_by_parts
from geo.coverage.reach import LONGEST_RADIUS_M, Reach
from geo.geodesy import Floats
from geo.nearest.network import Network, Ways, farthest_m

Rows = slice | NDArray[np.intp]

_TOGETHER = 48  # starts of one question to a network that takes several
_QUARTER = 7  # H3 cells, 5 km² each, in whose order points are asked


@runtime_checkable
class ManyWays(Protocol):
    """A network that answers for several starts at once, which is much quicker."""

    def ways_between(self, starts: Floats, ends: Floats) -> list[Ways | None]:
        """What `geo.nearest.network.Network.ways` says of each start. *Shape*: (n, 2) and (m, 2), lon, lat."""
        ...


@dataclass(frozen=True, slots=True)
class WaysNear:
    """The pairs that can be gone in time; points with a place near that are on no street.

    *Shape*: ``seconds`` is (pairs,), ``off_network`` (n,).
    """

    near: Neighbours
    seconds: Floats
    off_network: NDArray[np.bool_]


def pairs_in_reach(points: Floats, places: Floats, reach: Reach) -> Iterator[tuple[Rows, Neighbours]]:
    """Some rows after others, the places within reach of each point, whatever the hour."""
    if reach.network is None:
        yield from neighbours_by_parts(points, places, reach.radius_m)
        return
    for rows, ways in ways_in_reach(points, places, reach):
        yield rows, ways.near


def ways_in_reach(
    points: Floats, places: Floats, reach: Reach
) -> Iterator[tuple[NDArray[np.intp], WaysNear]]:
    """The same by the network: asked of all places that a straight line at its top speed reaches in time.

    *Raises*: ValueError where that is beyond 100 km.
    """
    network, within_s = reach.network, reach.within_s
    if network is None or within_s is None:
        raise ValueError("a reach without a network has no ways; give network and within_s")
    bound_m = farthest_m(within_s, network)
    if bound_m > LONGEST_RADIUS_M:
        speed = network.top_speed_m_per_s
        raise ValueError(f"{within_s} s at {speed} m/s lead beyond 100 km; give fewer seconds")
    order = np.argsort(cells_of(points, _QUARTER), kind="stable")  # who lies together is asked together
    for rows, near in neighbours_by_parts(points[order], places, bound_m):
        for first in range(0, len(near), _TOGETHER):
            part = near.part(first, first + _TOGETHER)
            here = order[rows][first : first + _TOGETHER]
            yield here, _ways(points[here], places, part, network, within_s)


def _ways(points: Floats, places: Floats, near: Neighbours, network: Network, within_s: float) -> WaysNear:
    seconds, off = np.full(len(near.station), np.inf), np.zeros(len(points), dtype=bool)
    asked = np.flatnonzero(near.count)
    if isinstance(network, ManyWays):
        each = _at_once(points, places, near, network, asked)
    else:
        each = _one_by_one(points, places, near, network, asked)
    for row, found in zip(asked.tolist(), each, strict=True):
        off[row] = found is None
        if found is not None:
            seconds[near.start[row] : near.start[row + 1]] = found
    good = seconds <= within_s
    return WaysNear(near.kept(good), seconds[good], off)


def _one_by_one(
    points: Floats, places: Floats, near: Neighbours, network: Network, asked: NDArray[np.intp]
) -> Iterator[Floats | None]:
    for row in asked.tolist():
        lon, lat = points[row].tolist()
        ways = network.ways((lon, lat), places[near.station[near.start[row] : near.start[row + 1]]])
        yield None if ways is None else ways.seconds


def _at_once(
    points: Floats, places: Floats, near: Neighbours, network: ManyWays, asked: NDArray[np.intp]
) -> Iterator[Floats | None]:
    if not asked.size:
        return
    ends, end = np.unique(near.station, return_inverse=True)
    answers = network.ways_between(points[asked], places[ends])
    for row, ways in zip(asked.tolist(), answers, strict=True):
        yield None if ways is None else ways.seconds[end[near.start[row] : near.start[row + 1]]]
