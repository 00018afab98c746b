"""The distinct places of some stations, in a tree of geocentric vectors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.geodesy import Floats, geocentric

Indices = NDArray[np.intp]
MISSING = -1


@dataclass(frozen=True, slots=True)
class Sites:
    """A tree over places; several stations may stand at one of them.

    ``members`` holds the stations' indices, place by place and ascending within one, and ends with
    `MISSING`; those of place ``i`` begin at ``first[i]``. The tree answers with place ``len(points)``
    where it finds nothing, which owns that last entry.
    """

    tree: cKDTree
    points: Floats
    first: Indices
    count: Indices
    members: Indices
    most: int  # stations at the fullest place

    @classmethod
    def of(cls, points: Floats, chosen: Indices) -> "Sites":
        """The places of the chosen stations. *Shape*: (n, 2), lon, lat WGS84, of all stations."""
        order = chosen[np.lexsort((chosen, points[chosen, 1], points[chosen, 0]))]
        placed = points[order]
        begins = np.ones(len(order), dtype=bool)
        begins[1:] = (placed[1:] != placed[:-1]).any(axis=1)
        first = np.append(np.flatnonzero(begins), len(order))
        count = np.diff(first, append=len(order) + 1)
        distinct = placed[begins]
        members = np.append(order, MISSING)
        return cls(cKDTree(geocentric(distinct)), distinct, first, count, members, int(count.max()))

    def query(self, vectors: Floats, width: int, reach_m: float) -> tuple[Floats, Indices]:
        """Chords and places of the ``width`` nearest within reach. *Shape*: (n, 3) to twice (n, width)."""
        chord_m, site = self.tree.query(vectors, k=width, distance_upper_bound=reach_m)
        return np.asarray(chord_m), np.asarray(site)

    def stations_at(self, site: Indices, distance_m: Floats) -> tuple[Indices, Floats]:
        """Each row of places spelt out as stations, filled up with `MISSING` at infinity.

        *Shape*: (n, m) to (n, as many as the fullest row has).
        """
        if self.most == 1:
            return self.members[site], distance_m
        count = self.count[site]
        width = count.sum(axis=1)
        spread = count.ravel()
        within = np.arange(spread.sum()) - np.repeat(np.cumsum(spread) - spread, spread)
        filled = np.arange(int(width.max(initial=0))) < width[:, None]
        station = np.full(filled.shape, MISSING, dtype=np.intp)
        station[filled] = self.members[np.repeat(self.first[site.ravel()], spread) + within]
        spelt_m = np.full(filled.shape, np.inf)
        spelt_m[filled] = np.repeat(distance_m.ravel(), spread)
        return station, spelt_m
