"""Join the pieces of ways that carry one name into roads, and find where two roads cross.

An extract cuts a road into many ways (at bridges, lanes, districts, both carriageways). Pieces of one name
belong to one road where they come within a cell of about 1 km of each other; the same name in another town
is another road. A house number belongs to the nearest road of its name.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from operator import itemgetter
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from geo.geodesy import Floats

Integers = NDArray[np.int64]
_CELL = 0.01  # degrees, 1.1 km by 0.9 km: pieces in neighbouring cells belong together
SAMPLE_DEG = 0.001  # a road keeps one point for each 100 m
_MOST_BETWEEN = 4  # points put between two vertices; what lies farther apart is seldom a road
_MERGED = 0.002  # degrees, 200 m: crossings of the same two roads within it are one, as of dual carriageways
_NEIGHBOURS = ((1, 0), (0, 1), (1, 1), (1, -1))
_SPAN = 1 << 20  # more cells than a row of the Earth has
_MAX_ROUNDABOUT_DEG = 0.0036  # 400 m across: a larger ring is a road of its own
_HOUSE_WITHIN_DEG = 0.03  # 3 km: a number that lies farther from every road of its name belongs to none
NO_ROAD = -1


@dataclass(frozen=True, slots=True)
class RoadVertices:
    """The vertices of all ways with a name. *Shape*: (n,) each. *CRS*: WGS84.

    ``name`` and ``way`` number the names and the ways; ``node`` is the vertex's own number, by which two
    ways meet.
    """

    way: Integers
    name: Integers
    node: Integers
    lon: Floats
    lat: Floats


@dataclass(frozen=True, slots=True)
class Road:
    """A road. ``point`` lies on it, near its middle; ``samples`` are points along it. *Shape*: (k, 2). *CRS*: WGS84."""

    name: int
    point: tuple[float, float]
    samples: Floats


@dataclass(frozen=True, slots=True)
class Crossing:
    """A place where two roads of different names meet, ``first`` < ``second``. *CRS*: WGS84."""

    first: int
    second: int
    lon: float
    lat: float


def merge_roads(vertices: RoadVertices) -> list[Road]:
    """Return the roads, in order of name and then of position."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(vertices.way):
        return []
    x, y = _cells(vertices, _CELL)
    keys, cell = np.unique(_packed(vertices.name, x, y), return_inverse=True)
    edges = [_edges_between_ways(vertices.way, cell)]
    edges += [_edges_to_neighbours(keys, east, north) for east, north in _NEIGHBOURS]
    one, other = np.concatenate(edges, axis=1)
    graph = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(len(keys), len(keys)))
    road: Integers = connected_components(graph, directed=False)[1][cell].astype(np.int64)
    between, lon, lat = _fill_between(vertices)
    points = np.column_stack((np.append(vertices.lon, lon), np.append(vertices.lat, lat)))
    ends = np.append(_are_ends(vertices, road), np.zeros(len(between), dtype=bool))
    road = np.append(road, road[between])
    order = np.lexsort((*points.T, road))
    starts = np.flatnonzero(np.diff(road[order], prepend=-1))
    roads = [_road(vertices, points, ends, at) for at in np.split(order, starts[1:])]
    return sorted(roads, key=lambda made: (made.name, made.point))


