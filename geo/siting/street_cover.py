"""The cover of a siting task from pairs of demand and sites, such as those within reach by street."""

from dataclasses import dataclass

import numpy as np

from geo.siting.limits import Ints
from geo.siting.problem import Cover, Floats, Mask


@dataclass(frozen=True, slots=True, eq=False)
class SitePairs:
    """Pairs of a demand and a site with the metres between them, in any order, without repetition.

    A site covers the demand of its pairs up to and including ``limit_m``. ``demands`` and ``sites`` are how
    many there are of each. *Shape*: demand, site (positions) and metres (pairs,). *Units*: metres, or any
    other cost such as seconds. *Raises*: ValueError for a position out of range, a cost that is negative or
    no number, or columns of different lengths.
    """

    demand: Ints
    site: Ints
    metres: Floats
    limit_m: float
    demands: int
    sites: int

    def __post_init__(self) -> None:
        if not len(self.demand) == len(self.site) == len(self.metres):
            raise ValueError(
                f"{len(self.demand)} demands, {len(self.site)} sites and {len(self.metres)} costs are no pairs"
            )
        for name, positions, size in (
            ("demand", self.demand, self.demands),
            ("site", self.site, self.sites),
        ):
            if len(positions) and not (positions.min() >= 0 and positions.max() < size):
                raise ValueError(f"a pair names a {name} outside 0..{size - 1}")
        if not (self.metres >= 0).all():
            raise ValueError("the cost of a pair is negative or no number; leave such pairs out")

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
