"""Floating catchment methods: each place's capacity is divided among all demand that can reach it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.geodesy import Floats

PairPositions = NDArray[np.int32] | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DistanceDecay:
    """How demand is weighted by cost: the cost at which each zone ends (inclusive) and its weight, outwards.

    *Units*: those of the costs, metres or seconds. *Raises*: ValueError for no zone, ends that don't increase,
    a weight below 0, or weights of 0 only.
    """

    zones: Sequence[tuple[float, float]]

    def __post_init__(self) -> None:
        if not self.zones:
            raise ValueError("there is no zone; give at least one, such as 1000:1")
        for before, end in zip((0.0, *self.ends), self.ends, strict=False):
            if not before < end < np.inf:
                raise ValueError(f"zone {end:g} comes after {before:g}; their ends must increase, above 0")
        for end, weight in self.zones:
            if not 0 <= weight < np.inf:
                raise ValueError(f"the weight of zone {end:g} is {weight:g}; give 0 or more")
        if not any(weight for _, weight in self.zones):
            raise ValueError("the weight of every zone is 0; give at least one above 0")

    @classmethod
    def binary(cls, limit: float) -> "DistanceDecay":
        """Give every cost within the limit the same weight: plain 2SFCA."""
        return cls([(limit, 1.0)])

    @property
    def limit(self) -> float:
        """The limit of a place's catchment."""
        return self.ends[-1]

    @property
    def ends(self) -> tuple[float, ...]:
        return tuple(end for end, _ in self.zones)

    def weigh(self, cost: Floats) -> Floats:
        """Return the weight of the zone in which each cost falls; 0 beyond the last zone."""
        weights = np.array([*(weight for _, weight in self.zones), 0.0])
        found: Floats = weights[np.searchsorted(self.ends, cost, side="left")]
        return found


@dataclass(frozen=True, slots=True)
class CatchmentPairs:
    """Pairs of a demand point and a place that it can use, with the cost of each pair, in any order.

    *Shape*: (m,) each; ``demand`` and ``place`` are positions. *Raises*: ValueError for a cost that is
    negative or no number.
    """

    demand: PairPositions
    place: PairPositions
    cost: Floats

    def __post_init__(self) -> None:
        wrong = np.flatnonzero(~(self.cost >= 0))
        if wrong.size:
            raise ValueError(
                f"cost {self.cost[wrong[0]]} of pair {wrong[0]} is negative or no number; mend it"
            )

    @classmethod
    def from_compressed_rows(
        cls, first: PairPositions, place: PairPositions, cost: Floats
    ) -> "CatchmentPairs":
        """Build from compressed rows: the places of demand ``i`` are ``place[first[i]:first[i + 1]]``."""
        return cls(np.repeat(np.arange(len(first) - 1), np.diff(first)), place, cost)

    def select(self, kept: NDArray[np.bool_]) -> "CatchmentPairs":
        """Return the pairs of a mask."""
        return CatchmentPairs(self.demand[kept], self.place[kept], self.cost[kept])


def two_step_access(
    pairs: CatchmentPairs, demand: ArrayLike, capacity: ArrayLike, decay: DistanceDecay
) -> Floats:
    """Return the capacity per unit of demand that each demand point can reach: 2SFCA or E2SFCA.

    Each place divides its capacity by the demand that reaches it, then each demand point adds up these
    ratios: sum over j of w(ij) · capacity(j) / sum over k of w(kj) · demand(k). With `DistanceDecay.binary`
    this is 2SFCA, with several zones E2SFCA. The result is NaN where no place is within
    ``decay.limit``; a place that no demand can reach contributes nothing.

    *Shape*: (n,) demand and (m,) capacity to (n,). *Units*: capacity per unit of demand.
    *Raises*: ValueError for a demand or a capacity that is negative or no number.
    *Source*: Luo & Wang, Environment and Planning B 30 (2003), 865-884; zones: Luo & Qi, Health & Place 15
    (2009), 1100-1107.

    >>> near = CatchmentPairs(np.array([0, 1]), np.array([0, 0]), np.array([300.0, 900.0]))
    >>> two_step_access(near, [60, 40, 5], [10], DistanceDecay.binary(1_000)).tolist()
    [0.1, 0.1, nan]
    >>> two_step_access(near, [60, 40, 5], [10], DistanceDecay([(500, 1), (1_000, 0.5)])).tolist()
    [0.125, 0.0625, nan]
    """
    near = pairs.select(pairs.cost <= decay.limit)
    return _shared(
        near, decay.weigh(near.cost), checked_amounts("demand", demand), checked_amounts("capacity", capacity)
    )


def _shared(near: CatchmentPairs, weight: Floats, demand: Floats, capacity: Floats) -> Floats:
    reaching = np.bincount(near.place, weights=weight * demand[near.demand], minlength=len(capacity))
    ratio = np.divide(capacity, reaching, out=np.zeros_like(capacity), where=reaching > 0)
    found = np.bincount(near.demand, weights=weight * ratio[near.place], minlength=len(demand))
    has_place = np.bincount(near.demand, minlength=len(demand)) > 0
    return np.where(has_place, found, np.nan)


def checked_amounts(name: str, amounts: ArrayLike) -> Floats:
    """Return amounts as an array. *Raises*: ValueError that quotes the first one that is negative or no number."""
    values = np.asarray(amounts, dtype=np.float64)
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if wrong.size:
        raise ValueError(
            f"{name} {values[wrong[0]]} of row {wrong[0]} is negative or no number; give 0 or more"
        )
    return values
