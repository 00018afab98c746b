"""Civil dates: the calendar that birthdays, years and deadlines follow."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
EARLIEST = date(1900, 1, 1)  # nobody's date lies before it: such a year is a slip of the pen (0026 for 2026)


def civil_date(instant: datetime) -> date:
    """The date in Asia/Shanghai at an aware instant."""
    return instant.astimezone(SHANGHAI).date()


def start_of(day: date) -> datetime:
    """The instant, in UTC, at which a civil date begins in Asia/Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)
