"""Merge the nodes of roundabouts and of short links into junctions, at which the roads that touch them meet."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.geodesy import Floats

Integers = NDArray[np.int64]

# Degrees of a meridian.
MAX_LINK_DEG = 0.00054  # 60 m: a longer link joins two roads that do not meet
_MAX_ROUNDABOUT_DEG = 0.0036  # 400 m across: a larger ring is a road of its own
_ROUNDABOUTS = ("roundabout", "circular")
_DRIVEN = frozenset(  # motorways meet other roads at ramps only
    ("trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street")
)
_LINK_SUFFIX = "_link"
_NOT = ("", "no", "0")


@dataclass(frozen=True, slots=True)
class JunctionWays:
    """The vertices of roundabouts and short links, way after way. *Shape*: (n,) each. *CRS*: WGS84.

    ``raised`` are the nodes of roads on bridges, in tunnels or on another layer, (r,).
    """

    way: Integers
    node: Integers
    lon: Floats
    lat: Floats
    is_round: NDArray[np.bool_]
    raised: Integers


@dataclass(frozen=True, slots=True)
class Junctions:
    """Nodes that are one junction. *CRS*: WGS84.

    *Shape*: (m,) of ``node`` and ``junction``, its number; (k,) of ``lon`` and ``lat``, the middle of each.
    """

    node: Integers
    junction: Integers
    lon: Floats
    lat: Floats


NO_JUNCTIONS = Junctions(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0))


def is_roundabout(tags: Mapping[str, str]) -> bool:
    """Return whether the tags of a way are those of a roundabout for vehicles."""
    return tags.get("junction") in _ROUNDABOUTS and _is_driven(tags)


def may_be_link(tags: Mapping[str, str], is_named: bool) -> bool:
    """Return whether a way joins roads at one level, if it is short enough."""
    return (
        _is_driven(tags) and not is_raised(tags) and (not is_named or tags["highway"].endswith(_LINK_SUFFIX))
    )


def is_raised(tags: Mapping[str, str]) -> bool:
    """Return whether a way lies on a bridge, in a tunnel or on a layer other than the ground."""
    return any(tags.get(key, "") not in _NOT for key in ("bridge", "tunnel", "layer"))


def _is_driven(tags: Mapping[str, str]) -> bool:
    return tags.get("highway", "").removesuffix(_LINK_SUFFIX) in _DRIVEN


def merge_junctions(ways: JunctionWays) -> Junctions:
    """Return the junctions: roundabouts with the links at them, and links that touch each other.

    Links that reach farther than one link may are not chained: each is a junction of its own. A link to a raised
    road is a ramp, and joins nothing.
    """
    ways = _without_ramps(ways)
    if not len(ways.way):
        return NO_JUNCTIONS
    _, way = np.unique(ways.way, return_inverse=True)
    chain = _connected(way, ways.node, np.ones(len(way), dtype=bool))
    ring = _connected(way, ways.node, ways.is_round)
    of_round = np.where(ways.is_round, _extents_deg(ways, ring), 0.0)
    allowed = np.zeros(len(way))
    np.maximum.at(allowed, chain, np.where(ways.is_round, of_round + 2 * MAX_LINK_DEG, MAX_LINK_DEG))
    fits = _extents_deg(ways, chain) <= allowed[chain]
    usable = ~ways.is_round | (of_round <= _MAX_ROUNDABOUT_DEG)
    label = np.where(fits, chain, np.where(ways.is_round, ring + len(way), way + 2 * len(way)))[usable]
    if not len(label):
        return NO_JUNCTIONS
    _, junction = np.unique(label, return_inverse=True)
    west, east = _bounds(junction, ways.lon[usable])
    south, north = _bounds(junction, ways.lat[usable])
    return Junctions(ways.node[usable], junction, (west + east) / 2, (south + north) / 2)


def _without_ramps(ways: JunctionWays) -> JunctionWays:
    ramps = ways.way[np.isin(ways.node, ways.raised) & ~ways.is_round]
    kept = ~np.isin(ways.way, ramps)
    return JunctionWays(
        ways.way[kept], ways.node[kept], ways.lon[kept], ways.lat[kept], ways.is_round[kept], ways.raised
    )


def _connected(way: Integers, node: Integers, joins: NDArray[np.bool_]) -> Integers:
    """Return the number of the connected ways of each vertex; only vertices that join connect ways."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    _, at = np.unique(node, return_inverse=True)
    nodes = at[joins] + way.max() + 1
    size = int(way.max() + at.max()) + 2
    graph = coo_array((np.ones(len(nodes), dtype=np.int8), (way[joins], nodes)), shape=(size, size))
    _, numbers = np.unique(connected_components(graph, directed=False)[1][way], return_inverse=True)
    return numbers.astype(np.int64)


def _extents_deg(ways: JunctionWays, group: Integers) -> Floats:
    """Return for each vertex how far its group reaches from west to east or from south to north."""
    west, east = _bounds(group, ways.lon)
    south, north = _bounds(group, ways.lat)
    across = (east - west) * np.cos(np.radians(south))
    extents: Floats = np.maximum(across, north - south)[group]
    return extents


def _bounds(group: Integers, values: Floats) -> tuple[Floats, Floats]:
    low, high = np.full(group.max() + 1, np.inf), np.full(group.max() + 1, -np.inf)
    np.minimum.at(low, group, values)
    np.maximum.at(high, group, values)
    return low, high
