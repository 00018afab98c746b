"""What a search is to find."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.geodesy import Floats
from geo.nearest.point_tree import Indices

Accept = Callable[[Indices, Floats], NDArray[np.bool_]]  # stations and their distances, same shape

_LEAST_SHARE = 1 / 64
_SPARE = 4  # measured: fewer want a second look, more cost more at the first


class WideSearch(Exception):
    """More places would have to be looked at than were allowed; nothing was found out."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is sought from each point: ``k`` accepted stations within its limit, if there is one.

    ``seconds_per_m`` is not 0 when acceptance depends on the whole second of arrival. ``share`` is the
    part of the stations that may be accepted, a guess that decides how many are looked at first. Of those that were
    not accepted and are no farther than the last one found, up to ``refused`` are wanted too, nearest
    first, among the stations that are ``counted`` (all of them if that is None). Rather than look at more places
    than the ``widest`` a search gives up (`WideSearch`).
    """

    k: int
    limit_m: Floats | None = None  # Shape (n,)
    accept: Accept | None = None
    seconds_per_m: float = 0.0
    share: float = 1.0
    refused: int = 0
    counted: NDArray[np.bool_] | None = None  # Shape (stations,)
    widest: int | None = None

    def of(self, rows: Indices | slice) -> "Wanted":
        """The same for some of the points."""
        return self if self.limit_m is None else replace(self, limit_m=self.limit_m[rows])

    @property
    def is_plain(self) -> bool:
        """Whether only the order matters."""
        return self.limit_m is None and self.accept is None

    @property
    def first_guess(self) -> int:
        """How many places to look at before anything is known of what lies there."""
        if self.accept is None:
            return self.k + 1
        return int((self.k + _SPARE) / max(self.share, _LEAST_SHARE))

    @property
    def reach_m(self) -> float:
        """A chord that no station within a limit exceeds, since a chord is never longer than its arc."""
        return np.inf if self.limit_m is None else float(self.limit_m.max()) + 1.0
