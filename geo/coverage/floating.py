"""Floating catchments: what each place has to offer, shared among all who can reach it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.geodesy import Floats

Weigh = Callable[[Floats], Floats]
Positions = NDArray[np.int32] | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Decay:
    """Who belongs to a place's catchment, and how much.

    Pairs count whose cost is at most ``limit``, each with the weight that ``weigh`` gives its cost.
    *Units*: those of the costs, metres or seconds. *Raises*: ValueError for a limit not above 0.
    """

    limit: float
    weigh: Weigh

    def __post_init__(self) -> None:
        if not self.limit > 0:
            raise ValueError(f"the limit of a catchment is {self.limit}; give a cost above 0")

    @classmethod
    def binary(cls, limit: float) -> "Decay":
        """Within the limit all count alike: plain 2SFCA."""
        return cls.zones([(limit, 1.0)])

    @classmethod
    def zones(cls, zones: Sequence[tuple[float, float]]) -> "Decay":
        """Zones that end at a cost (which belongs to them), each with its weight: E2SFCA.

        *Raises*: ValueError for no zone, ends that don't increase, a weight below 0, or weights of 0 only.
        """
        checked = Zones(tuple((float(end), float(weight)) for end, weight in zones))
        return cls(checked.ends[-1], checked.weigh)


@dataclass(frozen=True, slots=True)
class Zones:
    """(end, weight) of each zone, from the nearest on."""

    zones: tuple[tuple[float, float], ...]

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

    @property
    def ends(self) -> tuple[float, ...]:
        return tuple(end for end, _ in self.zones)

    def weigh(self, cost: Floats) -> Floats:
        """The weight of the zone in which each cost falls; 0 beyond all of them."""
        weights = np.array([*(weight for _, weight in self.zones), 0.0])
        found: Floats = weights[np.searchsorted(self.ends, cost, side="left")]
        return found


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which demand can use which place, and at what cost; a pair stands for itself, in any order.

    *Shape*: (m,) each; ``demand`` and ``place`` are positions. *Raises*: ValueError for a cost that is negative
    or no number.
    """

    demand: Positions
    place: Positions
    cost: Floats

    def __post_init__(self) -> None:
        wrong = np.flatnonzero(~(self.cost >= 0))
        if wrong.size:
            raise ValueError(
                f"cost {self.cost[wrong[0]]} of pair {wrong[0]} is negative or no number; mend it"
            )

    @classmethod
    def of_rows(cls, first: Positions, place: Positions, cost: Floats) -> "Pairs":
        """From compressed rows: the places of demand ``i`` are those from ``first[i]`` to ``first[i + 1]``."""
        return cls(np.repeat(np.arange(len(first) - 1), np.diff(first)), place, cost)

    def part(self, kept: NDArray[np.bool_]) -> "Pairs":
        """Some of the pairs."""
        return Pairs(self.demand[kept], self.place[kept], self.cost[kept])


def two_step(pairs: Pairs, demand: ArrayLike, capacity: ArrayLike, decay: Decay) -> Floats:
    """What of the places' capacity falls to one unit of demand, where each demand is.

    First each place divides its capacity by the demand that reaches it, then each demand adds up what it
    finds: sum over j of w(ij) · capacity(j) / sum over k of w(kj) · demand(k). With `Decay.binary` this is
    2SFCA, with `Decay.zones` E2SFCA. NaN where no place is within ``decay.limit``; nothing comes from a
    place which nobody can reach.

    *Shape*: (n,) demand and (m,) capacity to (n,). *Units*: capacity per unit of demand.
    *Raises*: ValueError for a demand or a capacity that is negative or no number.
    *Source*: Luo & Wang, Environment and Planning B 30 (2003), 865-884; zones: Luo & Qi, Health & Place 15
    (2009), 1100-1107.

    >>> near = Pairs(np.array([0, 1]), np.array([0, 0]), np.array([300.0, 900.0]))
    >>> two_step(near, [60, 40, 5], [10], Decay.binary(1_000)).tolist()
    [0.1, 0.1, nan]
    >>> two_step(near, [60, 40, 5], [10], Decay.zones([(500, 1), (1_000, 0.5)])).tolist()
    [0.125, 0.0625, nan]
    """
    near = pairs.part(pairs.cost <= decay.limit)
    return _shared(near, decay.weigh(near.cost), _checked("demand", demand), _checked("capacity", capacity))


def three_step(pairs: Pairs, demand: ArrayLike, capacity: ArrayLike, decay: Decay) -> Floats:
    """The same where demand chooses among its places, each in proportion to its weight: 3SFCA.

    Each pair's weight is multiplied by its part of the weights of all pairs of that demand, those beyond
    ``decay.limit`` included, so that places near to each other don't all count the same people in full.

    *Shape*, *Units*, *Raises*: as `two_step`.
    *Source*: Wan, Zou & Sternberg, International Journal of GIS 26 (2012), 1073-1089.
    """
    people = _checked("demand", demand)
    weight = decay.weigh(pairs.cost)
    of_all = np.bincount(pairs.demand, weights=weight, minlength=len(people))[pairs.demand]
    chosen = np.divide(weight * weight, of_all, out=np.zeros_like(weight), where=of_all > 0)
    kept = pairs.cost <= decay.limit
    return _shared(pairs.part(kept), chosen[kept], people, _checked("capacity", capacity))


def _shared(near: Pairs, weight: Floats, demand: Floats, capacity: Floats) -> Floats:
    reaching = np.bincount(near.place, weights=weight * demand[near.demand], minlength=len(capacity))
    ratio = np.divide(capacity, reaching, out=np.zeros_like(capacity), where=reaching > 0)
    found = np.bincount(near.demand, weights=weight * ratio[near.place], minlength=len(demand))
    has_place = np.bincount(near.demand, minlength=len(demand)) > 0
    return np.where(has_place, found, np.nan)


def _checked(name: str, amounts: ArrayLike) -> Floats:
    values = np.asarray(amounts, dtype=np.float64)
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if wrong.size:
        raise ValueError(
            f"{name} {values[wrong[0]]} of row {wrong[0]} is negative or no number; give 0 or more"
        )
    return values
