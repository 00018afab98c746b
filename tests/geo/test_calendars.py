"""Days off and make-up work-days against the State Council's notices."""

import json
from datetime import date
from pathlib import Path

import pytest

from geo.calendars import DayKind, workday_table
from geo.station import Calendar

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
MAKEUP_2026 = [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]


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


def test_2026_has_33_days_off_and_six_make_up_days_on_the_mainland() -> None:
    table = workday_table(Calendar.CN)
    assert len(_of(table.days_off, 2026)) == 33
    assert sorted((d.month, d.day) for d in _of(table.makeup_days, 2026)) == MAKEUP_2026


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
    assert table.near_spring_festival(eve)
    assert not table.near_spring_festival(date(eve.year, 3, 10))
