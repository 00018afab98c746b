"""What each further site gains: in the order of a plan's own sites, and by the best plan for each number."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.geodesy import Floats
from geo.siting.problem import Cover, Distances, SitingTask
from geo.siting.record import Solver

_FURTHEST_M = 100_000.0  # unserved demand counts as served from this distance
ALL_COUNTS_UP_TO = 10
MAX_CURVE_POINTS = 16


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The best plan with ``sites`` sites: the demand that it newly serves, and the proven upper ``bound``.

    ``gained`` is what the last site adds to the best plan with one site fewer; where the curve skips numbers
    between two points, it is the mean over the skipped ones. ``chosen`` are the positions of its sites.
    """

    sites: int
    cumulative: float
    gained: float
    bound: float
    chosen: tuple[int, ...] = ()

    @property
    def is_proven(self) -> bool:
        """Whether the plan is optimal, except for rounding."""
        return self.bound <= self.cumulative * (1 + 1e-9)


@dataclass(frozen=True, slots=True, eq=False)
class OrderedGains:
    """Sites in order, and the gain of each in its turn. *Shape*: (k,) each."""

    sites: NDArray[np.int64]
    gained: Floats


def order_by_gain(cover: Cover, sites: Sequence[int], already: Sequence[int] = ()) -> OrderedGains:
    """Order the sites of a plan by newly served demand: each next one serves most of the rest.

    Ties go to the earlier site of ``sites``. ``already`` are sites that are open before.
    *Units*: of the weights.
    """
    near, left = rows_of_sites(cover, sites), _left(cover, already)

    def open_site(turn: int) -> None:
        left[near[turn]] = 0.0

    return _order_greedily(sites, lambda turn: float(left[near[turn]].sum()), open_site)


def _order_greedily(
    sites: Sequence[int], gain_of: Callable[[int], float], open_site: Callable[[int], None]
) -> OrderedGains:
    order, gained, remaining = [], [], list(range(len(sites)))
    while remaining:
        gains = [gain_of(turn) for turn in remaining]
        best = int(np.argmax(gains))
        chosen = remaining.pop(best)
        order.append(sites[chosen])
        gained.append(gains[best])
        open_site(chosen)
    return OrderedGains(np.array(order, dtype=np.int64), np.array(gained))


def gains_in_order(cover: Cover, order: Sequence[int], already: Sequence[int] = ()) -> Floats:
    """Return the demand that each site newly serves when the sites open in this order. *Shape*: (k,)."""
    left, gained = _left(cover, already), []
    for rows in rows_of_sites(cover, order):
        gained.append(float(left[rows].sum()))
        left[rows] = 0.0
    return np.array(gained, dtype=np.float64)


def order_by_saving(distances: Distances, sites: Sequence[int], already: Sequence[int] = ()) -> OrderedGains:
    """Order the sites of a plan by the demand × metres that each saves, the largest saving first.

    *Units*: weight × metres.
    """
    nearest = np.full(len(distances.weights), _FURTHEST_M)
    for rows, metres in _columns_m(distances, already):
        nearest[rows] = np.minimum(nearest[rows], metres)
    near = _columns_m(distances, sites)

    def open_site(turn: int) -> None:
        rows, metres = near[turn]
        nearest[rows] = np.minimum(nearest[rows], metres)

    return _order_greedily(sites, lambda turn: _saving(distances.weights, nearest, *near[turn]), open_site)


def curve_site_counts(most: int) -> tuple[int, ...]:
    """Return the numbers of sites for which the curve is computed.

    These are all numbers up to ten, then evenly spread ones, ending with ``most``.
    """
    if most <= MAX_CURVE_POINTS:
        return tuple(range(1, most + 1))
    spread = np.linspace(ALL_COUNTS_UP_TO, most, MAX_CURVE_POINTS - ALL_COUNTS_UP_TO + 1).round().astype(int)
    return (*range(1, ALL_COUNTS_UP_TO), *sorted(set(spread.tolist())))


def iter_curve_points(
    task_of: Callable[[int], SitingTask], numbers: Sequence[int], solver: Solver, *, may_drop: bool = False
) -> Iterator[CurvePoint]:
    """Yield the best plan for each number of sites, one after the other, so that the caller may stop.

    More sites never serve less: where the solver found less for more sites, the result for fewer counts.
    ``may_drop`` says that a plan stays within the limits if any one site is dropped (there are no minima).
    Then the best plan of n sites serves at most n / m as much as the best of m < n. The gains of the n sites
    alone sum to no more than the total, so dropping the smallest loses at most one n-th.
    """
    before, sites, most = 0.0, 0, np.inf
    chosen: tuple[int, ...] = ()
    for number in numbers:
        plan = solver(task_of(number))
        found = max(plan.objective, before)
        chosen = tuple(plan.sites.tolist()) if plan.objective >= before else chosen
        bound = min(plan.bound, most * number / sites) if may_drop and sites else plan.bound
        most = max(bound, found)
        yield CurvePoint(number, found, (found - before) / (number - sites), most, chosen)
        before, sites = found, number


def _left(cover: Cover, already: Sequence[int]) -> Floats:
    left = np.array(cover.weights, dtype=np.float64)
    for rows in rows_of_sites(cover, already):
        left[rows] = 0.0
    return left


def rows_of_sites(cover: Cover, sites: Sequence[int]) -> list[NDArray[np.intp]]:
    """Return the rows that each of these sites covers."""
    picked, rows, ends = _picked(cover.starts, cover.site_of, sites)
    return np.split(rows[picked], ends) if len(sites) else []


def _columns_m(distances: Distances, sites: Sequence[int]) -> list[tuple[NDArray[np.intp], Floats]]:
    picked, rows, ends = _picked(distances.starts, distances.site_of, sites)
    return list(zip(np.split(rows[picked], ends), np.split(distances.metres[picked], ends), strict=True))


def _picked(
    starts: NDArray[np.int64], site_of: NDArray[np.int64], sites: Sequence[int]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return the pair positions of these sites, the row of every pair, and where each site's pairs end.

    Positions are ordered site by site.
    """
    place = {site: turn for turn, site in enumerate(sites)}
    turn_of = np.array(
        [place.get(site, -1) for site in range(int(site_of.max(initial=-1)) + 1)], dtype=np.intp
    )
    turn = turn_of[site_of] if len(site_of) else np.empty(0, dtype=np.intp)
    pairs = np.flatnonzero(turn >= 0)
    pairs = pairs[np.argsort(turn[pairs], kind="stable")]
    rows = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    ends = np.cumsum(np.bincount(turn[pairs], minlength=len(sites)))[:-1]
    return pairs, rows, ends


def _saving(weights: Floats, nearest: Floats, rows: NDArray[np.intp], metres: Floats) -> float:
    return float((weights[rows] * np.maximum(nearest[rows] - metres, 0.0)).sum())
