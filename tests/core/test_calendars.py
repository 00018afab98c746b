"""Days off and make-up work-days against the State Council's notices."""

import json
from datetime import date
from pathlib import Path

import chinese_calendar
import pytest

from core.calendars import Calendar, DayKind, Festival, workday_table

SHARED = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.mark.needs("shared")
@pytest.mark.parametrize("year", range(2015, 2027))
def test_the_mainland_table_says_what_the_notices_say(year: int) -> None:
    # Notices of the year after name days of this one too (the end of December).
    papers = [SHARED / "holidays" / f"{y}.json" for y in (year, year + 1)]
    days = [d for p in papers if p.exists() for d in json.loads(p.read_text(encoding="utf-8"))["days"]]
    here = [d for d in days if d["date"].startswith(str(year))]
    table = workday_table(Calendar.CN)
    off = {date.fromisoformat(d["date"]) for d in here if d["isOffDay"]}
    makeup = {date.fromisoformat(d["date"]) for d in here if not d["isOffDay"]}
    assert off, "no notice read"
    # A notice may list an ordinary weekend day inside a run of days off; that changes nothing.
    assert {d for d in off ^ _of(table.days_off, year) if d.weekday() < 5} == set()
    # In 2020 the notice also names a Monday as a work-day, after the lengthened Spring Festival.
    assert {d for d in makeup if d.weekday() >= 5} == _of(table.makeup_days, year)
    assert all(table.kind_of_day(d) is DayKind.DAY_OFF for d in off)
    assert all(table.kind_of_day(d) is DayKind.WORKDAY for d in makeup)


def _of(days: frozenset[date], year: int) -> set[date]:
    return {d for d in days if d.year == year}


def test_a_year_that_is_not_published_is_unknown_and_never_guessed() -> None:
    for calendar in Calendar:
        table = workday_table(calendar)
        after = date(table.last_year + 1, 1, 1) if calendar is not Calendar.NONE else date(2026, 10, 1)
        assert table.kind_of_day(after) is DayKind.UNKNOWN
        assert not table.covers(2027)


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 2, 20), DayKind.DAY_OFF),  # in lieu of the eve's eve, a Sunday
        (date(2026, 10, 9), DayKind.DAY_OFF),  # in lieu of National Day, a Saturday
        (date(2026, 10, 1), DayKind.WORKDAY),  # the mainland's holiday isn't Taiwan's
        (date(2025, 2, 8), DayKind.WORKDAY),  # the last make-up Saturday
        (date(2023, 6, 17), DayKind.WORKDAY),
        (date(2023, 6, 23), DayKind.DAY_OFF),
    ],
)
def test_taiwan_has_its_own_days(day: date, kind: DayKind) -> None:
    assert workday_table(Calendar.TW).kind_of_day(day) is kind


@pytest.mark.parametrize(
    "eve",
    [
        date(2024, 2, 9),  # 除夕 was no day off on the mainland in 2024; the window must hold it still
        date(2025, 1, 28),
        date(2026, 2, 16),
    ],
)
@pytest.mark.parametrize("calendar", [Calendar.CN, Calendar.TW])
def test_the_eve_of_the_lunar_year_is_near_the_spring_festival(eve: date, calendar: Calendar) -> None:
    table = workday_table(calendar)
    assert table.is_near_spring_festival(eve)
    assert not table.is_near_spring_festival(date(eve.year, 3, 10))


FESTIVAL_NAMES = {
    "元旦": Festival.NEW_YEAR,
    "清明节": Festival.QINGMING,
    "劳动节": Festival.LABOUR,
    "端午节": Festival.DRAGON_BOAT,
    "中秋节": Festival.MID_AUTUMN,
    "国庆节": Festival.NATIONAL,
}


