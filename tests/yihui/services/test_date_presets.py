"""The days that are offered to keepers: whole feasts, none that is over."""

from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tiers import budget
from yihui.services.events.special_dates import parse_special_days
from yihui.services.members.date_presets import DatePreset, list_date_presets

PUBLISHED = st.dates(date(2016, 1, 1), date(2025, 1, 31))  # the feasts that come next have been published


def offered(today: date, code: str) -> DatePreset:
    return next(one for one in list_date_presets(today) if one.code == code)


def test_without_a_published_table_the_usual_days_are_offered_and_labelled() -> None:
    spring = offered(date(2026, 11, 20), "spring")
    assert spring == DatePreset(
        "spring", "Spring Festival", date(2027, 2, 5), date(2027, 2, 8), is_known=False
    )


def test_of_a_feast_that_is_under_way_the_days_that_are_left_are_offered() -> None:
    third = date(2026, 2, 19)
    spring = offered(third, "spring")
    assert (spring.first, spring.last) == (third, date(2026, 2, 23))
    assert list_date_presets(third)[1] == spring  # before all that is still to come
    assert offered(date(2026, 2, 24), "spring").first == date(2027, 2, 5)


@pytest.mark.deeper
@settings(max_examples=budget(100))
@given(st.dates(date(2018, 1, 1), date(2099, 1, 1)))
def test_what_is_offered_is_not_over_and_stands_in_order(today: date) -> None:
    found = list_date_presets(today)
    assert [one.first for one in found[1:]] == sorted(one.first for one in found[1:])
    assert all(today <= one.first <= one.last for one in found)
    assert len({one.code for one in found}) == len(found) == 5


@given(st.dates(date(2018, 1, 1), date(2099, 1, 1)))
def test_the_spring_festival_holds_the_days_that_keepers_name_most_often(today: date) -> None:
    spring = offered(today, "spring")
    eve, third = (parse_special_days(f"{name}：关门", spring.first).first for name in ("除夕", "初三"))
    if spring.first > today:  # else part of it is over
        assert eve - spring.first <= timedelta(days=2)
        assert third <= spring.last


@given(PUBLISHED)
def test_a_published_feast_is_the_run_of_days_off_that_a_walk_day_by_day_finds(today: date) -> None:
    """The oracle asks the calendar of each day; of the Spring Festival the eve was none until 2024."""
    for one in list_date_presets(today)[1:]:
        if one.first > today:
            days = [one.first + timedelta(days=n) for n in range((one.last - one.first).days + 1)]
            assert all(map(chinese_calendar.is_holiday, days[1:]))
            assert one.code == "spring" or chinese_calendar.is_holiday(days[0])
            assert not chinese_calendar.is_holiday(one.first - timedelta(days=1))
            assert not chinese_calendar.is_holiday(one.last + timedelta(days=1))
