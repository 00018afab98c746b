"""Compile distinct schedules to minute rows, so that 190,000 stations are evaluated in milliseconds.

A row is the state of the 1,440 minutes of one local date. It is computed when it is first needed, and
schedules share rows: most schedules have the same day. Both zones, Asia/Shanghai and
Asia/Taipei, have been at UTC+8 without summer time since 1992; earlier instants are evaluated at UTC+8
too.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from core.calendars import Calendar
from core.text_marks import N_
from geo.hours.dates import (
    USUAL_HOURS_ON_HOLIDAY,
    day_states,
    is_by_usual_hours,
    is_ordinary,
    reason_for_unknown,
)
from geo.hours.phrase import HoursPhrase, parse_hours
from geo.hours.spells import CLOSED, OPEN, UNKNOWN, USUAL_HOURS, MinuteRows, SpecialHours
from geo.hours.timetable import DAY_MINUTES
from geo.station import OpeningState

STATES_BY_CODE = (OpeningState.CLOSED, OpeningState.OPEN, OpeningState.UNKNOWN)
_LOOK_AHEAD_DAYS = 14
_KEPT_DATES = 64
_KEPT_DAY_PIECES = 20_000
_UTC_OFFSET_S = 8 * 3600
_DAY_S = 86_400
_MISSING = -1
_NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Opening:
    """The state of one schedule at an instant, until when it lasts, and why it is unknown.

    ``until`` is the next change to any other state. ``opens_at`` is the next instant at which the place is
    surely open, None if it is open now; a closed place may open sooner (`may_open_sooner`). ``closes_at`` is
    the next instant at which it is surely closed, None unless it is open now. They differ from ``until`` where an unknown period lies in between (after
    the last entry). ``reason`` is a template for ``params``, empty unless the state is unknown,
    `SpecialHours` apply, the hours are a form's default, or `USUAL_HOURS_ON_HOLIDAY`. *Units*: UTC; None
    if it doesn't come within 14 days.
    """

    state: OpeningState
    until: datetime | None
    reason: str = ""
    params: Mapping[str, str] = field(default_factory=lambda: _NONE)
    opens_at: datetime | None = None
    closes_at: datetime | None = None

    @property
    def is_doubtful(self) -> bool:
        """Return whether the state is not certain: unknown, or by the usual hours on a long holiday."""
        return self.state is OpeningState.UNKNOWN or self.reason == USUAL_HOURS_ON_HOLIDAY

    @property
    def may_open_sooner(self) -> bool:
        """Return whether a closed place may open at ``until``, when its state becomes unknown."""
        return self.state is OpeningState.CLOSED and self.until is not None and self.until != self.opens_at


# When the pieces of a day begin, in minutes of `local_seconds`, and the opening of each, which holds all through it;
# None until a query falls into it.
_DayPieces = tuple[list[int], list[Opening | None]]

_ALWAYS = Opening(OpeningState.OPEN, None)
UNVERIFIED_ALL_DAY = N_("registered as open 24 hours, not verified")
_ALWAYS_BY_DEFAULT = Opening(OpeningState.OPEN, None, UNVERIFIED_ALL_DAY)


@dataclass(frozen=True, slots=True)
class _Schedule:
    phrase: HoursPhrase
    calendar: Calendar
    spells: tuple[SpecialHours, ...] = ()  # where they overlap, the later one applies

    @property
    def constant(self) -> int | None:
        """The state that never changes, if the text alone determines it."""
        if self.spells:
            return None
        if not self.phrase.understood:
            return UNKNOWN
        return OPEN if self.phrase.is_always else None

    @property
    def is_weekly(self) -> bool:
        """Whether every week is the same."""
        return not self.spells and self.phrase.timetable is not None and self.phrase.timetable.is_weekly

    def spell_at(self, minute: int, state: int) -> SpecialHours | None:
        """Return the special hours from which the state of a minute follows (at UTC+8, from 1970 on)."""
        return next((spell for spell in reversed(self.spells) if spell.explains(minute, state)), None)


class Schedules:
    """The distinct opening hours of many stations; immutable to callers and safe to share between threads."""

    def __init__(self, schedules: Sequence[_Schedule], ids: NDArray[np.intp]) -> None:
        self._schedules = tuple(schedules)
        self.ids = ids
        self._rows = MinuteRows()
        self._constant = tuple(s.constant for s in schedules)
        self._is_weekly = np.array([s.is_weekly for s in schedules], np.bool_)
        self._weekdays = np.full((7, len(schedules)), _MISSING, np.int32)  # rows of the weekly schedules
        self._dates: OrderedDict[int, NDArray[np.int32]] = OrderedDict()
        self._lock = Lock()
        self._day_pieces: dict[tuple[int, int], _DayPieces] = {}  # by schedule and day
        self._plain: Schedules | None = None  # the same schedules without special hours

    @classmethod
    def compile(cls, pairs: Sequence[tuple[str, Calendar]]) -> "Schedules":
        """Parse each distinct (text, calendar) once.

        *Shape*: ``ids`` has one entry per pair, the number of its schedule.
        """
        numbers: dict[tuple[str, Calendar], int] = {}
        ids = np.fromiter((numbers.setdefault(pair, len(numbers)) for pair in pairs), np.intp, len(pairs))
        ids.setflags(write=False)
        return cls([_Schedule(parse_hours(text), calendar) for text, calendar in numbers], ids)

    def with_special_hours(self, spells: Mapping[int, tuple[SpecialHours, ...]]) -> "Schedules":
        """Return the same schedules with special hours for some entries of ``ids``; they replace earlier ones.

        The cost is the number of special hours and a few array copies: evaluated days are shared.
        """
        plain = self._plain or self
        ids, numbers = plain.ids.copy(), dict[tuple[int, tuple[SpecialHours, ...]], int]()
        for entry, laid in spells.items():
            key = (int(plain.ids[entry]), laid)
            ids[entry] = numbers.setdefault(key, len(plain) + len(numbers))
        ids.setflags(write=False)
        changed = [replace(plain._schedules[number], spells=laid) for number, laid in numbers]
        made = Schedules((*plain._schedules, *changed), ids)
        made._share(plain)
        return made

    def _share(self, plain: "Schedules") -> None:
        """Share the evaluated days of the schedules without special hours, which come first here."""
        with plain._lock:
            self._plain, self._lock, self._rows = plain, plain._lock, plain._rows
            self._weekdays[:, : len(plain)] = plain._weekdays
            for day, known in plain._dates.items():
                self._dates[day] = np.full(len(self), _MISSING, np.int32)
                self._dates[day][: len(plain)] = known

    def __len__(self) -> int:
        return len(self._schedules)

    def states(self, ids: NDArray[np.intp], at: datetime | NDArray[np.datetime64]) -> NDArray[np.int8]:
        """Return the states: closed 0, open 1, unknown 2.

        *Shape*: that of ``ids`` and ``at`` broadcast together. *Units*: ``at`` is an aware datetime or
        UTC ``datetime64``.
        *Raises* ValueError for a naive datetime.
        """
        ids = np.asarray(ids)
        if isinstance(at, datetime):
            day, second = divmod(local_seconds(at), _DAY_S)
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
        """Return the state, its next changes within 14 days, and why it is unknown.

        *Raises* ValueError for a naive datetime.
        """
        return self.opening_at_minute(schedule_id, local_seconds(at) // 60)

    def opening_at_minute(self, schedule_id: int, minute: int) -> Opening:
        """Return the same at a minute of `local_seconds`."""
        day = minute // DAY_MINUTES
        known = self._day_pieces.get((schedule_id, day))
        if known is None:
            known = self._keep_day_pieces(schedule_id, day)
        starts, openings = known
        piece = bisect_right(starts, minute) - 1
        found = openings[piece]
        if found is None:
            found = openings[piece] = self._opening_at(schedule_id, day, minute % DAY_MINUTES)
        return found

    def _keep_day_pieces(self, schedule_id: int, day: int) -> _DayPieces:
        if len(self._day_pieces) >= _KEPT_DAY_PIECES:
            self._day_pieces.clear()
        starts = self._change_minutes(schedule_id, day, 1)
        known = self._day_pieces[schedule_id, day] = starts, [None] * len(starts)
        return known

    def _opening_at(self, schedule_id: int, day: int, minute: int) -> Opening:
        constant = self._constant[schedule_id]
        if constant is not None:
            return self._opening_for_ever(schedule_id, constant, day)
        number = self._row_number(day, schedule_id)  # first: the table may grow
        state = int(self._rows.table[number, minute])
        spell = self._schedules[schedule_id].spell_at(day * DAY_MINUTES + minute, state)
        if spell is not None and spell.reason:
            return self._opening_in(spell, schedule_id, day, minute, state)
        until, aim = self._next_changes(schedule_id, day, minute, state)
        if state == UNKNOWN:
            reason, params = self._reason(schedule_id, _date(day))
            return Opening(OpeningState.UNKNOWN, until, reason, params, opens_at=aim)
        mark = self._mark(schedule_id, day) if until else ""
        if state == CLOSED:
            return Opening(OpeningState.CLOSED, until, mark, opens_at=aim)
        mark = UNVERIFIED_ALL_DAY if self._schedules[schedule_id].phrase.is_default else mark
        return Opening(OpeningState.OPEN, until, mark, closes_at=aim)

    def _mark(self, schedule_id: int, day: int) -> str:
        """Return the reason why the hours of a day are not certain although the text gives them."""
        schedule = self._schedules[schedule_id]
        usual = is_by_usual_hours(schedule.phrase, schedule.calendar, _date(day))
        return USUAL_HOURS_ON_HOLIDAY if usual else ""

    def change_instants(self, schedule_id: int, first: date, days: int) -> list[datetime]:
        """Return the instants at which the result of `opening` may change, from a civil day's midnight on.

        *Units*: UTC, in order. Midnights are included, because `opening` then looks one day further ahead.
        """
        minutes = self._change_minutes(schedule_id, (first - date(1970, 1, 1)).days, days)
        return [_instant(minute * 60 - _UTC_OFFSET_S) for minute in minutes]

    def _change_minutes(self, schedule_id: int, start: int, days: int) -> list[int]:
        minutes = {minute for spell in self._schedules[schedule_id].spells for minute in spell.minutes}
        if self._constant[schedule_id] is None:
            for day in range(start, start + days):
                changes = self._rows.changes[self._row_number(day, schedule_id)]
                minutes.update(day * DAY_MINUTES + minute for minute, _ in changes)
        minutes.update(day * DAY_MINUTES for day in range(start, start + days))
        return sorted(m for m in minutes if start * DAY_MINUTES <= m < (start + days) * DAY_MINUTES)

    def _opening_in(
        self, spell: SpecialHours, schedule_id: int, day: int, minute: int, state: int
    ) -> Opening:
        """Return the state while special hours apply, with their reason."""
        if spell.promised:
            until, aim = self._next_changes(schedule_id, day, minute, state)
        else:
            until, aim = None, self._opens_anew(schedule_id, *divmod(spell.minutes[1], DAY_MINUTES))
        opens_at, closes_at = (None, aim) if state == OPEN else (aim, None)
        return Opening(STATES_BY_CODE[state], until, spell.reason, spell.values, opens_at, closes_at)

    def _opens_anew(self, schedule_id: int, day: int, minute: int) -> datetime | None:
        """Return when the place opens after it has closed by its own hours.

        The end of special hours alone does not promise that it opens.
        """
        state = int(self._rows.table[self._row_number(day, schedule_id), minute])
        if state == OPEN:
            closes_at = self._next_changes(schedule_id, day, minute, OPEN)[1]
            if closes_at is None:
                return None
            day, second = divmod(local_seconds(closes_at), _DAY_S)
            minute = second // 60
        return self._next_changes(schedule_id, day, minute, CLOSED)[1]

    def _opening_for_ever(self, schedule_id: int, state: int, day: int) -> Opening:
        if state == OPEN:
            return _ALWAYS_BY_DEFAULT if self._schedules[schedule_id].phrase.is_default else _ALWAYS
        return Opening(OpeningState.UNKNOWN, None, *self._reason(schedule_id, _date(day)))

    def _next_changes(
        self, schedule_id: int, day: int, minute: int, state: int
    ) -> tuple[datetime | None, datetime | None]:
        """Return the next change, and the next change to closed if open, otherwise to open."""
        until: datetime | None = None
        aim = CLOSED if state == OPEN else OPEN
        for ahead in range(_LOOK_AHEAD_DAYS + 1):
            for change, then in self._rows.changes[self._row_number(day + ahead, schedule_id)]:
                is_past = ahead == 0 and change <= minute
                if is_past or (until is None and then == state):
                    continue
                moment = _instant((day + ahead) * _DAY_S + change * 60 - _UTC_OFFSET_S)
                until = until or moment
                if then == aim:
                    return until, moment
        return until, None

    def _reason(self, schedule_id: int, day: date) -> tuple[str, Mapping[str, str]]:
        schedule = self._schedules[schedule_id]
        return reason_for_unknown(schedule.phrase, schedule.calendar, day)

    # Rows ------------------------------------------------------------------------------------

    def _states_on(
        self, day: int, ids: NDArray[np.intp], minutes: NDArray[np.intp] | np.intp
    ) -> NDArray[np.int8]:
        if np.ndim(minutes) == 0 and ids.size >= len(self._schedules) > 0:
            rows = self._rows_of(day, np.arange(len(self._schedules)))
            return np.asarray(self._rows.table[rows, minutes][ids], np.int8)  # evaluates each schedule once
        rows = self._rows_of(day, ids)
        return np.asarray(self._rows.table[rows[ids], minutes], np.int8)

    def _row_number(self, day: int, schedule_id: int) -> int:
        rows = self._dates.get(day)
        number = _MISSING if rows is None else int(rows[schedule_id])
        if number == _MISSING:
            number = int(self._rows_of(day, np.array([schedule_id], np.intp))[schedule_id])
        return number

    def _rows_of(self, day: int, ids: NDArray[np.intp]) -> NDArray[np.int32]:
        """Return the row number of every schedule on a date; compute the missing rows of ``ids``."""
        rows = self._dates.get(day)
        if rows is not None and not (rows[ids] == _MISSING).any():
            return rows
        with self._lock:
            of_weekday = self._weekdays[_weekday(day)]
            ordinary = is_ordinary(_date(day))
            rows = self._dates.get(day)
            if rows is None:
                rows = of_weekday.copy() if ordinary else np.full(len(self), _MISSING, np.int32)
                self._dates[day] = rows
                while len(self._dates) > _KEPT_DATES:
                    self._dates.popitem(last=False)
            wanted = np.unique(ids)
            for schedule_id in wanted[rows[wanted] == _MISSING]:
                rows[schedule_id] = self._rows.number(self._evaluate(int(schedule_id), day))
            if ordinary:
                np.copyto(of_weekday, rows, where=self._is_weekly)
            return rows

    def _evaluate(self, schedule_id: int, day: int) -> bytes:
        """Return the states of a day's minutes."""
        schedule = self._schedules[schedule_id]
        usual = day_states(schedule.phrase, schedule.calendar, _date(day))
        row = bytearray(usual)
        ending = [one for one in schedule.spells if one.minutes[1] == day * DAY_MINUTES and not one.doubts]
        for spell in schedule.spells:
            own = self._own_states(schedule, spell, day)
            spell.overlay_on(row, day, own)
            if spell in ending[-1:]:  # of several the later one replaced the others
                goes_on = self._own_states(schedule, spell, day - 1)[-1] == OPEN
                spell.overlay_on_morning_after(row, own, schedule.phrase, goes_on=goes_on)
        return bytes(row)

    def _own_states(self, schedule: _Schedule, spell: SpecialHours, day: int) -> bytes:
        """Return a day's minutes by the hours of a period."""
        phrase = schedule.phrase if spell.hours_text == USUAL_HOURS else spell.phrase
        if phrase is None:
            return bytes([CLOSED]) * DAY_MINUTES
        return day_states(phrase, schedule.calendar, _date(day), at_word=True)


def local_seconds(at: datetime) -> int:
    """Return the seconds on a clock at UTC+8 since 1970. *Raises*: ValueError for a naive datetime."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no offset; give an aware datetime")
    return int(at.timestamp() // 1) + _UTC_OFFSET_S


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _date(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=day)


def _weekday(day: int) -> int:
    return (day + 3) % 7  # 1970 began on a Thursday


@dataclass(frozen=True, slots=True)
class OpeningPeriod:
    """The opening state from an instant until the next period starts. *Units*: UTC."""

    start: datetime
    opening: "Opening"


def list_opening_periods(
    schedules: "Schedules", schedule_id: int, first: date, days: int
) -> tuple[OpeningPeriod, ...]:
    """Return the states of `Schedules.opening` over some civil days, from the first day's midnight on."""
    pieces: list[OpeningPeriod] = []
    for start in schedules.change_instants(schedule_id, first, days):
        opening = schedules.opening(schedule_id, start)
        if not pieces or pieces[-1].opening != opening:
            pieces.append(OpeningPeriod(start, opening))
    return tuple(pieces)
