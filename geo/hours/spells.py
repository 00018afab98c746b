"""Special hours: hours for a limited period that replace the weekly hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from geo.hours.phrase import HoursPhrase, parse_hours
from geo.hours.timetable import DAY_MINUTES

USUAL_HOURS = "照常"  # withdraws earlier special hours for the same period
_AS_USUAL = frozenset({USUAL_HOURS, "照常开放", "照常营业", "正常开放", "正常营业", "as usual"})
_UTC_OFFSET_MINUTES = 8 * 60
_LATEST_NIGHT = 12 * 60  # until when hours in OSM's own syntax may belong to the night before


CLOSED, OPEN, UNKNOWN = 0, 1, 2


def name_usual_hours(text: str) -> str:
    """Return the one term for the usual hours if a text is any of its words, else the text."""
    return USUAL_HOURS if text.strip().lower() in _AS_USUAL else text


@dataclass(frozen=True, slots=True)
class SpecialHours:
    """A period with hours of its own; ``hours_text`` None means closed throughout.

    Hours that can't be parsed are unknown. ``promised`` is false if no notice says that the place opens
    when the period ends: then it only stops being known to be closed. ``params`` fill in ``reason``.
    A period that ``doubts`` changes nothing but open, which becomes unknown.
    *Units*: aware instants. Whole minutes count; the first and the last minute count wholly.
    """

    start: datetime
    end: datetime
    hours_text: str | None = None
    reason: str = ""
    params: tuple[tuple[str, str], ...] = ()
    promised: bool = True
    doubts: bool = False

    def __post_init__(self) -> None:
        if not self.start < self.end:
            raise ValueError(f"a spell from {self.start} to {self.end} has no length")

    @property
    def values(self) -> Mapping[str, str]:
        """The parameters of ``reason`` as a mapping."""
        return MappingProxyType(dict(self.params))

    @property
    def phrase(self) -> HoursPhrase | None:
        """The parsed hours of the period; None if it has none of its own."""
        return None if self.hours_text in (None, USUAL_HOURS) else parse_hours(self.hours_text or "")

    @property
    def minutes(self) -> tuple[int, int]:
        """The first minute and the one after the last, counted at UTC+8 from 1970 on."""
        start, end = int(self.start.timestamp() // 60), int(-(-self.end.timestamp() // 60))
        return start + _UTC_OFFSET_MINUTES, end + _UTC_OFFSET_MINUTES

    def holds(self, minute: int) -> bool:
        """Return whether the period contains a minute."""
        start, end = self.minutes
        return start <= minute < end

    def explains(self, minute: int, state: int) -> bool:
        """Return whether the state of a minute follows from the period."""
        return self.holds(minute) and (not self.doubts or state == UNKNOWN)

    def overlay_on(self, row: bytearray, day: int, own: bytes) -> None:
        """Change the states of a day in the period; ``own`` is that day by the period's own hours.

        Hours that continue after midnight belong to the day before. On the period's first morning its own
        hours come from a day outside the period: open becomes unknown.
        *Units*: ``day`` counts from 1970, one state per minute.
        """
        start, end = (minute - day * DAY_MINUTES for minute in self.minutes)
        first, last = max(start, 0), min(end, DAY_MINUTES)
        if self.doubts:
            _doubt(row, first, last)
        elif first < last:
            row[first:last] = own[first:last]
            if start >= 0:
                _doubt(row, first, min(_night(self.phrase), last))

    def overlay_on_morning_after(
        self, row: bytearray, own: bytes, usual: HoursPhrase, *, goes_on: bool
    ) -> None:
        """Change the states of the morning at whose midnight the period ends.

        The usual hours come from a day that the period replaces. They hold where that day was open until midnight
        (``goes_on``) and its own hours name no other end; otherwise open becomes unknown.
        """
        own_night, usual_night = _night(self.phrase), _night(usual)
        for minute in range(max(own_night, usual_night)):
            if row[minute] != OPEN:
                is_doubtful = minute < own_night and own[minute] == OPEN
            else:
                holds = goes_on and (own_night == 0 or own[minute] == OPEN)
                is_doubtful = minute < usual_night and not holds
            if is_doubtful:
                row[minute] = UNKNOWN


def _night(phrase: HoursPhrase | None) -> int:
    """Return until which minute of a morning the night before may last."""
    if phrase is None or not phrase.understood or phrase.is_always:
        return 0
    if phrase.timetable is None:
        return _LATEST_NIGHT
    plans = (rule.plan for rule in phrase.timetable.rules)
    return max(((plan.open | plan.unknown) >> DAY_MINUTES).bit_length() for plan in plans)


def _doubt(row: bytearray, first: int, last: int) -> None:
    """Change open to unknown in a range of minutes."""
    for minute in range(first, last):
        if row[minute] == OPEN:
            row[minute] = UNKNOWN


class MinuteRows:
    """A growing table of distinct days.

    Row numbers stay valid. The table is replaced when it grows, so a thread that reads the old one is not
    affected.
    """

    def __init__(self) -> None:
        self.table: NDArray[np.int8] = np.empty((0, DAY_MINUTES), np.int8)
        self.changes: list[
            tuple[tuple[int, int], ...]
        ] = []  # for each row (minute, state), starting at minute 0
        self._numbers: dict[bytes, int] = {}

    def number(self, row: bytes) -> int:
        """Return the number of a row; a new row is added. *Units*: one state per minute."""
        known = self._numbers.get(row)
        if known is not None:
            return known
        used = len(self._numbers)
        if used == len(self.table):
            grown = np.full((max(64, 2 * used), DAY_MINUTES), UNKNOWN, np.int8)
            grown[:used] = self.table
            self.table = grown
        states = np.frombuffer(row, np.int8)
        self.table[used] = states
        self.changes.append(_changes(states))
        self._numbers[row] = used
        return used


def _changes(states: NDArray[np.int8]) -> tuple[tuple[int, int], ...]:
    at = np.concatenate(([0], np.flatnonzero(np.diff(states)) + 1))
    return tuple(zip(at.tolist(), states[at].tolist(), strict=True))
