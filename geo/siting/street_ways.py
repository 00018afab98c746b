"""The ways by street: who is within a limit, and to the nearest place that stays and to nearer sites."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from geo.coverage.neighbours import MAX_RADIUS_M
from geo.coverage.pairs import StreetPairs
from geo.geodesy import Floats
from geo.siting.problem import Cover, Ints, Mask

# Points are asked for in bands of distances, so that few pairs are computed in vain.
BANDS_M = (*(500.0 * 2.0**step for step in range(8)), MAX_RADIUS_M)
MOST_WAY_QUESTIONS = 2 * len(BANDS_M) + 1  # that `collect_site_ways` asks
AskForWays = Callable[[Floats, Floats, float], StreetPairs]


@dataclass(frozen=True, slots=True, eq=False)
class SitePairs:
    """Pairs of a demand and a site with the metres between them, in any order, without repetition.

    A site covers the demand of its pairs up to and including ``limit_m``. ``demands`` and ``sites`` are how
    many there are of each. *Shape*: demand, site (positions) and metres (pairs,). *Units*: metres, or any
    other cost such as seconds.
    """

    demand: Ints
    site: Ints
    metres: Floats
    limit_m: float
    demands: int
    sites: int

    def served_mask(self, open_sites: Mask) -> Mask:
        """Return which demand an open site covers. *Shape*: (sites,) to (demands,)."""
        covering = open_sites[self.site] & (self.metres <= self.limit_m)
        return np.bincount(self.demand[covering], minlength=self.demands) > 0

    def build_cover(self, weights: Floats, rows: Ints, sites: int) -> tuple[Cover, Mask]:
        """Build the cover of some demands by the first ``sites`` sites, without the demands that none covers.

        Returns the cover and which of the rows it holds. *Shape*: weights (demands,), rows (k,), to (k,).
        """
        turn = np.full(self.demands, -1, dtype=np.int64)
        turn[rows] = np.arange(len(rows))
        kept = (self.metres <= self.limit_m) & (self.site < sites) & (turn[self.demand] >= 0)
        row, site = turn[self.demand[kept]], self.site[kept]
        count = np.bincount(row, minlength=len(rows))
        reached = count > 0
        starts = np.concatenate(([0], np.cumsum(count[reached]))).astype(np.int64)
        order = np.lexsort((site, row))
        return Cover(weights[rows[reached]], starts, site[order].astype(np.int64), sites), reached


@dataclass(frozen=True, slots=True, eq=False)
class SiteWays:
    """The lengths of ways from each demand.

    ``remaining_m`` is the way to the nearest place that stays, infinite where there is none within 100 km.
    ``pairs`` are the sites that are nearer. *Shape*: remaining_m (demands,). *Units*: metres along the
    fastest way.
    """

    pairs: SitePairs
    remaining_m: Floats

    def nearest_m(self, open_sites: Mask) -> Floats:
        """Return the way to the nearest open site or place that stays. *Shape*: (sites,) to (demands,)."""
        nearest, is_open = self.remaining_m.copy(), open_sites[self.pairs.site]
        np.minimum.at(nearest, self.pairs.demand[is_open], self.pairs.metres[is_open])
        return nearest


def collect_site_ways(points: Floats, sites: Floats, remaining: Floats, ask: AskForWays) -> SiteWays:
    """Collect the ways from points to the nearest of the places that stay, and to all sites that are nearer.

    ``ask`` returns the pairs of some points and places whose way is at most so many metres long. Points on no
    street are in no pair. *Shape*: points (n, 2), sites (m, 2), remaining (k, 2). *CRS*: WGS84.
    """
    remaining_m, on_street = _find_nearest(points, remaining, ask)
    demand, site, metres = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0)]
    for low, high in pairwise((0.0, *BANDS_M, np.inf)):
        rows = np.flatnonzero(on_street & (remaining_m > low) & (remaining_m <= high))
        if not (len(rows) and len(sites)):
            continue
        found = ask(points[rows], sites, min(float(remaining_m[rows].max()), MAX_RADIUS_M))
        nearer = found.metres < remaining_m[rows[found.point]]
        demand.append(rows[found.point[nearer]])
        site.append(found.place[nearer].astype(np.int64))
        metres.append(found.metres[nearer])
    columns = np.concatenate(demand), np.concatenate(site), np.concatenate(metres)
    return SiteWays(SitePairs(*columns, np.inf, len(points), len(sites)), remaining_m)


def _find_nearest(points: Floats, places: Floats, ask: AskForWays) -> tuple[Floats, Mask]:
    """Return the way to the nearest place, and which points are on a street as far as is known."""
    nearest_m, on_street = np.full(len(points), np.inf), np.ones(len(points), dtype=bool)
    for limit_m in BANDS_M if len(places) else ():
        left = np.flatnonzero(np.isinf(nearest_m) & on_street)
        if not len(left):
            break
        found = ask(points[left], places, limit_m)
        np.minimum.at(nearest_m, left[found.point], found.metres)
        on_street[left[found.off_network]] = False
    return nearest_m, on_street
