"""Periods of limits and quotas, and the last day of a benefit."""

import re
from calendar import monthrange
from datetime import date, timedelta

from rules.model.every import rolling_days
from rules.model.span import Span

_DURATION = re.compile(r"P(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)W)?(?:([0-9]+)D)?")


def period_key(every: str | Span, day: date, programme: Span) -> str:
    """Return the name of the period of a day: 2026, 2026-Q2, 2026-05, a span, or the rule's lifetime.

    A rolling period has one name for all days (``rolling-365``): the days before each grant count.
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
    """Return the first and last day of the period of a day; a rolling period extends to both sides of it."""
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


def earliest_start_day(day: date, duration: str) -> date:
    """Return the first day such that a duration that begins then still lasts on ``day``."""
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
    """Return the last day of a duration that begins on ``start``; 31 January + P1M ends on the last of February.

    A duration that exceeds the calendar ends on its last day.
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
