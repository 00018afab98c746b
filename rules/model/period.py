"""Periods of limits and quotas, and how long a benefit lasts."""

import re
from calendar import monthrange
from datetime import date, timedelta

from rules.model.every import rolling_days
from rules.model.span import Span

_DURATION = re.compile(r"P(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)W)?(?:([0-9]+)D)?")


def period_key(every: str | Span, day: date, programme: Span) -> str:
    """The name of the period that a day falls into: 2026, 2026-Q2, 2026-05, a span, or the whole life.

    A rolling period has one name for all days (``rolling-365``): what counts are the days before each.
    """
    if isinstance(every, Span):
        return f"{every.since}..{every.until}"
    match every:
        case "calendar_year":
            return f"{day.year:04}"
        case "quarter":
            return f"{day.year:04}-Q{(day.month + 2) // 3}"
        case "month":
            return f"{day.year:04}-{day.month:02}"
        case "programme_period":
            return f"{programme.since}..{programme.until or ''}"
        case "once":
            return "once"
        case "rule_lifetime":
            return "lifetime"
    days = rolling_days(every)
    if days is None:
        raise ValueError(f"{every} is no period")
    return f"rolling-{days}"


def period_days(every: str | Span, day: date, programme: Span) -> tuple[date, date]:
    """The first and the last day of the period that a day falls into; of a rolling one both sides."""
    days = rolling_days(every)
    if days is not None:
        return _moved(day, 1 - days), _moved(day, days - 1)
    if isinstance(every, Span):
        return every.since, every.until or date.max
    match every:
        case "calendar_year":
            return date(day.year, 1, 1), date(day.year, 12, 31)
        case "quarter":
            first = (day.month - 1) // 3 * 3 + 1
            return date(day.year, first, 1), _end_of_month(day.year, first + 2)
        case "month":
            return day.replace(day=1), _end_of_month(day.year, day.month)
        case "programme_period":
            return programme.since, programme.until or date.max
    return date.min, date.max


def earliest_start(day: date, duration: str) -> date:
    """The first day from which on something that lasts for the duration still lasts on ``day``."""
    low, high = 1, day.toordinal()
    while low < high:
        middle = (low + high) // 2
        if last_day(date.fromordinal(middle), duration) >= day:
            high = middle
        else:
            low = middle + 1
    return date.fromordinal(low)


def _end_of_month(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _moved(day: date, days: int) -> date:
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


def last_day(start: date, duration: str) -> date:
    """The last day on which something lasts that begins on ``start``; 31 January + P1M is the last of February.

    Years beyond the calendar end on its last day.
    """
    matched = _DURATION.fullmatch(duration)
    assert matched, f"{duration} was let through as a duration"
    years, months, weeks, days = (int(part or 0) for part in matched.groups())
    total = start.year * 12 + start.month - 1 + years * 12 + months
    year, month = divmod(total, 12)
    if year > date.max.year:
        return date.max
    moved = date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
    room = (date.max - moved).days
    return moved + timedelta(days=min(weeks * 7 + days, room))
