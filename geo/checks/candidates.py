"""Choose the pairs of stations to compare: a few for each station, never all pairs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.checks.traits import StationTraits
from geo.crs import Datum, to_wgs84
from geo.geodesy import Floats, geocentric_vectors

NEAR_M = 300.0
SHIFTED_NEAR_M = 60.0  # from the other's point as read in another datum
SHIFTED_DATUMS = (Datum.GCJ02, Datum.BD09)
_NEIGHBOURS = 12  # of one station; more stations at one place are reported as `same_point`
_ALL_PAIRS_UPTO = 8  # stations with one key; in a larger group each is compared with the next only

PositionPair = tuple[int, int]


def candidate_pairs(traits: StationTraits) -> set[PositionPair]:
    """Return the pairs of positions to compare, the lower position first.

    Two stations are paired if they are near each other, if they would be near when one point were in
    another datum, or if they share a telephone number, an address, or a name in one district. The number
    of pairs grows linearly with the number of stations, wherever they lie.
    """
    placed = np.flatnonzero(np.isfinite(traits.points[:, 0]))
    pairs = set(_near(traits.points[placed], placed)) if len(placed) else set()
    for keys in (traits.phones, [address.house for address in traits.addresses], traits.names):
        pairs.update(_alike([(key, s.district) for key, s in zip(keys, traits.stations, strict=True)]))
    return pairs


def _near(points: Floats, position: NDArray[np.intp]) -> Iterator[PositionPair]:
    """Yield pairs that are near as given, or near if one point is read in a shifted datum."""
    tree = cKDTree(geocentric_vectors(points))
    hypotheses = [(points, NEAR_M), *((to_wgs84(points, datum), SHIFTED_NEAR_M) for datum in SHIFTED_DATUMS)]
    for moved, reach_m in hypotheses:
        found = np.asarray(
            tree.query(geocentric_vectors(moved), k=_NEIGHBOURS + 1, distance_upper_bound=reach_m)[1]
        )
        mine, rank = np.nonzero(found < len(points))
        theirs = found[mine, rank]
        apart = mine != theirs
        one, other = position[mine[apart]], position[theirs[apart]]
        yield from zip(np.minimum(one, other).tolist(), np.maximum(one, other).tolist(), strict=True)


def _alike(keys: Sequence[tuple[str, str | None]]) -> Iterator[PositionPair]:
    """Yield pairs of positions with the same non-empty key."""
    groups: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for position, key in enumerate(keys):
        if key[0]:
            groups[key].append(position)
    for group in groups.values():
        some: Iterable[PositionPair] = (
            combinations(group, 2) if len(group) <= _ALL_PAIRS_UPTO else pairwise(group)
        )
        yield from some
