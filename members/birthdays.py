"""Birthdays: the civil date in the solar or the lunar calendar (docs/decisions/0046)."""

from calendar import isleap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from borax.calendars.lunardate import MIN_SOLAR_DATE, LCalendars, LunarDate
from sqlalchemy import Connection

from core.civil_time import EARLIEST_DATE, civil_date, find_anniversary
from members.dated_changes import count_members_by_date, iter_members_by_date
from members.history import NOT_MEMBERS, MemberChange, facts_on, read_member_changes
from members.message_fields import BirthdayCalendar, FactValue

FIRST_YEAR, LAST_YEAR = 1901, 2099
"""Years whose birthdays can be told in either calendar."""
_LAST_OF_SHORT_MONTH = 29
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Birthday:
    """A member's birthday. ``year`` is in its own calendar: a birthday in 腊月 falls in the next civil January."""

    member_id: str
    on: date
    calendar: BirthdayCalendar
    year: int


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
        kept = [(find_anniversary(born, year), year) for year in range(first.year, last.year + 1)]
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
    if not isinstance(born, date) or facts["member.status"] in NOT_MEMBERS:
        return []
    kept: BirthdayCalendar = "lunar" if calendar == "lunar" else "solar"
    return [Birthday(member_id, on, kept, year) for on, year in birthdays_between(born, kept, first, last)]


def count_birthday_candidates(connection: Connection, days: Sequence[date]) -> int:
    """Return how many members ``find_birthdays`` will examine."""
    return count_members_by_date(connection, "birthday", _solar_births(days)) + count_members_by_date(
        connection, "birthday", _lunar_births(days), only_lunar=True
    )


def find_birthdays(connection: Connection, days: Sequence[date]) -> Iterator[tuple[int, list[Birthday]]]:
    """Yield the birthdays on some days, page by page, with the number of members examined so far.

    ``days`` are consecutive and ascend. Each day's birthdays follow from the member's facts on that day.
    """
    candidates = (
        ("solar", iter_members_by_date(connection, "birthday", _solar_births(days), days[0])),
        (
            "lunar",
            iter_members_by_date(connection, "birthday", _lunar_births(days), days[0], only_lunar=True),
        ),
    )
    for calendar, pages in candidates:
        before: set[tuple[str, str]] = set()  # the index has equal rows side by side: two pages at most
        for page in pages:
            known = read_member_changes(connection, page.others) if page.others else {}
            found, now = [], set()
            for member, values, is_plain in page.rows:
                if is_plain:
                    if values.get("birthday_calendar", "solar") == calendar:
                        found += _plain_birthdays(member, values, days)
                    continue
                key = member, values["birthday"]
                if key in before or key in now:
                    continue
                now.add(key)
                kept = _birthdays(member, known[member], days, date.fromisoformat(values["birthday"]))
                found += [one for one in kept if one.calendar == calendar]
            yield page.examined, found
            before = now


def _plain_birthdays(member_id: str, values: Mapping[str, str], days: Sequence[date]) -> list[Birthday]:
    """Return the birthdays of a member of whom one change is known: the usual case, without folding facts.

    On one day the index has answered for the date of birth; only the calendar and the status are left.
    """
    status, calendar = values.get("status", "none"), values.get("birthday_calendar", "solar")
    if status in NOT_MEMBERS:
        return []
    if len(days) == 1 and calendar == "solar":
        return [Birthday(member_id, days[0], "solar", days[0].year)]
    facts: dict[str, FactValue] = {
        "member.birthday": date.fromisoformat(values["birthday"]),
        "member.birthday_calendar": calendar,
        "member.status": status,
    }
    return member_birthdays(member_id, facts, days[0], days[-1])


def _birthdays(
    member_id: str, changes: Sequence[MemberChange], days: Sequence[date], born: date
) -> list[Birthday]:
    """Return the birthdays on which this is the member's date of birth.

    The facts are folded once if nothing changes within the days, the usual case.
    """
    if all(civil_date(change.effective_at) <= days[0] for change in changes):
        spans = [(facts_on(changes, days[0]), days[0], days[-1])]
    else:
        spans = [(facts_on(changes, day), day, day) for day in days]
    return [
        found
        for facts, first, last in spans
        if facts["member.birthday"] == born
        for found in member_birthdays(member_id, facts, first, last)
    ]


def _solar_births(days: Sequence[date]) -> set[date]:
    """Return the dates of birth whose solar birthday is on one of the days."""
    born = {
        day.replace(year=year)
        for day in days
        for year in range(EARLIEST_DATE.year, day.year)
        if (day.month, day.day) != (2, 29) or isleap(year)
    }
    last_of_february = [day for day in days if (day.month, day.day) == (2, 28) and not isleap(day.year)]
    return born | {
        date(year, 2, 29)
        for day in last_of_february
        for year in range(EARLIEST_DATE.year, day.year)
        if isleap(year)
    }


def _lunar_births(days: Sequence[date]) -> set[date]:
    """Return the dates of birth whose birthday is on one of the days if the member chose the lunar calendar."""
    early = {born for born in _solar_births(days) if born < MIN_SOLAR_DATE}
    return early | {born for day in days if day >= MIN_SOLAR_DATE for born in _lunar_births_of(day)}


@lru_cache(64)
def _lunar_births_of(day: date) -> frozenset[date]:
    lunar = LunarDate.from_solar(day)
    numbers = {lunar.day, 30} if lunar.day == _LAST_OF_SHORT_MONTH else {lunar.day}
    dates = (
        LunarDate(year, lunar.month, number, leap).to_solar_date()
        for year in range(MIN_SOLAR_DATE.year, lunar.year + 1)
        for leap in ((0, 1) if LCalendars.leap_month(year) == lunar.month else (0,))
        for number in numbers
        if number <= LCalendars.ndays(year, lunar.month, leap)
    )
    return frozenset(born for born in dates if born < day and lunar_birthday(born, lunar.year) == day)
