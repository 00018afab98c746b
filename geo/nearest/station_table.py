"""The stations of an index: where and what they are, whatever the time, and their state at an instant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from geo.geodesy import Floats
from geo.hours import Opening
from geo.nearest.filter_columns import Mask, StationColumns
from geo.nearest.filters import OUT_OF_SERVICE, StaticFilters
from geo.nearest.opening_states import StationSchedules
from geo.nearest.point_tree import MISSING, SiteTree
from geo.nearest.vector_tree import Indices
from geo.station import Station, Status
from geo.status.live import LiveSummary

_KEPT_MASKS = 64
_KEPT_TREES = 16
ALL_STATIONS = StaticFilters()
_IN_SERVICE = StaticFilters(statuses=frozenset({Status.ACTIVE}))  # their hours matter


@dataclass(frozen=True, slots=True)
class PassingStations:
    """Which stations pass some static filters, and their share of all stations. *Shape*: (n,)."""

    mask: Mask
    share: float


@dataclass(frozen=True, slots=True)
class EarlierStations:
    """The stations before a change, and the new positions of those stations and of the added ones."""

    ground: "StaticStations"
    positions: Indices
    added: Indices


class StaticStations:
    """The points and columns of stations; masks and trees are built on first use and cached.

    Immutable to callers. *Shape*: ``points`` is (n, 2), lon, lat. *CRS*: WGS84.
    """

    __slots__ = ("_below", "_everywhere", "columns", "in_service", "passing", "points", "sites")

    def __init__(self, points: Floats, columns: StationColumns, below: EarlierStations | None = None) -> None:
        self.points = points
        self.columns = columns
        self._below = below
        self._everywhere: SiteTree | None = None
        self.in_service = columns.passing_mask(_IN_SERVICE)
        self.passing = lru_cache(maxsize=_KEPT_MASKS)(self._passing)
        self.sites = lru_cache(maxsize=_KEPT_TREES)(self._sites)

    def __len__(self) -> int:
        return len(self.points)

    def with_changes(self, more: "StaticStations", order: Indices) -> "StaticStations":
        """Return these stations and then ``more``, rearranged: ``order`` lists the rows that remain.

        The existing trees are reused; a small tree for the new stations is put beside each when it is
        first needed.
        """
        positions = np.full(len(self) + len(more), MISSING, dtype=np.intp)
        positions[order] = np.arange(len(order))
        below = EarlierStations(self, positions[: len(self)], positions[len(self) :])
        points = np.concatenate((self.points, more.points)).take(order, axis=0)
        return StaticStations(points, self.columns.merge_rows(more.columns, order), below)

    @property
    def all_sites(self) -> SiteTree:
        """All sites, without the look-up in the cache, which costs as much as a search."""
        if self._everywhere is None:
            self._everywhere = self.sites(ALL_STATIONS)
        return self._everywhere

    def build_sites(self, mask: Mask) -> SiteTree:
        """Build a tree of only the masked stations."""
        return SiteTree.from_points(self.points, np.flatnonzero(mask))

    def _passing(self, sieve: StaticFilters) -> PassingStations:
        mask = self.columns.passing_mask(sieve)
        mask.setflags(write=False)
        return PassingStations(mask, float(mask.mean()) if mask.size else 0.0)

    def _sites(self, sieve: StaticFilters) -> SiteTree:
        mask = self.passing(sieve).mask
        if self._below is None:
            return self.build_sites(mask)
        added = self._below.added
        return self._below.ground.sites(sieve).with_changes(
            self._below.positions, self.points, added[mask[added]]
        )


@dataclass(frozen=True, slots=True)
class IndexSnapshot:
    """The data of an index at one moment, from which results are computed; all in the order of ``stations``."""

    stations: Sequence[Station]
    ground: StaticStations
    doors: StationSchedules
    live: Mapping[str, LiveSummary]

    def states(self, when: datetime) -> NDArray[np.int8]:
        """Return the states at an instant: 0 closed, 1 open, 2 unknown; out of service counts as closed.

        *Shape*: (n,), in the order of ``stations``.
        """
        return np.where(self.ground.in_service, self.doors.states(when), np.int8(0))

    def opening_at_minute(self, station: int, minute: int) -> Opening:
        """Return the opening state at a minute of `geo.hours.local_seconds`, until when, and why."""
        if self.ground.in_service[station]:  # the station itself, unlike this column, is seldom in a cache
            return self.doors.hours_at_minute(station, minute)
        return OUT_OF_SERVICE[self.stations[station].status]
