"""Civil time: the clock on the wall and the calendar that birthdays, years and deadlines follow.

Eight hours ahead of UTC in Shanghai and Taipei alike, without summer time since 1992. What lies
before is a date only (a birthday, a day of joining), and a date keeps itself.
"""

from datetime import UTC, date, datetime, timedelta, timezone

CIVIL_TIME = timezone(timedelta(hours=8))
EARLIEST = date(1900, 1, 1)  # nobody's date lies before it: such a year is a slip of the pen (0026 for 2026)


def civil_date(instant: datetime) -> date:
    """The date at an aware instant."""
    return instant.astimezone(CIVIL_TIME).date()


def wall_clock(instant: datetime) -> str:
    """An instant as people read it, to the second: 2026-10-03 23:10:00+08:00."""
    return instant.astimezone(CIVIL_TIME).isoformat(sep=" ", timespec="seconds")


def start_of(day: date) -> datetime:
    """The instant, in UTC, at which a civil date begins."""
    return datetime(day.year, day.month, day.day, tzinfo=CIVIL_TIME).astimezone(UTC)
