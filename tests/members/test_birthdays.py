"""On which day a birthday is kept, and the feed of a whole roll."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

import pytest
from borax.calendars.lunardate import MIN_SOLAR_DATE, LCalendars, LunarDate
from hypothesis import given
from hypothesis import strategies as st

from core.civil_time import EARLIEST_DATE, find_anniversary
from members import (
    MemberChange,
    birthdays_between,
    count_birthday_candidates,
    find_birthdays,
    record_member_changes,
)
from members.birthdays import (
    FIRST_YEAR,
    LAST_YEAR,
    _lunar_births,
    _solar_births,
    lunar_birthday,
)
from members.message_fields import BirthdayCalendar
from store import Database
from tests.profile import searched
from tests.tiers import ENDURES


def birthday_on(born: date, calendar: BirthdayCalendar, day: date) -> int | None:
    """The year whose birthday a day is."""
    found = birthdays_between(born, calendar, day, day)
    return found[0][1] if found else None


@pytest.mark.parametrize(
    ("born", "year", "kept"),
    [
        (date(1990, 1, 27), 2026, date(2026, 2, 17)),  # 正月初一: the Spring Festival
        (date(1990, 10, 3), 2026, date(2026, 9, 25)),  # 八月十五: Mid-Autumn
        (date(1990, 1, 26), 2025, date(2026, 2, 16)),  # 腊月三十, kept on 腊月廿九 of a short month
        (date(1990, 1, 26), 2024, date(2025, 1, 28)),
        (date(2020, 5, 23), 2026, date(2026, 5, 17)),  # 闰四月初一: no such leap month, so 四月初一
        (date(2001, 5, 23), 2020, date(2020, 5, 23)),  # 闰四月初一, and 2020 has that leap month
        (date(2001, 4, 23), 2020, date(2020, 4, 23)),  # 四月初一 itself stays in the ordinary month
        (date(2001, 5, 23), 2025, date(2025, 4, 28)),  # 2025 has another leap month
    ],
)
def test_a_lunar_birthday_falls_in_its_leap_month_or_else_in_the_ordinary_one(
    born: date, year: int, kept: date
) -> None:
    assert lunar_birthday(born, year) == kept


def lunar_oracle(born: date, day: date) -> int | None:
    """Look through every day of the lunar year of a day: the exact date, else the nearest that custom allows."""
    wanted = LunarDate.from_solar(born)
    year = LunarDate.from_solar(day).year
    start = LunarDate(year, 1, 1).to_solar_date()
    dates = {start + timedelta(days=n): LunarDate.from_solar(start + timedelta(days=n)) for n in range(390)}
    own = {on: lunar for on, lunar in dates.items() if lunar.year == year and lunar.month == wanted.month}
    leap = {on: lunar for on, lunar in own.items() if bool(lunar.leap) == bool(wanted.leap)}
    month = leap or {on: lunar for on, lunar in own.items() if not lunar.leap}
    exact = [on for on, lunar in month.items() if lunar.day == wanted.day]
    kept = exact[0] if exact else max(month)
    return year if kept == day and day > born else None


@searched(120)
@given(
    born=st.dates(date(1950, 1, 1), date(2010, 12, 31)),
    offset=st.integers(-2, 2),
    year=st.integers(2011, 2060),
)
def test_a_birthday_by_the_moon_is_the_one_that_a_look_through_the_year_finds(
    born: date, offset: int, year: int
) -> None:
    day = lunar_birthday(born, year) + timedelta(days=offset)
    assert birthday_on(born, "lunar", day) == lunar_oracle(born, day)


CALENDARS: tuple[BirthdayCalendar, ...] = ("solar", "lunar")


@searched(200)
@given(born=st.dates(date(1930, 1, 1), date(2008, 12, 31)), first=st.integers(2010, 2060))
def test_every_year_of_a_calendar_has_exactly_one_birthday(born: date, first: int) -> None:
    for calendar in CALENDARS:
        found = birthdays_between(born, calendar, date(first, 1, 1), date(first + 3, 12, 31))
        years = [year for _, year in found]
        assert years == list(range(years[0], years[0] + len(years)))
        assert 3 <= len(years) <= 5  # four civil years reach into five lunar ones
        assert first - 1 <= years[0] <= first
        for on, year in found:
            assert birthday_on(born, calendar, on) == year


def test_the_day_of_birth_is_no_birthday_and_nobody_has_one_before() -> None:
    assert birthday_on(date(2000, 5, 1), "solar", date(2000, 5, 1)) is None
    assert birthday_on(date(2000, 5, 1), "solar", date(1999, 5, 1)) is None
    assert birthday_on(date(2000, 5, 1), "solar", date(2001, 5, 1)) == 2001


def test_who_was_born_before_the_lunar_table_keeps_the_birthday_by_the_sun() -> None:
    assert birthday_on(date(1900, 1, 15), "lunar", date(1999, 1, 15)) == 1999


def test_the_bounds_are_years_that_the_table_holds() -> None:
    for year in (FIRST_YEAR, LAST_YEAR):
        for born in (date(1900, 1, 31), date(2000, 12, 31), date(2020, 5, 23)):
            assert birthday_on(born, "lunar", date(year, 12, 31)) in (None, year)
            assert birthday_on(born, "lunar", date(year, 1, 1)) in (None, year - 1)
    assert LCalendars.leap_month(2020) == 4


# ---- the feed ---------------------------------------------------------------------------------
def change(member: str, day: date, **values: str) -> MemberChange:
    at = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    kind = "member.joined" if values.get("status") == "active" else "member.profile_changed"
    return MemberChange(member, at, kind, "/test", f"{member}-{day}", values)


def fed(database: Database, *days: date) -> list[tuple[str, str, str, int]]:
    with database.read() as connection:
        return [
            (one.member_id, str(one.on), one.calendar, one.year)
            for _, found in find_birthdays(connection, days)
            for one in found
        ]


START = date(2020, 1, 1)
NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def roll(database: Database) -> Database:
    enrolled = {
        "m-may": "1990-05-20",
        "m-other": "1990-05-21",
        "m-leap": "1996-02-29",
        "m-left": "1990-05-20",
        "m-back": "1990-05-20",
        "m-moon": "1990-10-03",  # 八月十五
        "m-changed": "1990-05-20",
    }
    changes = [change(who, START, status="active", birthday=born) for who, born in enrolled.items()]
    changes += [
        change("m-nobody", START, status="active"),
        change("m-left", date(2026, 5, 20), status="left"),
        change("m-back", date(2024, 1, 1), status="left"),
        change("m-back", date(2026, 5, 20), status="active"),
        change("m-moon", date(2024, 1, 1), birthday_calendar="lunar"),
        change("m-changed", date(2026, 5, 10), birthday="1990-05-08"),
    ]
    with database.write() as connection:
        record_member_changes(connection, changes, NOW)
    return database


@pytest.mark.both_databases
def test_a_day_has_the_birthdays_of_those_who_are_members_on_it(roll: Database) -> None:
    assert fed(roll, date(2026, 5, 20)) == [
        ("m-back", "2026-05-20", "solar", 2026),
        ("m-may", "2026-05-20", "solar", 2026),
    ]
    assert [who for who, *_ in fed(roll, date(2025, 5, 20))] == ["m-changed", "m-left", "m-may"]


def test_each_day_of_a_month_is_told_as_the_members_were_known_on_it(roll: Database) -> None:
    may = [date(2026, 5, number) for number in range(1, 32)]
    assert [(who, on) for who, on, *_ in fed(roll, *may)] == [
        ("m-back", "2026-05-20"),
        ("m-may", "2026-05-20"),
        ("m-other", "2026-05-21"),
    ]  # and not m-changed: on the 8th it was thought to be the 20th, on the 20th the 8th


@pytest.mark.deeper
def test_a_month_is_the_sum_of_its_days(roll: Database) -> None:
    months = ((2026, 5), (2025, 2), (2024, 2), (2026, 9), (2025, 5), (2025, 10))
    for year, month in months if ENDURES else months[:2]:
        days = [date(year, month, 1) + timedelta(days=n) for n in range(monthrange(year, month)[1])]
        assert sorted(fed(roll, *days)) == sorted(one for day in days for one in fed(roll, day))


def test_february_29_and_the_moon_are_found_too(roll: Database) -> None:
    assert fed(roll, date(2025, 2, 28)) == [("m-leap", "2025-02-28", "solar", 2025)]
    assert fed(roll, date(2024, 2, 28)) == []
    assert fed(roll, date(2024, 2, 29)) == [("m-leap", "2024-02-29", "solar", 2024)]
    assert fed(roll, date(2026, 9, 25)) == [("m-moon", "2026-09-25", "lunar", 2026)]
    assert fed(roll, date(2026, 10, 3)) == []
    assert [who for who, *_ in fed(roll, date(2023, 10, 3))] == ["m-moon"]  # when it was kept by the sun


def test_only_those_are_looked_at_whose_birthday_it_may_be(roll: Database) -> None:
    with roll.read() as connection:
        assert count_birthday_candidates(connection, [date(2026, 7, 1)]) == 0
        assert count_birthday_candidates(connection, [date(2026, 9, 25)]) == 1
        assert count_birthday_candidates(connection, [date(2026, 5, 20)]) == 4  # not who was born on the 21st


@searched(150)
@given(
    born=st.dates(date(1899, 12, 1), date(2020, 12, 31)),
    calendar=st.sampled_from(CALENDARS),
    year=st.integers(1990, 2060),
    offset=st.integers(-1, 1),
)
def test_the_index_is_asked_for_every_date_of_birth_that_a_birthday_may_have(
    born: date, calendar: BirthdayCalendar, year: int, offset: int
) -> None:
    kept = (
        find_anniversary(born, year)
        if calendar == "solar"
        else lunar_birthday(max(born, MIN_SOLAR_DATE), year)
    )
    day = kept + timedelta(days=offset)
    if born < EARLIEST_DATE or birthday_on(born, calendar, day) is None:
        return
    assert born in (_lunar_births([day]) if calendar == "lunar" else _solar_births([day]))
