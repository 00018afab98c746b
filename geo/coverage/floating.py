"""Access by floating catchments, which divide each place's capacity among all that can reach it, and its equity."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.coverage.demand import Demand
from geo.coverage.neighbours import Pairs, find_neighbours
from geo.coverage.pairs import collect_street_pairs
from geo.coverage.reach import Reach
from geo.geodesy import Floats


@dataclass(frozen=True, slots=True)
class FunctionDecay:
    """Weights by a function of the cost, such as a Gaussian. *Raises*: ValueError for a weight that is no number."""

    limit: float
    function: Callable[[Floats], Floats]

    def weigh(self, cost: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            weights = self.function(cost)
        wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
        if wrong.size:
            raise ValueError(
                f"the weight of the cost {cost[wrong[0]]:g} is {weights[wrong[0]]:g}; give a decay that is finite and not "
                "below 0 there, such as one with a least distance"
            )
        return weights


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


Decay = DistanceDecay | FunctionDecay


def two_step_access(
    pairs: Pairs, demand: ArrayLike, capacity: ArrayLike, decay: Decay, *, stages: int = 2
) -> Floats:
    """Return the capacity per unit of demand that each demand point can reach: 2SFCA, E2SFCA or 3SFCA.

    Each place divides its capacity by the demand that reaches it, then each demand point adds up these
    ratios: sum over j of w(ij) · capacity(j) / sum over k of w(kj) · demand(k). With `DistanceDecay.binary`
    this is 2SFCA, with several zones E2SFCA. In three ``stages`` each demand first shares itself among its places by
    their weights. The result is NaN where no place is within ``decay.limit``; a place that no demand can reach
    contributes nothing.

    *Shape*: (n,) demand and (m,) capacity to (n,). *Units*: capacity per unit of demand.
    *Raises*: ValueError for a demand or a capacity that is negative or no number.
    *Source*: Luo & Wang, Environment and Planning B 30 (2003), 865-884; zones: Luo & Qi, Health & Place 15
    (2009), 1100-1107; three stages: Wan, Zou & Sternberg, IJGIS 26 (2012), 1073-1089.

    >>> near = Pairs(np.array([0, 1]), np.array([0, 0]), np.array([300.0, 900.0]))
    >>> two_step_access(near, [60, 40, 5], [10], DistanceDecay.binary(1_000)).tolist()
    [0.1, 0.1, nan]
    >>> two_step_access(near, [60, 40, 5], [10], DistanceDecay([(500, 1), (1_000, 0.5)])).tolist()
    [0.125, 0.0625, nan]
    """
    near = pairs.select(pairs.cost <= decay.limit)
    weight, people = decay.weigh(near.cost), checked_amounts("demand", demand)
    if stages == 3:
        of_demand = np.bincount(near.point, weights=weight, minlength=len(people))[near.point]
        weight = np.divide(weight**2, of_demand, out=np.zeros_like(weight), where=of_demand > 0)
    return _shared(near, weight, people, checked_amounts("capacity", capacity))


def _shared(near: Pairs, weight: Floats, demand: Floats, capacity: Floats) -> Floats:
    reaching = np.bincount(near.place, weights=weight * demand[near.point], minlength=len(capacity))
    ratio = np.divide(capacity, reaching, out=np.zeros_like(capacity), where=reaching > 0)
    found = np.bincount(near.point, weights=weight * ratio[near.place], minlength=len(demand))
    has_place = np.bincount(near.point, minlength=len(demand)) > 0
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


WORST_TENTH = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Equity:
    """How access is spread over the demand; each unit of demand counts as one.

    ``gini`` is 0 where all have the same access and near 1 where a few have all of it. ``worst_tenth`` is
    the mean access of the tenth of the demand that has the least, ``worst_tenth_share`` its share of all
    access. ``without_share`` is the share of the demand that has no access. ``gini`` and
    ``worst_tenth_share`` are NaN where there is no access at all.
    *Shape*: ``lorenz`` is (k, 2), from (0, 0) to (1, 1), worst served first: the cumulative share of the
    demand, and its share of all access. *Units*: those of access; shares 0..1.
    """

    gini: float
    mean: float
    worst_tenth: float
    worst_tenth_share: float
    without_share: float
    lorenz: Floats


def compute_equity(access: ArrayLike, weight: ArrayLike) -> Equity:
    """Compute the Gini coefficient, worst tenth and Lorenz curve of access, weighted by demand.

    NaN counts as no access: `two_step_access` returns it where no place is within reach.

    *Shape*: (n,) both. *Raises*: ValueError for access below 0 or infinite, a weight that is negative or no
    number, or no demand at all.
    *Source*: Lerman & Yitzhaki, Economics Letters 15 (1984), 363-368, for weighted data.

    >>> found = compute_equity([0, 1, 3], [20, 40, 40])
    >>> round(found.gini, 3), found.mean, found.worst_tenth, found.without_share
    (0.4, 1.6, 0.0, 0.2)
    """
    amounts, people = _checked(access, weight)
    order = np.argsort(amounts, kind="stable")
    amounts, people = amounts[order], people[order]
    so_far = np.concatenate(([0.0], np.cumsum(people)))
    held = np.concatenate(([0.0], np.cumsum(people * amounts)))
    total, everything = so_far[-1], held[-1]
    least = float(np.interp(WORST_TENTH * total, so_far, held))
    curve = np.column_stack((so_far / total, held / everything if everything else np.full(len(held), np.nan)))
    return Equity(
        gini=_gini(curve),
        mean=float(everything / total),
        worst_tenth=least / float(WORST_TENTH * total),
        worst_tenth_share=least / float(everything) if everything else np.nan,
        without_share=float(people[amounts == 0].sum() / total),
        lorenz=curve,
    )


def lorenz_percentiles(curve: Floats) -> list[tuple[float, float]]:
    """Return a Lorenz curve at every hundredth of the demand. *Shape*: (n, 2), shares 0..1."""
    share = np.linspace(0, 1, 101)
    return list(zip(share.tolist(), np.interp(share, curve[:, 0], curve[:, 1]).tolist(), strict=True))


def _gini(curve: Floats) -> float:
    """Return twice the area between the diagonal and the curve."""
    share, held = curve[:, 0], curve[:, 1]
    return float(1.0 - np.sum(np.diff(share) * (held[1:] + held[:-1])))


def _checked(access: ArrayLike, weight: ArrayLike) -> tuple[Floats, Floats]:
    given = np.asarray(access, dtype=np.float64)
    amounts = checked_amounts("access", np.where(np.isnan(given), 0.0, given))
    people = checked_amounts("weight", weight)
    if people.shape != amounts.shape:
        raise ValueError(
            f"weights have the shape {people.shape}; give one for each of the {len(amounts)} rows"
        )
    if not people.sum() > 0:
        raise ValueError("there is no demand to share among: every weight is 0")
    return amounts[people > 0], people[people > 0]


@dataclass(frozen=True, slots=True, eq=False)
class SharedPlaces:
    """What is shared: the demand of an area and that ``around`` it, and places with what each offers."""

    demand: Demand
    around: Demand | None
    places: Floats
    offered: Floats

    def compute_access(self, reach: Reach, decay: DistanceDecay) -> tuple[Floats, NDArray[np.intp]]:
        """Return the access of the area's demand, and the places within reach of some of it; by street where the reach is.

        *Raises*: ValueError for too many pairs; whatever the network of the reach raises.
        """
        points, weight = self.demand.join_points(self.around)
        if reach.network is None:
            pairs = find_neighbours(points, self.places, decay.limit).pairs
        else:
            pairs, _ = collect_street_pairs(points, self.places, reach)
        count = len(self.demand)
        reached = np.unique(pairs.place[pairs.point < count]).astype(np.intp)
        return two_step_access(pairs, weight, self.offered, decay)[:count], reached
