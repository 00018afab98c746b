"""Deadlines in work-days, and clocks that stand still on days off and while a case is suspended. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.civil_time import civil_date, start_of_day
from geo.calendars import DayKind, WorkdayTable

_SATURDAY = 5
_DAY = timedelta(days=1)
_ZERO = timedelta(0)
MOST_DAYS = 4_000  # no deadline is further away, whatever the calendar says


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which a clock stands still; ``until`` is None as long as it does."""

    since: datetime
    until: datetime | None = None


def is_workday(day: date, table: WorkdayTable) -> bool:
    """Return whether a day counts. Where no table says it, Monday to Friday count: nobody waits longer for that."""
    kind = table.kind_of_day(day)
    return day.weekday() < _SATURDAY if kind is DayKind.UNKNOWN else kind is DayKind.WORKDAY


def compute_due(start: datetime, work_days: int, table: WorkdayTable) -> datetime:
    """Return the end of the last of so many work-days after the day of ``start``, which doesn't count.

    *Source*: Civil Code of the People's Republic of China, articles 201 and 203.
    """
    day = civil_date(start)
    for _ in range(MOST_DAYS):
        if work_days <= 0:
            break
        day += _DAY
        work_days -= is_workday(day, table)
    return start_of_day(day + _DAY)


def count_running(
    start: datetime, end: datetime, table: WorkdayTable | None, pauses: Sequence[Pause] = ()
) -> timedelta:
    """Return the time between two instants that counts: on work-days (None: on every day), outside of pauses."""
    total = _ZERO
    for since, until in _stretches(start, table, pauses):
        if since >= end:
            break
        total += min(until, end) - since
    return total


def find_instant(
    start: datetime, running: timedelta, table: WorkdayTable | None, pauses: Sequence[Pause] = ()
) -> datetime | None:
    """Return the first instant at which so much time has counted; None while an open pause keeps it away."""
    left = running
    for since, until in _stretches(start, table, pauses):
        if until - since >= left:
            return since + left
        left -= until - since
    return None


def _stretches(
    start: datetime, table: WorkdayTable | None, pauses: Sequence[Pause]
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the stretches of time that count, in order; they end where a pause is open."""
    closed = sorted(
        ((one.since, one.until) for one in pauses if one.until is not None), key=lambda pair: pair[0]
    )
    stop = min((one.since for one in pauses if one.until is None), default=None)
    day = civil_date(start)
    for _ in range(MOST_DAYS):
        if table is None or is_workday(day, table):
            since, until = max(start, start_of_day(day)), start_of_day(day + _DAY)
            for begun, ended in closed:
                if begun < until and ended > since:
                    if begun > since:
                        yield from _before(since, begun, stop)
                    since = max(since, ended)
            yield from _before(since, until, stop)
        day += _DAY
        if stop is not None and start_of_day(day) > stop:
            return


def _before(since: datetime, until: datetime, stop: datetime | None) -> Iterator[tuple[datetime, datetime]]:
    end = until if stop is None else min(until, stop)
    if since < end:
        yield since, end
