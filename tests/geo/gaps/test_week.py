"""Hours of a week as spans, and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.gaps.week import HourSpan, weekly_spans
from tests.profile import searched

weeks = st.one_of(
    st.lists(st.booleans(), min_size=168, max_size=168),
    st.lists(st.booleans(), min_size=24, max_size=24).map(lambda day: day * 7),
    st.lists(st.booleans(), min_size=7, max_size=7).map(lambda days: [d for d in days for _ in range(24)]),
)


def hours(*wanted: tuple[int, int, int]) -> list[bool]:
    """A week in which the hours from a to b of each day hold."""
    return [any(day == d and a <= hour < b for d, a, b in wanted) for day in range(7) for hour in range(24)]


@searched(200)
@given(weeks)
def test_spans_say_all_hours_and_no_others(week: list[bool]) -> None:
    said = np.zeros(168, dtype=int)
    for span in weekly_spans(week):
        for day in span.days:
            said[(day * 24 + span.start + np.arange(span.hours)) % 168] += 1
    assert said.tolist() == [int(holds) for holds in week]


def test_a_night_that_recurs_is_one_span_that_ends_on_the_next_day() -> None:
    (night,) = weekly_spans([hour >= 22 or hour < 6 for _ in range(7) for hour in range(24)])
    assert night == HourSpan((0, 1, 2, 3, 4, 5, 6), 22, 8)
    assert (night.end, night.days_later) == (6, 1)


def test_a_weekend_goes_on_from_friday_s_evening_to_monday_s_morning() -> None:
    office = hours(*((day, 8, 18) for day in range(5)))
    nights, weekend = weekly_spans([not holds for holds in office])
    assert nights == HourSpan((0, 1, 2, 3), 18, 14)
    assert weekend == HourSpan((4,), 18, 62)
    assert (weekend.end, weekend.days_later) == (8, 3)


def test_a_whole_day_ends_at_24_of_the_same_day() -> None:
    (sunday,) = weekly_spans(hours((6, 0, 24)))
    assert sunday == HourSpan((6,), 0, 24)
    assert (sunday.end, sunday.days_later) == (24, 0)


def test_another_number_of_hours_is_no_week() -> None:
    with pytest.raises(ValueError, match="168"):
        weekly_spans([True] * 24)
