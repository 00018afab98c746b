"""One week written in many forms against minutes that are counted one by one."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.calendars import Calendar
from geo.hours import OPEN, UNKNOWN, Schedules, parse_hours
from tests.tiers import ENDURES

MONDAY = datetime.fromisoformat("2026-11-23T00:00+08:00")  # of a week without a holiday or a make-up day
NAMES = "一二三四五六日"
Part = tuple[int, int, int, int]  # weekdays from, to; minutes from, to
WIDE = str.maketrans("0123456789:-,()", "０１２３４５６７８９：－，（）")
TRADITIONAL = str.maketrans("周闭馆", "週閉館")


@st.composite
def weeks(draw: st.DrawFn) -> list[Part]:
    """Return one or two runs of days from Monday on that share no day, each with hours within a day."""
    cut, end = draw(st.integers(1, 5)), draw(st.integers(5, 6))
    hours = st.tuples(st.integers(10, 23), st.integers(26, 48)).map(lambda two: (two[0] * 30, two[1] * 30))
    runs = [(0, end)] if draw(st.booleans()) else [(0, cut), (cut + 1, max(end, cut + 1))]
    return [(first, last, *draw(hours)) for first, last in runs]


def _clock(draw: st.DrawFn, minute: int) -> str:
    hour, rest = divmod(minute, 60)
    forms = [f"{hour}:{rest:02d}", f"{hour:02d}{rest:02d}", f"{hour}点{'半' if rest else ''}"]
    return draw(st.sampled_from(forms))


@st.composite
def texts(draw: st.DrawFn, week: list[Part], shut: int | None) -> str:
    parts = []
    for first, last, begin, end in week:
        week_word = draw(st.sampled_from(["", "周", "星期"])) if first < last or len(week) == 1 else "周"
        dash = draw(st.sampled_from(["-", "~", "至", "到"]))
        days = NAMES[first] if first == last else f"{NAMES[first]}{dash}{NAMES[last]}"
        space = draw(st.sampled_from(["", " "]))
        hours = f"{_clock(draw, begin)}{dash}{_clock(draw, end)}"
        parts.append(f"{week_word}{days}{space}{hours}")
    text = draw(st.sampled_from([",", ";", "。", " "])).join(parts)
    if shut is not None:
        closed = [
            f" ({NAMES[shut]}休)",
            f",公休日期:周{NAMES[shut]}",
            f" 公休:每周{NAMES[shut]}公休",
            f",周{NAMES[shut]}闭馆",
        ]
        text += draw(st.sampled_from(closed))
    text = text.translate(WIDE) if draw(st.booleans()) else text
    return text.translate(TRADITIONAL) if draw(st.booleans()) else text


@settings(deadline=None, max_examples=400 if ENDURES else 60)
@given(data=st.data())
def test_forms_of_a_week_say_minute_by_minute_what_the_week_says(data: st.DataObject) -> None:
    """Nothing is mistaken: what is known is right, and a form that is read at all is read wholly."""
    week = data.draw(weeks())
    shut = data.draw(st.one_of(st.none(), st.integers(0, 6)))
    text = data.draw(texts(week, shut))
    schedules = Schedules.compile([(text, Calendar.CN)])
    states = []
    for half_hour in range(7 * 48):
        day, minute = divmod(half_hour * 30, 1440)
        is_open = day != shut and any(f <= day <= t and a <= minute < b for f, t, a, b in week)
        at = MONDAY + timedelta(minutes=half_hour * 30)
        states.append((is_open, int(schedules.states(schedules.ids, at)[0])))
    assert [one for one in states if one[1] != UNKNOWN and one[0] != (one[1] == OPEN)] == [], text
    assert all(state != UNKNOWN for _, state in states), text


@pytest.mark.parametrize(
    "text",
    [
        "Mo-Fr 09:00-17:00; Sa",
        "Mo-Fr; Sa 09:00-12:00",
        "Mo-Fr 09:00-17:00, Sa",
        "May-Sep Mo-Su 08:00-20:00; Oct-Apr",
        "Mo-Fr 09:00-17:00; 2026",
        "09:00-17:00; Mo",
        "Mo-Sa open",
    ],
)
def test_osm_syntax_that_was_cut_off_opens_nothing(text: str) -> None:
    """OSM's values end after 255 signs; the days of a rule without times would be open around the clock."""
    assert not parse_hours(text).understood
    assert parse_hours("Mo-Fr 09:00-17:00; Sa off").understood
