"""Civil time: the local clock and calendar that birthdays, years and deadlines follow.

It is UTC+8 in Shanghai and Taipei alike, without summer time since 1992. Anything earlier is stored as
a date only (a birthday, a day of joining), and a date needs no time zone.
"""

import re
import unicodedata
from calendar import isleap, monthrange
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

from core.faults import Fault, FaultTable
from core.text_marks import N_

CIVIL_TIME = timezone(timedelta(hours=8))
HOURS_A_WEEK = 168
EARLIEST_DATE = date(1900, 1, 1)  # no valid date is earlier; such a year is a typing error (0026 for 2026)
DATE_FAULTS = FaultTable(
    "date",
    {
        "no_date": (
            N_("“{value}” is no date that can be read without a doubt"),
            N_("write it like 2026-03-01, or format the cell as a date"),
        ),
        "future": (
            N_("{value} lies after today, but the column is about what has been"),
            N_("correct the date"),
        ),
    },
)

_MOMENT = re.compile(
    r"(?:(?P<year>[0-9]{4})|(?:中[华華])?民[国國] ?(?P<republic>[0-9]{1,3}))(?:"
    r"(?P<separator>[-/.])(?P<month>[0-9]{1,2})(?P=separator)(?P<day>[0-9]{1,2})"
    r"| ?年 ?(?P<month_zh>[0-9]{1,2}) ?月 ?(?P<day_zh>[0-9]{1,2}) ?(?:[日号號]|(?![0-9]))"
    r"|(?<=[0-9]{4})(?P<month_plain>[0-9]{2})(?P<day_plain>[0-9]{2}))"
    r"(?:(?:[T ]+|(?<=[日号號]))(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]+)?)?"
    r"(?P<zone> ?Z| ?[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_LOST_PLUS = re.compile(r"(:\d\d(?:\.\d+)?) \+?(\d\d:?\d\d)$")
# In a row that was shifted a date's cell may hold an ID number or a phone.
_PERSONAL_DIGITS = re.compile(r"\d{9,}[Xx]?")
_BEFORE_THE_REPUBLIC = 1911  # years; 民国1年 is 1912


def parse_civil_date(text: str) -> date | None:
    """Return the date that a person or a program wrote: 2026-10-03, 2026/10/3, 2026.10.3, 2026年10月3日, 民国115年10月3日
    or 20261003.

    Full-width characters count as plain ones. A time of day behind the date is skipped, unless it names its zone.
    None if the text is no date or one before 1900, has another order, or could be read as two dates (2026113, 20.3.8)
    or as a number (43898).
    """
    found = _parse_moment(text)
    return found[0].date() if found else None


def parse_past_date(text: str, today: date | None) -> date | Fault:
    """Return the date in a column about the past, or its fault, also for a date after today."""
    day = parse_civil_date(text)
    if day is None:
        return DATE_FAULTS.build("no_date", value=_PERSONAL_DIGITS.sub("…", text)[:40])
    if today is not None and day > today:
        return DATE_FAULTS.build("future", value=text[:40])
    return day


def parse_civil_instant(text: str) -> datetime | None:
    """Return the instant of a date with a time of day, in the forms of `parse_civil_date`; without a zone it is civil time.

    None if the text has no time of day.
    """
    found = _parse_moment(text)
    return found[0] if found and found[1] else None


def restore_offset_sign(text: str) -> str:
    """Return an instant with the + of its offset, which arrives as a blank in an address; the one before the time stays.

    >>> restore_offset_sign("2026-10-01 08:00"), restore_offset_sign("2026-10-01 08:00 08:00")
    ('2026-10-01 08:00', '2026-10-01 08:00+08:00')
    """
    return _LOST_PLUS.sub(r"\1+\2", text)


def _parse_moment(text: str) -> tuple[datetime, bool] | None:
    """Return the civil time of a date, and whether a time of day stands there."""
    matched = _MOMENT.fullmatch(" ".join(unicodedata.normalize("NFKC", text).split()))
    if matched is None:
        return None
    parts = {name: value for name, value in matched.groupdict().items() if value}
    year = int(parts["year"]) if "year" in parts else int(parts["republic"]) + _BEFORE_THE_REPUBLIC
    month, day = (
        next(int(value) for name, value in parts.items() if name.startswith(one)) for one in ("month", "day")
    )
    hour, minute, second = (int(parts.get(name, 0)) for name in ("hour", "minute", "second"))
    zone = parts.get("zone", "").strip().replace("Z", "+00:00")
    try:
        tz = datetime.strptime(zone.replace(":", "").ljust(5, "0"), "%z").tzinfo if zone else CIVIL_TIME
        moment = datetime(year, month, day, hour, minute, second, tzinfo=tz).astimezone(CIVIL_TIME)
    except (ValueError, OverflowError):
        return None
    return (moment, "hour" in parts) if moment.date() >= EARLIEST_DATE else None


def civil_date(instant: datetime) -> date:
    """Return the civil date at an aware instant."""
    return instant.astimezone(CIVIL_TIME).date()


def find_anniversary(day: date, year: int) -> date:
    """Return the day in a year on which a year from a date is complete: of 29 February, the last of February.

    *Source*: Civil Code of the People's Republic of China, article 202 (a month without the day: its last).
    """
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return day.replace(year=year)


def add_months(day: date, months: int) -> date:
    """Return the same day some months later; the month's last day if it lacks the day.

    *Raises*: ValueError beyond the calendar. *Source*: Civil Code, article 202.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def full_years(start: date, end: date) -> int:
    """Return the full years from a date to another: one more on each anniversary by the solar calendar.

    It is the age of a person born on ``start``. *Source*: Civil Code, article 200 (years are solar).
    """
    return end.year - start.year - (end < find_anniversary(start, end.year))


def full_months(start: date, end: date) -> int:
    """Return the full months from a date to another, as `add_months` counts; negative when ``end`` comes first."""
    if end < start:
        return -full_months(end, start)
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - (end < add_months(start, months))


def hour_of_week(instant: datetime) -> int:
    """Return the hour of the civil week in which an aware instant lies; 0 is Monday 00:00.

    *Raises*: ValueError for a naive time.
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone")
    local = instant.astimezone(CIVIL_TIME)
    return local.weekday() * 24 + local.hour


def monday_of(instant: datetime) -> date:
    """Return the Monday of the civil week of an instant."""
    day = civil_date(instant)
    return date.fromordinal(day.toordinal() - day.weekday())


def format_wall_clock(instant: datetime) -> str:
    """Format an instant in civil time, to the second: 2026-10-03 23:10:00+08:00."""
    return instant.astimezone(CIVIL_TIME).isoformat(sep=" ", timespec="seconds")


def format_civil_minute(instant: datetime) -> str:
    """Format an instant as a wall clock shows it, to the minute: 2026-10-03 23:10."""
    return f"{instant.astimezone(CIVIL_TIME):%Y-%m-%d %H:%M}"


def start_of_day(day: date) -> datetime:
    """Return the instant, in UTC, at which a civil date begins."""
    return datetime(day.year, day.month, day.day, tzinfo=CIVIL_TIME).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """Return the instant, in UTC, at which a civil date is over, which is when the next one begins."""
    return start_of_day(day + timedelta(days=1))


@lru_cache(maxsize=4_096)  # most stations of one answer have the same instant
def format_civil_instant(instant: datetime) -> str:
    """Format an instant in civil time, as ISO 8601 with its offset."""
    return instant.astimezone(CIVIL_TIME).isoformat(timespec="seconds")
