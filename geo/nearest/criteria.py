"""The criteria of a nearest search."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.geodesy import Floats
from geo.nearest.vector_tree import Indices

AcceptFunction = Callable[[Indices, Floats], NDArray[np.bool_]]  # stations and their distances, same shape

_LEAST_SHARE = 1 / 64
_SPARE = 4  # measured: fewer cause more second queries, more make the first query slower


@dataclass(frozen=True, slots=True)
class SearchCriteria:
    """The criteria of a search from each point: ``k`` accepted stations within its limit, if there is one.

    ``seconds_per_m`` is not 0 when acceptance depends on the whole second of arrival. ``share`` is the
    estimated share of stations that are accepted; it decides how many are queried first. Of the
    stations that are refused and no farther than the last accepted one, up to ``refused`` are returned
    too, nearest first, among those that are ``counted`` (all of them if that is None). A search that
    would examine more places than ``max_places`` gives up (`geo.nearest.query.SearchTooWide`).
    """

    k: int
    limit_m: Floats | None = None  # Shape (n,)
    accept: AcceptFunction | None = None
    seconds_per_m: float = 0.0
    share: float = 1.0
    refused: int = 0
    counted: NDArray[np.bool_] | None = None  # Shape (stations,)
    max_places: int | None = None

    def for_rows(self, rows: Indices | slice) -> "SearchCriteria":
        """Return the criteria for some of the points."""
        return self if self.limit_m is None else replace(self, limit_m=self.limit_m[rows])

    @property
    def is_plain(self) -> bool:
        """Return whether the distance is the only criterion."""
        return self.limit_m is None and self.accept is None

    @property
    def first_width(self) -> int:
        """How many places the first query covers."""
        return self.k + 1 if self.accept is None else count_places_to_test(self.k, self.share)

    @property
    def reach_m(self) -> float:
        """An upper bound of the chords to stations within the limit.

        A chord is never longer than its arc.
        """
        return np.inf if self.limit_m is None else float(self.limit_m.max()) + 1.0


def count_places_to_test(k: int, share: float) -> int:
    """How many of the nearest places to query for ``k`` stations, if this share of all stations passes."""
    return int((k + _SPARE) / max(share, _LEAST_SHARE))
