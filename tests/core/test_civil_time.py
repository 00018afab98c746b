"""A date as people write it is read as that date, or not at all."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.civil_time import find_anniversary, full_months, full_years, parse_civil_date

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
        *("2026-10-03 or later", "2026-10-03T23:00:00Z", "2026-10-03T23:00:00+00:00", "2026-10-03以后"),
        *("不是2026-10-03", "2026-10-03、2026-10-04", "٢٠٢٦-١٠-٠٣", "二〇二六年十月三日"),
        "2026-10-03\n2026-10-04",
    ],
)
def test_a_text_that_is_no_date_or_two_is_none(text: str) -> None:
    assert parse_civil_date(text) is None


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
