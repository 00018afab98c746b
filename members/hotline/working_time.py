"""Deadlines in work-days, and clocks that stand still on days off and while a case is suspended. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.calendars import DayKind, WorkdayTable
from core.civil_time import civil_date, end_of_day, start_of_day

_SATURDAY = 5
_DAY = timedelta(days=1)
_ZERO = timedelta(0)
MOST_DAYS = 4_000  # no deadline is further away, whatever the calendar says


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which a clock stands still. A suspension has its end from the beginning."""

    since: datetime
    until: datetime


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
    return end_of_day(day)


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
    """Return the first instant at which so much time has counted; None if it is too far away."""
    left = running
    for since, until in _stretches(start, table, pauses):
        if until - since >= left:
            return since + left
        left -= until - since
    return None


def _stretches(
    start: datetime, table: WorkdayTable | None, pauses: Sequence[Pause]
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the stretches of time that count, in order."""
    ordered = sorted(pauses, key=lambda pause: pause.since)
    day = civil_date(start)
    for _ in range(MOST_DAYS):
        if table is None or is_workday(day, table):
            since, until = max(start, start_of_day(day)), end_of_day(day)
            for pause in ordered:
                if pause.since < until and pause.until > since:
                    if pause.since > since:
                        yield since, pause.since
                    since = max(since, pause.until)
            if since < until:
                yield since, until
        day += _DAY
