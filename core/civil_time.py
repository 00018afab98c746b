"""Civil time: the local clock and calendar that birthdays, years and deadlines follow.

It is UTC+8 in Shanghai and Taipei alike, without summer time since 1992. Anything earlier is stored as
a date only (a birthday, a day of joining), and a date needs no time zone.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

CIVIL_TIME = timezone(timedelta(hours=8))
EARLIEST_DATE = date(1900, 1, 1)  # no valid date is earlier; such a year is a typing error (0026 for 2026)


def civil_date(instant: datetime) -> date:
    """Return the civil date at an aware instant."""
    return instant.astimezone(CIVIL_TIME).date()


def format_wall_clock(instant: datetime) -> str:
    """Format an instant in civil time, to the second: 2026-10-03 23:10:00+08:00."""
    return instant.astimezone(CIVIL_TIME).isoformat(sep=" ", timespec="seconds")


def start_of_day(day: date) -> datetime:
    """Return the instant, in UTC, at which a civil date begins."""
    return datetime(day.year, day.month, day.day, tzinfo=CIVIL_TIME).astimezone(UTC)


@lru_cache(maxsize=4_096)  # most stations of one answer have the same instant
def format_civil_instant(instant: datetime) -> str:
    """Format an instant in civil time, as ISO 8601 with its offset."""
    return instant.astimezone(CIVIL_TIME).isoformat(timespec="seconds")
