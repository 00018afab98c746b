"""A date as people write it is read as that date, or not at all."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.civil_time import (
    CIVIL_TIME,
    DATE_FAULTS,
    find_anniversary,
    full_months,
    full_years,
    parse_civil_date,
    parse_civil_instant,
    parse_past_date,
)
from core.faults import Fault

FORMS = [
    "{y}-{m:02}-{d:02}",
    "{y}-{m}-{d}",
    "{y}/{m}/{d}",
    "{y}.{m}.{d}",
    "{y}年{m}月{d}日",
    "{y}年{m}月{d}号",
]
FORMS += ["{y}{m:02}{d:02}", " {y}年{m:02}月{d:02} ", "{y}-{m:02}-{d:02}T08:30:00", "{y}/{m}/{d} 0:00"]
_FULL_WIDTH = str.maketrans("0123456789-/.", "０１２３４５６７８９－／．")


@given(st.dates(date(1900, 1, 1)), st.sampled_from(FORMS), st.booleans())
def test_each_usual_form_is_read(day: date, form: str, is_wide: bool) -> None:
    text = form.format(y=day.year, m=day.month, d=day.day)
    assert parse_civil_date(text.translate(_FULL_WIDTH) if is_wide else text) == day


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "-",
            "今天",
            "2026",
            "2026-10",
            "2026年10月",
            "202610",
            "2026113",
            "2026-1103",
            "202611-3",
        ),
        *("2026-02-29", "2026-13-01", "2026-00-10", "2026-10-00", "2026-10-32", "0000-01-01", "26-10-03"),
        *("03.10.2026", "10/03/2026", "2026-10/03", "2026年10-3", "2026-W40-6", "2026--10-03", "-2026-10-03"),
        *("2026-10-03 or later", "2026-10-03以后"),
        *("不是2026-10-03", "2026-10-03、2026-10-04", "٢٠٢٦-١٠-٠٣", "二〇二六年十月三日"),
        "2026-10-03\n2026-10-04",
        *(
            "43898",
            "20.3.8",
            "8/3/2020",
            "2020年3月",
            "2020-3",
        ),  # a workbook's day number, a year of two digits …
        *(
            "0109-03-08",
            "0020/3/8",
            "1899-12-31",
            "18991231",
        ),  # typing errors, and years that nobody alive knows
        *("民国2020年3月8日", "民国1090308", "民国0年1月1日後", "109年3月8日", "民国"),
        *("0001-01-01 00:00+14:00", "9999-12-31 23:00-10:00"),  # beyond the calendar in China
        *("2020-03-08 25:00", "2020-03-08 9:61", "202003088:00"),  # no time of day
    ],
)
def test_a_text_that_is_no_date_or_two_is_none(text: str) -> None:
    assert parse_civil_date(text) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("民国109年3月8日", date(2020, 3, 8)),
        ("中華民國 109 年 3 月 8 號", date(2020, 3, 8)),
        ("民國99.12.31", date(2010, 12, 31)),
        ("2020 年 3 月 8 日", date(2020, 3, 8)),
        ("2020年3月8日9:30", date(2020, 3, 8)),
        ("2026-10-03T15:59:59Z", date(2026, 10, 3)),  # typed cells of Parquet and GeoPackage are in UTC
        ("2026-10-03T16:00:00Z", date(2026, 10, 4)),
        ("2026/10/03 23:00:00+08", date(2026, 10, 3)),
    ],
)
def test_years_of_the_republic_blanks_and_zones_are_read(text: str, day: date) -> None:
    assert parse_civil_date(text) == day


def test_a_past_date_is_at_most_today() -> None:
    today = date(2026, 11, 29)
    assert parse_past_date("2026-11-29", today) == today
    assert parse_past_date("2031-03-08", None) == date(2031, 3, 8)
    for text, code in (
        ("2026-11-30", "future"),
        ("2031-03-08", "future"),
        ("43898", "no_date"),
        ("", "no_date"),
    ):
        found = parse_past_date(text, today)
        assert isinstance(found, Fault)
        assert DATE_FAULTS.build(code).code == found.code


def test_a_date_that_is_an_id_number_is_not_quoted() -> None:
    found = parse_past_date("37010219900307721X", None)
    assert isinstance(found, Fault) and found.value == "…"


def test_an_instant_without_a_zone_is_civil_time_and_a_bare_date_is_none() -> None:
    instant = datetime(2026, 10, 3, 8, 5, tzinfo=CIVIL_TIME)
    texts = (
        "2026-10-03 8:05",
        "２０２６／１０／３　８：０５",
        "2026年10月3日8:05",
        "2026-10-03T00:05:00.000Z",
    )
    assert [parse_civil_instant(text) for text in texts] == [instant] * 4
    assert parse_civil_instant("2026-10-03") is None


@pytest.mark.parametrize(
    ("day", "year", "anniversary"),
    [
        (date(1996, 2, 29), 2024, date(2024, 2, 29)),
        (date(1996, 2, 29), 2025, date(2025, 2, 28)),
        (date(1996, 2, 29), 2100, date(2100, 2, 28)),  # a century that is no leap year
        (date(1996, 2, 28), 2024, date(2024, 2, 28)),
        (date(1996, 3, 1), 2025, date(2025, 3, 1)),
    ],
)
def test_an_anniversary_is_on_its_day_or_on_the_last_of_february(
    day: date, year: int, anniversary: date
) -> None:
    assert find_anniversary(day, year) == anniversary


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2000, 5, 2), date(2026, 5, 1), 25),
        (date(2000, 5, 1), date(2026, 5, 1), 26),
        (date(2000, 2, 29), date(2026, 2, 27), 25),
        (date(2000, 2, 29), date(2026, 2, 28), 26),
        (date(2000, 2, 29), date(2024, 2, 29), 24),
    ],
)
def test_a_year_of_age_is_completed_on_the_birthday(born: date, on: date, years: int) -> None:
    assert full_years(born, on) == years


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2026, 1, 31), date(2026, 2, 27), 0),
        (date(2026, 1, 31), date(2026, 2, 28), 1),
        (date(2024, 2, 29), date(2025, 2, 28), 12),
        (date(2026, 2, 28), date(2026, 3, 28), 1),
        (date(2026, 2, 28), date(2026, 1, 31), -1),
    ],
)
def test_a_month_is_full_on_the_same_day_or_on_the_last_of_a_shorter_month(
    start: date, end: date, months: int
) -> None:
    assert full_months(start, end) == months