@pytest.mark.needs("shared")
@pytest.mark.parametrize("year", range(2015, 2027))
def test_every_day_off_is_near_the_festival_for_which_the_notice_gives_it(year: int) -> None:
    table = workday_table(Calendar.CN)
    days = json.loads((SHARED / "holidays" / f"{year}.json").read_text(encoding="utf-8"))["days"]
    off = [(date.fromisoformat(d["date"]), d["name"]) for d in days if d["isOffDay"]]
    named = {(d, FESTIVAL_NAMES[n]) for d, names in off for n in names.split("、") if n in FESTIVAL_NAMES}
    assert len(named) >= 15
    assert {(d, f) for d, f in named if f not in table.festivals_near(d)} == set()
    spring = [d for d, name in off if name == "春节"]
    assert all(table.is_near_spring_festival(d) for d in spring)


@pytest.mark.parametrize(
    ("calendar", "day", "near"),
    [
        (Calendar.CN, date(2026, 10, 4), {Festival.NATIONAL}),
        (Calendar.CN, date(2026, 10, 8), set()),
        (Calendar.CN, date(2025, 10, 6), {Festival.NATIONAL, Festival.MID_AUTUMN}),  # one run for two
        (Calendar.CN, date(2020, 10, 1), {Festival.NATIONAL, Festival.MID_AUTUMN}),  # both on one day
        (Calendar.CN, date(2026, 6, 19), {Festival.DRAGON_BOAT}),
        (Calendar.TW, date(2026, 10, 9), {Festival.NATIONAL}),
        (Calendar.TW, date(2026, 10, 1), set()),  # the mainland's
        (Calendar.TW, date(2024, 5, 1), {Festival.LABOUR}),  # no day off for all, but the very day
    ],
)
def test_festivals_are_told_by_name(calendar: Calendar, day: date, near: set[Festival]) -> None:
    assert workday_table(calendar).festivals_near(day) == near


def test_the_very_day_is_known_of_fixed_festivals_only() -> None:
    mainland, taiwan = workday_table(Calendar.CN), workday_table(Calendar.TW)
    assert mainland.fixed_festivals(date(2026, 10, 1)) == {Festival.NATIONAL}
    assert taiwan.fixed_festivals(date(2026, 10, 10)) == {Festival.NATIONAL}
    assert taiwan.fixed_festivals(date(2026, 10, 1)) == set()
    assert mainland.fixed_festivals(date(2026, 5, 2)) == set()


def test_a_closing_is_put_off_past_the_whole_run_of_days_off() -> None:
    table = workday_table(Calendar.CN)
    assert 0 in table.weekdays_off_before(date(2026, 10, 6))  # the day after the Monday
    assert 0 in table.weekdays_off_before(date(2026, 10, 8))  # the first work-day
    assert table.weekdays_off_before(date(2026, 10, 9)) == set()
    assert table.weekdays_off_before(date(2026, 10, 19)) == set()  # an ordinary weekend puts nothing off


@pytest.mark.parametrize(
    ("day", "holidays", "is_ordinary"),
    [
        (date(2031, 1, 3), (Festival.NEW_YEAR,), False),
        (date(2031, 5, 1), (Festival.LABOUR,), False),
        (date(2031, 10, 2), (Festival.NATIONAL,), False),
        (date(2031, 10, 6), (), True),
        (date(2031, 10, 11), (), False),  # a Saturday
    ],
)
def test_where_no_table_covers_a_year_the_holidays_of_fixed_dates_are_known(
    day: date, holidays: tuple[Festival, ...], is_ordinary: bool
) -> None:
    table = workday_table(Calendar.CN)
    assert (table.list_holidays(day), table.is_ordinary_workday(day)) == (holidays, is_ordinary)
    assert table.kind_of_day(day) is DayKind.UNKNOWN


def test_the_mainland_table_agrees_with_another_library() -> None:
    """It lists weekends beside a holiday too, where a notice of 2011 to 2018 or 2024 left them out."""
    ours, theirs = workday_table(Calendar.CN), chinese_calendar.constants
    # The notice of 2006 makes up the last Saturday of 2005, which that library leaves out.
    assert ours.makeup_days == {*theirs.workdays, date(2005, 12, 31)}
    assert set(theirs.holidays) <= ours.days_off
    assert all(day.weekday() >= 5 for day in ours.days_off - set(theirs.holidays))
