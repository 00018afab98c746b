"""Periods of limits and quotas, and how long a benefit lasts."""

import re
from calendar import monthrange
from datetime import date, timedelta

from rules.every import rolling_days
from rules.span import Span

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
