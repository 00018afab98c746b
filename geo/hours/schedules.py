"""Distinct schedules compiled to minute rows, so that 190,000 stations are judged in milliseconds.

A row is the state of the 1,440 minutes of one local date. Rows are made by ``opening_hours`` when first
asked for, and shared: most schedules have the same day. Both zones, Asia/Shanghai and Asia/Taipei,
have been at UTC+8 without summer time since 1992; earlier instants are evaluated at UTC+8 too.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from geo.calendars import workday_table
from geo.hours.phrase import Phrase, read
from geo.station import Calendar, State

if TYPE_CHECKING:
    from opening_hours import OpeningHours

N_ = str

NO_TABLE = N_("no work-day table for {year}")
NO_CALENDAR = N_("the hours name work-days or holidays, and the place names no calendar")
NOT_STATED = N_("the text does not say what holds at this time")

CLOSED, OPEN, UNKNOWN = 0, 1, 2
STATES = (State.CLOSED, State.OPEN, State.UNKNOWN)
_LOOK_AHEAD_DAYS = 14
_KEPT_DATES = 64
_UTC_OFFSET_S = 8 * 3600
_DAY_S = 86_400
_MISSING = -1
_NONE: Mapping[str, str] = MappingProxyType({})
_ZONES = {Calendar.CN: "Asia/Shanghai", Calendar.TW: "Asia/Taipei", Calendar.NONE: "Asia/Shanghai"}


@dataclass(frozen=True, slots=True)
class Opening:
    """The state of one schedule at an instant, until when, and why it is unknown.

    *Units*: ``until`` is UTC; None when the state doesn't change within 14 days. ``reason`` is a
    template for ``params``, empty unless the state is unknown.
    """

    state: State
    until: datetime | None
    reason: str = ""
    params: Mapping[str, str] = field(default_factory=lambda: _NONE)


@dataclass(frozen=True, slots=True)
class _Schedule:
    phrase: Phrase
    calendar: Calendar

    def osm_in(self, year: int) -> str | None:
        return self.phrase.osm_in(year, workday_table(self.calendar))


class Schedules:
    """The distinct opening hours of many stations, immutable to the outside and safe to share."""

    def __init__(self, schedules: Sequence[_Schedule], ids: NDArray[np.intp]) -> None:
        self._schedules = tuple(schedules)
        self.ids = ids
        self._rows = _Rows()
        self._dates: OrderedDict[int, NDArray[np.int32]] = OrderedDict()
        self._years: dict[tuple[int, int], OpeningHours | None] = {}
        self._lock = Lock()

    @classmethod
    def compile(cls, pairs: Sequence[tuple[str, Calendar]]) -> "Schedules":
        """Parse each distinct (text, calendar) once.

        *Shape*: ``ids`` has one entry per pair, the number of its schedule.
        """
        numbers: dict[tuple[str, Calendar], int] = {}
        ids = np.fromiter((numbers.setdefault(pair, len(numbers)) for pair in pairs), np.intp, len(pairs))
        ids.setflags(write=False)
        return cls([_Schedule(read(text), calendar) for text, calendar in numbers], ids)

    def __len__(self) -> int:
        return len(self._schedules)

    def phrase(self, schedule_id: int) -> Phrase:
        """What was understood of a schedule's text."""
        return self._schedules[schedule_id].phrase

    def states(self, ids: NDArray[np.intp], at: datetime | NDArray[np.datetime64]) -> NDArray[np.int8]:
        """Closed 0, open 1, unknown 2.

        *Shape*: that of ``ids`` and ``at`` broadcast together. *Units*: ``at`` is an aware datetime or
        UTC ``datetime64``.
        *Raises* ValueError for a naive datetime.
        """
        ids = np.asarray(ids)
        if isinstance(at, datetime):
            day, second = divmod(_local_seconds(at), _DAY_S)
            return self._states_on(day, ids, np.intp(second // 60))
        local = at.astype("datetime64[s]").astype(np.int64) + _UTC_OFFSET_S
        ids, local = np.broadcast_arrays(ids, local)
        days, minutes = local // _DAY_S, local % _DAY_S // 60
        found = np.empty(ids.shape, np.int8)
        for day in np.unique(days):
            here = days == day
            found[here] = self._states_on(int(day), ids[here], minutes[here])
        return found

    def opening(self, schedule_id: int, at: datetime) -> Opening:
        """The state, its next change within 14 days, and why it is unknown.

        *Raises* ValueError for a naive datetime.
        """
        day, second = divmod(_local_seconds(at), _DAY_S)
        row, minute = self._row(day, schedule_id), second // 60
        state = int(row[minute])
        until = self._next_change(schedule_id, day, minute, state)
        reason, params = self._reason(schedule_id, _date(day)) if state == UNKNOWN else ("", _NONE)
        return Opening(STATES[state], until, reason, params)

    def _next_change(self, schedule_id: int, day: int, minute: int, state: int) -> datetime | None:
        for ahead in range(_LOOK_AHEAD_DAYS + 1):
            row = self._row(day + ahead, schedule_id)[minute if ahead == 0 else 0 :]
            changed = np.flatnonzero(row != state)
            if changed.size:
                minutes = int(changed[0]) + (minute if ahead == 0 else 0)
                return _instant((day + ahead) * _DAY_S + minutes * 60 - _UTC_OFFSET_S)
        return None

    def _reason(self, schedule_id: int, day: date) -> tuple[str, Mapping[str, str]]:
        schedule = self._schedules[schedule_id]
        if not schedule.phrase.understood:
            return schedule.phrase.reason, _NONE
        if schedule.osm_in(day.year) is not None:
            return NOT_STATED, _NONE
        if schedule.calendar is Calendar.NONE:
            return NO_CALENDAR, _NONE
        return NO_TABLE, MappingProxyType({"year": str(day.year)})

    # Rows ------------------------------------------------------------------------------------

    def _states_on(
        self, day: int, ids: NDArray[np.intp], minutes: NDArray[np.intp] | np.intp
    ) -> NDArray[np.int8]:
        rows = self._rows_of(day, ids)
        return np.asarray(self._rows.table[rows[ids], minutes], np.int8)

    def _row(self, day: int, schedule_id: int) -> NDArray[np.int8]:
        rows = self._rows_of(day, np.array([schedule_id], np.intp))
        return np.asarray(self._rows.table[rows[schedule_id]], np.int8)  # the table may just have grown

    def _rows_of(self, day: int, ids: NDArray[np.intp]) -> NDArray[np.int32]:
        """The row number of every schedule on a date, those of ``ids`` made if need be."""
        rows = self._dates.get(day)
        if rows is not None and not (rows[ids] == _MISSING).any():
            return rows
        with self._lock:
            rows = self._dates.get(day)
            if rows is None:
                rows = np.full(len(self._schedules), _MISSING, np.int32)
                self._dates[day] = rows
                while len(self._dates) > _KEPT_DATES:
                    self._dates.popitem(last=False)
            wanted = np.unique(ids)
            for schedule_id in wanted[rows[wanted] == _MISSING]:
                rows[schedule_id] = self._rows.number(self._evaluate(int(schedule_id), _date(day)))
            return rows

    def _evaluate(self, schedule_id: int, day: date) -> bytes:
        """The states of the day's minutes, by the library."""
        schedule = self._schedules[schedule_id]
        row = bytearray([UNKNOWN]) * 1440
        if (schedule_id, day.year) not in self._years:
            osm = schedule.osm_in(day.year)
            self._years[schedule_id, day.year] = _parsed(osm, _ZONES[schedule.calendar]) if osm else None
        hours = self._years[schedule_id, day.year]
        if not hours:
            return bytes(row)
        zone = ZoneInfo(_ZONES[schedule.calendar])
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        for start, end, state, _ in hours.intervals(midnight, midnight + timedelta(days=1)):
            first, last = _minute(start, midnight), _minute(end, midnight)
            row[first:last] = bytes([_CODES[str(state)]]) * (last - first)
        return bytes(row)


_CODES = {"closed": CLOSED, "open": OPEN, "unknown": UNKNOWN}


class _Rows:
    """Every distinct row once; numbers stay valid, the table grows by replacement."""

    def __init__(self) -> None:
        self.table: NDArray[np.int8] = np.empty((0, 1440), np.int8)
        self._numbers: dict[bytes, int] = {}

    def number(self, row: bytes) -> int:
        known = self._numbers.get(row)
        if known is not None:
            return known
        used = len(self._numbers)
        if used == len(self.table):
            grown = np.full((max(64, 2 * used), 1440), UNKNOWN, np.int8)
            grown[:used] = self.table
            self.table = grown
        self.table[used] = np.frombuffer(row, np.int8)
        self._numbers[row] = used
        return used


@lru_cache(maxsize=20_000)
def _parsed(osm: str, zone: str) -> "OpeningHours":
    from opening_hours import OpeningHours

    return OpeningHours(osm, timezone=ZoneInfo(zone))


def _minute(moment: datetime | None, midnight: datetime) -> int:
    if moment is None:
        return 1440
    return int((moment - midnight).total_seconds() // 60)


def _local_seconds(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no offset; give an aware datetime")
    return int(at.timestamp() // 1) + _UTC_OFFSET_S


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _date(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=day)
