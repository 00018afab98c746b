"""Which pairs of stations are worth comparing: a few for each, never all with all."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.checks.traits import Traits
from geo.crs import Datum, to_wgs84
from geo.geodesy import Floats, geocentric

NEAR_M = 300.0
SHIFTED_NEAR_M = 60.0  # from where the other would stand, had it been of another datum
SHIFTS = (Datum.GCJ02, Datum.BD09)
_NEIGHBOURS = 12  # of one station; more at one place are told as `same_point`
_ALL_PAIRS_UPTO = 8  # stations alike; of more, each is compared with the next

Pair = tuple[int, int]


def candidates(traits: Traits) -> set[Pair]:
    """Pairs of positions, the lesser first: near each other, or near if one were of another datum, or of
    one telephone number, address, or name in a district.

    The number of pairs grows with the number of stations, however they lie.
    """
    placed = np.flatnonzero(np.isfinite(traits.points[:, 0]))
    pairs = set(_near(traits.points[placed], placed)) if len(placed) else set()
    for keys in (traits.phones, [address.house for address in traits.addresses], traits.names):
        pairs.update(_alike([(key, s.district) for key, s in zip(keys, traits.stations, strict=True)]))
    return pairs


def _near(points: Floats, position: NDArray[np.intp]) -> Iterator[Pair]:
    tree = cKDTree(geocentric(points))
    hypotheses = [(points, NEAR_M), *((to_wgs84(points, datum), SHIFTED_NEAR_M) for datum in SHIFTS)]
    for moved, reach_m in hypotheses:
        found = np.asarray(tree.query(geocentric(moved), k=_NEIGHBOURS + 1, distance_upper_bound=reach_m)[1])
        mine, rank = np.nonzero(found < len(points))
        theirs = found[mine, rank]
        apart = mine != theirs
        one, other = position[mine[apart]], position[theirs[apart]]
        yield from zip(np.minimum(one, other).tolist(), np.maximum(one, other).tolist(), strict=True)


def _alike(keys: Sequence[tuple[str, str | None]]) -> Iterator[Pair]:
    groups: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for position, key in enumerate(keys):
        if key[0]:
            groups[key].append(position)
    for group in groups.values():
        some: Iterable[Pair] = combinations(group, 2) if len(group) <= _ALL_PAIRS_UPTO else pairwise(group)
        yield from some
