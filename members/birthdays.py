"""On which day a birthday is kept, by the sun or by the moon (docs/decisions/0013)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from borax.calendars.lunardate import MIN_SOLAR_DATE, LCalendars, LunarDate

from core.civil_time import start_of
from members.messages import BirthdayCalendar, Value

FIRST_YEAR, LAST_YEAR = 1901, 2099
"""Years whose birthdays can be told in either calendar."""
_FEBRUARY_29 = (2, 29)
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Birthday:
    """A member's birthday. ``year`` is its own calendar's: one of 腊月 lies in the next civil January."""

    member_id: str
    on: date
    calendar: BirthdayCalendar
    year: int

    def as_event(self, source: str) -> dict[str, object]:
        """The ``member.birthday`` event, CloudEvents 1.0; the same birthday gives the same id."""
        return {
            "specversion": "1.0",
            "id": f"birthday-{self.member_id}-{self.on}-{self.calendar}",
            "source": source,
            "type": "member.birthday",
            "subject": self.member_id,
            "time": start_of(self.on).isoformat(),
            "datacontenttype": "application/json",
            "data": {"on": self.on.isoformat(), "calendar": self.calendar, "year": self.year},
        }


def birthday_in(born: date, year: int) -> date:
    """The birthday of a civil year; who was born on 29 February keeps it on the last day of February.

    *Source*: Civil Code of the People's Republic of China, article 202 (a month without the day: its last).
    """
    if (born.month, born.day) == _FEBRUARY_29 and not _is_leap(year):
        return date(year, 2, 28)
    return born.replace(year=year)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@lru_cache(100_000)  # as many as there are dates of birth in two years
def lunar_birthday_in(born: date, year: int) -> date:
    """The birthday of a lunar year, as the civil date on which it falls.

    Who was born in a leap month keeps it in that leap month where the year has it, else in the month of the
    same number; who was born on a 30th, where the month has 29 days, on its last.
    """
    lunar = LunarDate.from_solar(born)
    leap = int(bool(lunar.leap) and LCalendars.leap_month(year) == lunar.month)
    last = LCalendars.ndays(year, lunar.month, leap)
    found: date = LunarDate(year, lunar.month, min(lunar.day, last), leap).to_solar_date()
    return found


def birthdays_between(
    born: date, calendar: BirthdayCalendar, first: date, last: date
) -> list[tuple[date, int]]:
    """The birthdays from a day to another, each with the year, in its calendar, that it belongs to.

    The day of birth is none. Who was born before the table of lunar dates begins (31 January 1900) keeps
    the birthday by the sun.
    """
    if calendar == "solar" or born < MIN_SOLAR_DATE:
        kept = [(birthday_in(born, year), year) for year in range(first.year, last.year + 1)]
    else:
        years = range(_lunar_year(first), _lunar_year(last) + 1)
        kept = [(lunar_birthday_in(born, year), year) for year in years]
    return [(on, year) for on, year in kept if max(first, born + _A_DAY) <= on <= last]


@lru_cache(1_000)
def _lunar_year(day: date) -> int:
    year: int = LunarDate.from_solar(day).year
    return year


def birthdays_of(member_id: str, facts: Mapping[str, Value], first: date, last: date) -> list[Birthday]:
    """The birthdays from a day to another of a member who is on a roll; none for one who has left."""
    born, calendar = facts["member.birthday"], facts["member.birthday_calendar"]
    if not isinstance(born, date) or facts["member.status"] in ("none", "left"):
        return []
    kept: BirthdayCalendar = "lunar" if calendar == "lunar" else "solar"
    return [Birthday(member_id, on, kept, year) for on, year in birthdays_between(born, kept, first, last)]