def _fill_between(vertices: RoadVertices) -> tuple[Integers, Floats, Floats]:
    """Return points between vertices that lie far apart: the vertex before each, longitude and latitude."""
    east, north = np.diff(vertices.lon), np.diff(vertices.lat)
    same = vertices.way[1:] == vertices.way[:-1]
    count = np.where(same, np.maximum(np.abs(east), np.abs(north)) // SAMPLE_DEG, 0)
    count = np.minimum(count, _MOST_BETWEEN).astype(np.int64)
    before = np.repeat(np.arange(len(count)), count)
    step = np.arange(len(before)) - np.repeat(np.cumsum(count) - count, count) + 1
    share = step / (count[before] + 1)
    return before, vertices.lon[before] + share * east[before], vertices.lat[before] + share * north[before]


def _cells(vertices: RoadVertices, size: float) -> tuple[Integers, Integers]:
    return (
        np.floor((vertices.lon + 180) / size).astype(np.int64),
        np.floor((vertices.lat + 90) / size).astype(np.int64),
    )


def _packed(name: Integers, x: Integers, y: Integers) -> Integers:
    return (name * _SPAN + y) * _SPAN + x


def _edges_between_ways(way: Integers, cell: Integers) -> Integers:
    """Link the cells of one way in their order, so that a long stretch without a vertex cuts no road."""
    same = way[1:] == way[:-1]
    return np.stack((cell[:-1][same], cell[1:][same]))


def _edges_to_neighbours(keys: Integers, east: int, north: int) -> Integers:
    sought = keys + north * _SPAN + east
    at = np.searchsorted(keys, sought)
    found = (at < len(keys)) & (keys[np.minimum(at, len(keys) - 1)] == sought)
    return np.stack((np.flatnonzero(found), at[found]))


def _are_ends(vertices: RoadVertices, road: Integers) -> NDArray[np.bool_]:
    """Return which vertices are the ends of roads: those where a way ends and no other of its road goes on."""
    turns = np.flatnonzero(np.diff(vertices.way)) + 1
    of_ways = np.concatenate(([0], turns - 1, turns, [len(road) - 1]))
    _, first, count = np.unique(
        np.column_stack((road, vertices.node))[of_ways], axis=0, return_index=True, return_counts=True
    )
    ends = np.zeros(len(road), dtype=bool)
    ends[of_ways[first[count == 1]]] = True
    return ends


def _road(vertices: RoadVertices, points: Floats, ends: NDArray[np.bool_], at: Integers) -> Road:
    there, own = points[at], at[at < len(vertices.way)]
    _, first = np.unique(np.floor(there / SAMPLE_DEG), axis=0, return_index=True)
    kept = np.union1d(first, np.flatnonzero(ends[at]))
    middle = own[np.abs(points[own] - points[own].mean(axis=0)).sum(axis=1).argmin()]
    lon, lat = points[middle].tolist()
    return Road(int(vertices.name[middle]), (lon, lat), there[kept])


def find_crossings(vertices: RoadVertices, roundabouts: RoadVertices | None = None) -> list[Crossing]:
    """Return where two roads meet, once for crossings of the same two within 200 m.

    Roads meet where they share a node, or else where they touch one roundabout, whose ways need no name.
    """
    found = [*_find_meetings(vertices.node, vertices.name, vertices.lon, vertices.lat)]
    if roundabouts is not None and len(roundabouts.way):
        node, ring, lon, lat = _merge_rings(roundabouts)
        nodes, first = np.unique(node, return_index=True)
        at = np.flatnonzero(np.isin(vertices.node, nodes))
        own = first[np.searchsorted(nodes, vertices.node[at])]
        found += _find_meetings(ring[own], vertices.name[at], lon[own], lat[own])
    return _join_meetings(found)


def _merge_rings(ways: RoadVertices) -> tuple[Integers, Integers, Floats, Floats]:
    """Return the nodes of roundabouts, each with the number and the middle of its own; their ways share nodes."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    _, way = np.unique(ways.way, return_inverse=True)
    _, node = np.unique(ways.node, return_inverse=True)
    first = way.max() + 1
    size = int(first + node.max() + 1)
    graph = coo_array((np.ones(len(way), dtype=np.int8), (way, node + first)), shape=(size, size))
    ring = connected_components(graph, directed=False)[1][way].astype(np.int64)
    (west, east), (south, north) = _bounds(ring, ways.lon), _bounds(ring, ways.lat)
    across = np.maximum((east - west) * np.cos(np.radians(south)), north - south)
    kept = across <= _MAX_ROUNDABOUT_DEG
    return ways.node[kept], ring[kept], ((west + east) / 2)[kept], ((south + north) / 2)[kept]


def _bounds(group: Integers, values: Floats) -> tuple[Floats, Floats]:
    """Return for each value the least and the greatest one of its group."""
    low, high = np.full(group.max() + 1, np.inf), np.full(group.max() + 1, -np.inf)
    np.minimum.at(low, group, values)
    np.maximum.at(high, group, values)
    return low[group], high[group]


def _find_meetings(place: Integers, name: Integers, lon: Floats, lat: Floats) -> Iterator[Crossing]:
    """Yield each two names of one place."""
    order = np.lexsort((name, place))
    place, name = place[order], name[order]
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (place[1:] != place[:-1]) | (name[1:] != name[:-1])
    order, place, name = order[fresh], place[fresh], name[fresh]
    same = np.concatenate(([False], place[1:] == place[:-1], [False]))
    shared = (same[1:] | same[:-1])[: len(place)]
    columns = (place[shared], name[shared], lon[order[shared]], lat[order[shared]])
    for _, there in groupby(zip(*(one.tolist() for one in columns), strict=True), key=itemgetter(0)):
        for (_, first, east, north), (_, second, _, _) in combinations(there, 2):
            yield Crossing(first, second, east, north)


def _join_meetings(meetings: Iterable[Crossing]) -> list[Crossing]:
    """Join the meetings of the same two roads within reach of their first one, in their middle."""
    found: dict[tuple[int, int], list[list[Crossing]]] = {}
    for one in meetings:
        there = found.setdefault((one.first, one.second), [])
        for group in there:
            if max(abs(one.lon - group[0].lon), abs(one.lat - group[0].lat)) <= _MERGED:
                group.append(one)
                break
        else:
            there.append([one])
    return [
        Crossing(first, second, fmean(one.lon for one in group), fmean(one.lat for one in group))
        for (first, second), there in found.items()
        for group in there
    ]


def find_nearest_roads(houses: Floats, roads: Sequence[Floats]) -> Integers:
    """Return for each house the position of the nearest road, `NO_ROAD` where none is near.

    *Shape*: (n, 2) and points along each road, (k, 2); lon, lat. *CRS*: WGS84.
    """
    from scipy.spatial import cKDTree

    if not roads or not len(houses):
        return np.full(len(houses), NO_ROAD)
    points = np.concatenate(roads)
    owner = np.repeat(np.arange(len(roads)), [len(road) for road in roads])
    flat = np.array([np.cos(np.radians(points[:, 1].mean())), 1.0])  # degrees of a meridian
    distance, at = cKDTree(points * flat).query(houses * flat, distance_upper_bound=_HOUSE_WITHIN_DEG)
    return np.where(np.isfinite(distance), owner[np.minimum(at, len(owner) - 1)], NO_ROAD)
