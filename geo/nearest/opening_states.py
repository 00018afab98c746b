"""Compute which stations are open when, from timetables, reports and notices, and the register."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from core.calendars import Calendar
from geo.hours import Opening, OpeningPeriod, Schedules, SpecialHours, list_opening_periods, local_seconds
from geo.nearest.filters import opening_for_status
from geo.nearest.point_tree import Indices
from geo.station import Station

HoursKey = tuple[str, Calendar]
StationSpells = tuple[SpecialHours, ...]
StateCodes = NDArray[np.int8]
Mask = NDArray[np.bool_]
EpochSeconds = NDArray[np.int64]  # since 1970, UTC

_DAY_S = 86_400
_UTC_OFFSET_S = 8 * 3600  # the days of `Schedules`, in Shanghai and Taipei alike
_DAY_MIN = 1440
_KEPT_DAYS = 8  # 4 MB each with 1,500 schedules
_KEPT_PIECES = 20_000  # 2 kB each
_NO_SPELLS: Mapping[int, StationSpells] = {}


class Timetables:
    """Schedules by number, immutable to callers."""

    __slots__ = ("_failures", "_schedules", "numbers", "opening_at_minute", "pieces")

    def __init__(self, written: Sequence[HoursKey], spells: Mapping[int, StationSpells] = _NO_SPELLS) -> None:
        """``spells`` are laid over some entries of ``written``, by their numbers."""
        self._schedules = Schedules.compile(written)
        if spells:
            self._schedules = self._schedules.with_special_hours(spells)
        self.numbers = self._schedules.ids
        self._failures = lru_cache(maxsize=_KEPT_DAYS)(self._failures_on)
        self.opening_at_minute = self._schedules.opening_at_minute
        self.pieces = lru_cache(maxsize=_KEPT_PIECES)(self._pieces)

    def __len__(self) -> int:
        return len(self._schedules)

    def states(self, numbers: NDArray[np.intp], at: datetime | EpochSeconds) -> StateCodes:
        """Return the states: closed 0, open 1, unknown 2. *Shape*: that of ``numbers``."""
        return self._schedules.states(numbers, at if isinstance(at, datetime) else at.view("datetime64[s]"))

    def _pieces(self, number: int, first: date, days: int) -> tuple[OpeningPeriod, ...]:
        """Return the pieces of a schedule through some civil days."""
        return list_opening_periods(self._schedules, number, first, days)

    def lasting_mask(
        self, numbers: NDArray[np.intp], at: EpochSeconds, stay_min: int, accepted: Mask
    ) -> Mask:
        """Return whether an accepted state holds from ``at`` for so many minutes. *Shape*: (n,) each."""
        day, second = np.divmod(at + _UTC_OFFSET_S, _DAY_S)
        first, end = second // 60, (second + 60 * stay_min - 1) // 60 + 1
        good = np.empty(len(numbers), dtype=bool)
        for one in np.unique(day).tolist():
            here = day == one
            failures = self._failures(one, accepted.tobytes())
            number, start, stop = numbers[here], first[here], end[here]
            failing = failures[number, np.minimum(stop, _DAY_MIN)] - failures[number, start]
            over = stop > _DAY_MIN
            if over.any():
                tomorrow = self._failures(one + 1, accepted.tobytes())
                failing[over] += tomorrow[number[over], stop[over] - _DAY_MIN]
            good[here] = failing == 0
        return good

    def _failures_on(self, day: int, accepted: bytes) -> NDArray[np.int16]:
        """Return the count of minutes with an unacceptable state, cumulated over a day.

        *Shape*: (schedules, 1441).
        """
        minutes = np.arange(_DAY_MIN, dtype=np.int64) * 60 + day * _DAY_S - _UTC_OFFSET_S
        states = self.states(np.arange(len(self), dtype=np.intp)[:, None], minutes[None, :])
        failures = np.zeros((len(self), _DAY_MIN + 1), dtype=np.int16)
        np.cumsum(~np.frombuffer(accepted, dtype=bool)[states], axis=1, out=failures[:, 1:])
        return failures


@dataclass(frozen=True, slots=True)
class StationSchedules:
    """The timetables of stations: a large set that lasts, and a small set of recent changes.

    ``usual`` numbers the regular timetable of each station: first those of ``book``, then the texts in
    ``unheard``, which ``book`` lacks. ``numbers`` are the timetables that hold today: first those of
    ``book``, then those of ``today``. *Shape*: (n,) each.
    """

    stations: Sequence[Station]
    book: Timetables
    known: Mapping[HoursKey, int]
    usual: Indices
    unheard: tuple[HoursKey, ...]
    numbers: Indices
    today: Timetables | None = None

    @classmethod
    def from_stations(cls, stations: Sequence[Station]) -> "StationSchedules":
        known: dict[HoursKey, int] = {}
        usual = np.fromiter((known.setdefault(_written(s), len(known)) for s in stations), np.intp)
        return cls(stations, Timetables(tuple(known)), MappingProxyType(known), usual, (), usual)

    def merge_rows(
        self, stations: Sequence[Station], more: Sequence[Station], order: Indices
    ) -> "StationSchedules":
        """Return the rows of these stations and then of ``more``, in the order of ``stations``.

        Call it only on schedules without changes, so that there are never more than two sets of
        timetables.
        """
        unheard: dict[HoursKey, int] = {}
        fresh = [
            self.known[one] if one in self.known else unheard.setdefault(one, len(self.known) + len(unheard))
            for one in map(_written, more)
        ]
        usual = np.concatenate((self.usual, np.array(fresh, dtype=np.intp)))[order]
        return replace(self, stations=stations, usual=usual, unheard=tuple(unheard), numbers=usual)

    def with_spells(self, spells: Mapping[str, StationSpells]) -> "StationSchedules":
        """Return the same schedules with these spells, by station id, laid over the usual hours."""
        laid = {
            index: spells[id] for id in spells if (index := self._place_of(id)) is not None and spells[id]
        }
        if not laid and not self.unheard:
            return replace(self, numbers=self.usual, today=None)
        written = (*self.unheard, *(_written(self.stations[index]) for index in laid))
        today = Timetables(written, dict(enumerate(laid.values(), len(self.unheard))))
        numbers = np.where(self.usual < len(self.book), self.usual, 0)
        later = np.flatnonzero(self.usual >= len(self.book))
        numbers[later] = today.numbers[self.usual[later] - len(self.book)] + len(self.book)
        numbers[list(laid)] = today.numbers[len(self.unheard) :] + len(self.book)
        return replace(self, numbers=numbers, today=today)

    def _place_of(self, id: str) -> int | None:
        index = bisect_left(self.stations, id, key=lambda station: station.id)
        return index if index < len(self.stations) and self.stations[index].id == id else None

    # Many stations --------------------------------------------------------------------------------

    def states(self, when: datetime) -> StateCodes:
        """Return the opening states at an instant, whatever the status of the station. *Shape*: (n,)."""
        return self._states(self.numbers, when)

    def accepting_mask(
        self, station: Indices, at: datetime | EpochSeconds, accepted: Mask, stay_min: int
    ) -> Mask:
        """Return whether the hours of stations in service pass for a stay.

        ``at`` is one instant, or one for each station.
        """
        numbers = self.numbers[station]
        good = accepted[self._states(numbers, at)]
        if stay_min and good.any():
            seconds = np.full(len(station), _seconds(at)) if isinstance(at, datetime) else at
            good[good] = self._last(numbers[good], seconds[good], stay_min, accepted)
        return good

    def _states(self, numbers: Indices, at: datetime | EpochSeconds) -> StateCodes:
        if self.today is None:
            return self.book.states(numbers, at)
        later = numbers >= len(self.book)
        states = self.book.states(np.where(later, 0, numbers), at)
        if later.any():
            then = at if isinstance(at, datetime) else at[later]
            states[later] = self.today.states(numbers[later] - len(self.book), then)
        return states

    def _last(self, numbers: Indices, at: EpochSeconds, stay_min: int, accepted: Mask) -> Mask:
        if self.today is None:
            return self.book.lasting_mask(numbers, at, stay_min, accepted)
        later = numbers >= len(self.book)
        good = np.empty(len(numbers), dtype=bool)
        good[~later] = self.book.lasting_mask(numbers[~later], at[~later], stay_min, accepted)
        good[later] = self.today.lasting_mask(numbers[later] - len(self.book), at[later], stay_min, accepted)
        return good

    # One station ----------------------------------------------------------------------------------

    def opening(self, station: int, at: datetime) -> Opening:
        """Return the opening state of a station at an instant, until when, and why."""
        out_of_service = opening_for_status(self.stations[station].status)
        return out_of_service or self.hours_at_minute(station, local_seconds(at) // 60)

    def hours_at_minute(self, station: int, minute: int) -> Opening:
        """Return the same of a station in service, at a minute of `geo.hours.local_seconds`."""
        number: int = self.numbers.item(station)
        if self.today is None or number < len(self.book):
            return self.book.opening_at_minute(number, minute)
        return self.today.opening_at_minute(number - len(self.book), minute)

    def pieces(self, number: int, first: date, days: int) -> tuple[OpeningPeriod, ...]:
        """Return the pieces of a timetable through some civil days."""
        if self.today is None or number < len(self.book):
            return self.book.pieces(number, first, days)
        return self.today.pieces(number - len(self.book), first, days)


def _written(station: Station) -> HoursKey:
    return station.hours_text, station.calendar


def seconds_after(start: datetime, seconds: NDArray[np.float64]) -> EpochSeconds:
    """Return the instants some whole seconds after another."""
    return np.floor(seconds).astype(np.int64) + _seconds(start)


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp() // 1)
