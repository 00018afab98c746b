"""The ways by street: who is within a limit, and to the nearest place that stays and to nearer sites."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from geo.coverage.neighbours import MAX_RADIUS_M, Pairs
from geo.geodesy import Floats
from geo.siting.problem import Mask

# Points are asked for in bands of distances, so that few pairs are computed in vain.
BANDS_M = (*(500.0 * 2.0**step for step in range(8)), MAX_RADIUS_M)
MOST_WAY_QUESTIONS = 2 * len(BANDS_M) + 1  # that `collect_site_ways` asks
AskForWays = Callable[[Floats, Floats, float], tuple[Pairs, Mask]]


@dataclass(frozen=True, slots=True, eq=False)
class SiteWays:
    """The lengths of ways from each demand.

    ``remaining_m`` is the way to the nearest place that stays, infinite where there is none within 100 km.
    ``pairs`` are those with the sites that are nearer. *Shape*: remaining_m (demands,). *Units*: metres along the
    fastest way.
    """

    pairs: Pairs
    remaining_m: Floats

    def nearest_m(self, open_sites: Mask) -> Floats:
        """Return the way to the nearest open site or place that stays. *Shape*: (sites,) to (demands,)."""
        return np.minimum(self.remaining_m, self.pairs.least_cost(open_sites, len(self.remaining_m)))


def collect_site_ways(points: Floats, sites: Floats, remaining: Floats, ask: AskForWays) -> SiteWays:
    """Collect the ways from points to the nearest of the places that stay, and to all sites that are nearer.

    ``ask`` returns the pairs of some points and places whose way is at most so many metres long, and the points on no
    street, which are in no pair. *Shape*: points (n, 2), sites (m, 2), remaining (k, 2). *CRS*: WGS84.
    """
    remaining_m, on_street = _find_nearest(points, remaining, ask)
    nearer = []
    for low, high in pairwise((0.0, *BANDS_M, np.inf)):
        rows = np.flatnonzero(on_street & (remaining_m > low) & (remaining_m <= high))
        if not (len(rows) and len(sites)):
            continue
        found, _ = ask(points[rows], sites, min(float(remaining_m[rows].max()), MAX_RADIUS_M))
        there = replace(found, point=rows[found.point])
        nearer.append(there.select(there.cost < remaining_m[there.point]))
    return SiteWays(Pairs.join(nearer), remaining_m)


def _find_nearest(points: Floats, places: Floats, ask: AskForWays) -> tuple[Floats, Mask]:
    """Return the way to the nearest place, and which points are on a street as far as is known."""
    nearest_m, on_street = np.full(len(points), np.inf), np.ones(len(points), dtype=bool)
    for limit_m in BANDS_M if len(places) else ():
        left = np.flatnonzero(np.isinf(nearest_m) & on_street)
        if not len(left):
            break
        found, off_street = ask(points[left], places, limit_m)
        nearest_m[left] = found.least_cost(np.ones(len(places), dtype=bool), len(left))
        on_street[left[off_street]] = False
    return nearest_m, on_street
