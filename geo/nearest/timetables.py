"""The distinct opening hours of an index, and whether they stay acceptable through a stay."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from geo.calendars import Calendar
from geo.hours import OpeningPeriod, Schedules, SpecialHours, list_opening_periods

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
_NO_SPELLS: Mapping[int, StationSpells] = MappingProxyType({})


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
