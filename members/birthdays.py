"""Birthdays: the civil date in the solar or the lunar calendar (docs/decisions/0013); the events of a day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any

from borax.calendars.lunardate import MIN_SOLAR_DATE, LCalendars, LunarDate
from sqlalchemy import Connection, Select, func, or_, select

from core.civil_time import civil_date, start_of_day
from members.history import CHANGE_COLUMNS, MemberChange, change_from_row, facts_on
from members.messages import BirthdayCalendar, FactValue
from members.tables import member_changes

FIRST_YEAR, LAST_YEAR = 1901, 2099
"""Years whose birthdays can be told in either calendar."""
_FEBRUARY_29 = (2, 29)
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Birthday:
    """A member's birthday. ``year`` is in its own calendar: a birthday in 腊月 falls in the next civil January."""

    member_id: str
    on: date
    calendar: BirthdayCalendar
    year: int

    def as_event(self, source: str) -> dict[str, object]:
        """Return the ``member.birthday`` event, CloudEvents 1.0; the same birthday has the same id."""
        return {
            "specversion": "1.0",
            "id": f"birthday-{self.member_id}-{self.on}-{self.calendar}",
            "source": source,
            "type": "member.birthday",
            "subject": self.member_id,
            "time": start_of_day(self.on).isoformat(),
            "datacontenttype": "application/json",
            "data": {"on": self.on.isoformat(), "calendar": self.calendar, "year": self.year},
        }


def solar_birthday(born: date, year: int) -> date:
    """Return the birthday in a civil year; for 29 February in common years, the last day of February.

    *Source*: Civil Code of the People's Republic of China, article 202 (a month without the day: its last).
    """
    if (born.month, born.day) == _FEBRUARY_29 and not _is_leap(year):
        return date(year, 2, 28)
    return born.replace(year=year)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@lru_cache(100_000)  # the number of dates of birth, for two years
def lunar_birthday(born: date, year: int) -> date:
    """Return the civil date of the birthday in a lunar year.

    A member born in a leap month celebrates in that leap month if the year has it, else in the month of
    the same number. A member born on a 30th celebrates on the 29th if the month has 29 days.
    """
    lunar = LunarDate.from_solar(born)
    leap = int(bool(lunar.leap) and LCalendars.leap_month(year) == lunar.month)
    last = LCalendars.ndays(year, lunar.month, leap)
    found: date = LunarDate(year, lunar.month, min(lunar.day, last), leap).to_solar_date()
    return found


def birthdays_between(
    born: date, calendar: BirthdayCalendar, first: date, last: date
) -> list[tuple[date, int]]:
    """Return the birthdays from one day to another, each with its year in its own calendar.

    The day of birth does not count. A member born before the table of lunar dates begins (31 January
    1900) celebrates by the solar calendar.
    """
    if calendar == "solar" or born < MIN_SOLAR_DATE:
        kept = [(solar_birthday(born, year), year) for year in range(first.year, last.year + 1)]
    else:
        years = range(_lunar_year(first), _lunar_year(last) + 1)
        kept = [(lunar_birthday(born, year), year) for year in years]
    return [(on, year) for on, year in kept if max(first, born + _A_DAY) <= on <= last]


@lru_cache(1_000)
def _lunar_year(day: date) -> int:
    year: int = LunarDate.from_solar(day).year
    return year


def member_birthdays(
    member_id: str, facts: Mapping[str, FactValue], first: date, last: date
) -> list[Birthday]:
    """Return a member's birthdays from one day to another; none if the member is on no roll or has left."""
    born, calendar = facts["member.birthday"], facts["member.birthday_calendar"]
    if not isinstance(born, date) or facts["member.status"] in ("none", "left"):
        return []
    kept: BirthdayCalendar = "lunar" if calendar == "lunar" else "solar"
    return [Birthday(member_id, on, kept, year) for on, year in birthdays_between(born, kept, first, last)]


_PAGE_ROWS = 2_000


def count_birthday_candidates(connection: Connection, days: Sequence[date]) -> int:
    """Return how many members ``find_birthdays`` will examine."""
    return connection.execute(select(func.count()).select_from(_candidates(days).subquery())).scalar_one()


def find_birthdays(connection: Connection, days: Sequence[date]) -> Iterator[tuple[int, list[Birthday]]]:
    """Yield the birthdays of each candidate member on some days, with the number of members examined.

    ``days`` are consecutive and ascend. Each day's birthdays follow from the member's facts on that day.
    """
    rows = connection.execution_options(yield_per=_PAGE_ROWS).execute(_changes(days))
    by_member = groupby((change_from_row(row) for row in rows), key=lambda change: change.member_id)
    for number, (member_id, changes) in enumerate(by_member, 1):
        yield number, _birthdays(member_id, list(changes), days)


def _birthdays(member_id: str, changes: Sequence[MemberChange], days: Sequence[date]) -> list[Birthday]:
    """Return a member's birthdays; fold the facts once if nothing changes within the days, the usual case."""
    if all(civil_date(change.effective_at) <= days[0] for change in changes):
        return member_birthdays(member_id, facts_on(changes, days[0]), days[0], days[-1])
    return [found for day in days for found in member_birthdays(member_id, facts_on(changes, day), day, day)]


def _candidates(days: Sequence[date]) -> Select[tuple[str]]:
    """Select members whose date of birth may match a day, or who celebrate by the lunar calendar."""
    dates = {f"{day:%m-%d}" for day in days} | {"02-29"}
    months = {f"{day:%m}" for day in days}
    patterns = [f"____-{month}-__" for month in months] if len(dates) > 10 else [f"____-{d}" for d in dates]
    texts = [f'%"birthday":"{pattern}"%' for pattern in sorted({*patterns, "____-02-29"})]
    texts.append('%"birthday_calendar":"lunar"%')
    return (
        select(member_changes.c.member_id)
        .where(or_(*(member_changes.c.changes.like(text) for text in texts)))
        .distinct()
    )


def _changes(days: Sequence[date]) -> Select[Any]:
    return (
        select(*CHANGE_COLUMNS)
        .where(member_changes.c.member_id.in_(_candidates(days)))
        .order_by(member_changes.c.member_id, member_changes.c.sequence)
    )
