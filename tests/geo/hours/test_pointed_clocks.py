"""Times with a point for a colon are read where they can't be dates, decimals or prices, and never otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.hours import parse_hours
from geo.hours.timetable import Timetable

WIDE = str.maketrans("0123456789.-~", "０１２３４５６７８９．－～")
DASHES = ["-", "~", "～", "—", "——", "–", "－", "至", "到", " - ", " ~ ", "→", "一"]


def _timetable(text: str) -> Timetable | None:
    return parse_hours(text).timetable


@pytest.mark.parametrize(
    ("pointed", "with_colons"),
    [
        ("8.30~18.30", "8:30-18:30"),
        ("８．３０—１８．３０", "8:30-18:30"),
        ("8。30-18。30", "8:30-18:30"),
        ("8·30到18·30", "8:30-18:30"),
        ("8.30-18:30", "8:30-18:30"),
        ("周一至周五8.30~18.30（周三休）", "周一至周五8:30-18:30（周三休）"),
        ("上午8.30到下午6.30", "上午8:30到下午6:30"),
        ("上午8.30-11.30，下午2.30-5.30", "上午8:30-11:30，下午2:30-5:30"),
        ("22.00-次日6.00", "22:00-次日6:00"),
        ("8.30~11.30 14.00~17.30", "8:30-11:30 14:00-17:30"),
        ("9.00-12.00;14.00-18.00", "9:00-12:00;14:00-18:00"),
        ("9.00-17.30，17.00停止入场", "9:00-17:30，17:00停止入场"),
        ("夏季8.30~18.30 冬季9.00~17.00", "夏季8:30-18:30 冬季9:00-17:00"),
    ],
)
def test_points_that_can_only_be_colons_are_read_as_colons(pointed: str, with_colons: str) -> None:
    assert _timetable(pointed) == _timetable(with_colons) is not None


@pytest.mark.parametrize(
    "text",
    [
        "8.5-18.5",  # decimals
        "2.5小时",
        "每天2.50小时",
        "8.30",  # a date
        "8.30-9.15",  # 30 August to 15 September
        "5.01-10.07",
        "5.01-10.07休息",
        "5.15-10.15 9:00-17:00",  # a season before its hours, in either notation
        "5.15-10.15 9.00-17.00",
        "5.10-10.10 12.00-20.00",
        "9.00-17.00（5.15-10.15）",
        "2026.08.30-2026.10.15",
        "08.30-18.30.2",  # a number of a version, or an address
        "192.168.10.20-192.168.10.40",
        "收费5.00-10.00",  # prices
        "5.00-10.00元",
        "1.20-3.50公里",
        "8.30-18.75",  # no minute
        "8.30-28.30",
        "9-12。14-18。30",  # the stop ends a sentence
    ],
)
def test_points_that_may_mean_something_else_leave_the_hours_unknown(text: str) -> None:
    assert not parse_hours(text).understood


@given(st.data())
def test_a_pointed_span_means_what_colons_mean_or_nothing(data: st.DataObject) -> None:
    """It is read exactly if one of its ends can't be a day of the year, and the same with colons is read."""
    hours, minutes = st.integers(0, 24), st.integers(0, 59)
    (h, m), (to_h, to_m) = (data.draw(st.tuples(hours, minutes)) for _ in range(2))
    form = data.draw(st.sampled_from(["{}.{:02d}", "{:02d}.{:02d}"]))
    pointed = f"{form.format(h, m)}{data.draw(st.sampled_from(DASHES))}{form.format(to_h, to_m)}"
    pointed = pointed.translate(WIDE) if data.draw(st.booleans()) else pointed
    clocks = form.replace(".", ":", 1)
    are_dates = all(1 <= month <= 12 and 1 <= day <= 29 for month, day in ((h, m), (to_h, to_m)))
    ends_in_month = 29 < m < 32 or 29 < to_m < 32
    expected = _timetable(f"{clocks.format(h, m)}-{clocks.format(to_h, to_m)}")
    if are_dates:
        assert _timetable(pointed) is None
    elif not ends_in_month:
        assert _timetable(pointed) == expected
    else:
        assert _timetable(pointed) in (None, expected)
