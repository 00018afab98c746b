"""Compiled schedules against the plans of their dates minute by minute, and what they answer beside the state."""

from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendars import Calendar, workday_table
from geo.hours import STATES_BY_CODE, UNVERIFIED_ALL_DAY, Schedules, parse_hours
from geo.hours.dates import (
    DAY_OFF,
    MAKE_UP_DAY,
    NO_CALENDAR,
    NO_HOLIDAYS,
    NO_TABLE,
    NOT_STATED,
    USUAL_HOURS_ON_HOLIDAY,
    osm_plan_of_date,
    plan_of_date,
)
from geo.hours.timetable import DayPlan
from geo.station import OpeningState
from tests.crowds import at_once
from tests.profile import searched

ZONES = {Calendar.CN: "Asia/Shanghai", Calendar.TW: "Asia/Taipei", Calendar.NONE: "Asia/Shanghai"}
PHRASES = (
    "周一至周五9:00-17:00",
    "工作日 8:30-17:30",
    "24小时",
    "18:00-02:00",
    "周五、周六 20:00-02:00",
    "工作日 20:00-02:00",
    "夏季8:00-18:30 冬季8:30-17:30",
    "4月1日-10月31日 8:30-17:00，11月1日-次年3月31日 8:30-16:30，周一闭馆（国家法定节假日除外）",
    "週二至週六8:30~21:00 週日、週一9:00~17:00\n每月第一個星期四及國定假日休館",
    "週一至週日09:30-17:00(每月第一週星期一休館)",
    "平日11:00-22:00\n假日10:00-22:00",
    "每天9:00-17:00，春节期间休息",
    "週一至週五11:00-22:00\n週六日、例假日10:30-22:00",
    "Mo-Fr 08:00-12:00; Sa[2] 09:00-10:00",
    "周二至周日9:00-17:00，周一闭馆（逢法定节假日顺延）",
    "9:00-17:00，国庆、清明、端午、中秋休息",
    "周一至周四9:00-12:00，节假日前一天9:00-17:00",
    "僅供職場內部限定",
)
PAIRS = [(text, calendar) for text in PHRASES for calendar in Calendar]
SCHEDULES = Schedules.compile(PAIRS)
DAYS = st.dates(date(2025, 1, 1), date(2027, 2, 28))


def _directly(pair: tuple[str, Calendar], at: datetime) -> OpeningState:
    """One instant by the plan of its date, nothing compiled."""
    local = at.astimezone(ZoneInfo(ZONES[pair[1]]))
    plan, bit = _plan(pair, local.date()), 1 << (local.hour * 60 + local.minute)
    if plan is None or plan.unknown & bit:
        return OpeningState.UNKNOWN
    return OpeningState.OPEN if plan.open & bit else OpeningState.CLOSED


@cache
def _plan(pair: tuple[str, Calendar], day: date) -> DayPlan | None:
    phrase, table = parse_hours(pair[0]), workday_table(pair[1])
    if phrase.osm is not None:
        return osm_plan_of_date(phrase.osm, day, table)
    if phrase.timetable is None or (phrase.needs_workdays and not table.covers(day.year)):
        return None
    return plan_of_date(phrase.timetable, day, table)


@searched(60)
@given(st.integers(0, len(PAIRS) - 1), DAYS)
def test_a_compiled_day_equals_its_plan_minute_by_minute(number: int, day: date) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    instants = [start + timedelta(minutes=m) for m in range(1440)]
    at = np.array([i.replace(tzinfo=None) for i in instants], "datetime64[s]")
    states = SCHEDULES.states(np.full(1440, number, np.intp), at)
    assert [STATES_BY_CODE[s] for s in states] == [_directly(PAIRS[number], i) for i in instants]


@searched(100)
@given(st.integers(0, len(PAIRS) - 1), DAYS, st.integers(0, 1439), st.integers(0, 59))
def test_until_is_the_first_minute_with_another_state(
    number: int, day: date, minute: int, second: int
) -> None:
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute, seconds=second)
    opening = SCHEDULES.opening(number, at)
    assert opening.state is _directly(PAIRS[number], at)
    if opening.until is None:
        later = [at + timedelta(minutes=30 * n) for n in range(14 * 48)]
        assert all(_directly(PAIRS[number], x) is opening.state for x in later)
    else:
        assert opening.until > at
        assert _directly(PAIRS[number], opening.until) is not opening.state
        assert _directly(PAIRS[number], opening.until - timedelta(minutes=1)) is opening.state


@searched(100)
@given(st.integers(0, len(PAIRS) - 1), DAYS, st.integers(0, 1439))
def test_the_next_opening_and_the_next_closing_are_the_first_sure_minutes(
    number: int, day: date, minute: int
) -> None:
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute)
    opening = SCHEDULES.opening(number, at)
    last_day = (at + timedelta(hours=8)).date() + timedelta(days=15)
    end = datetime(last_day.year, last_day.month, last_day.day, tzinfo=UTC) - timedelta(hours=8)
    minutes = np.arange(int((end - at) / timedelta(minutes=1)))
    moments = np.datetime64(at.replace(tzinfo=None), "s") + minutes * np.timedelta64(60, "s")
    states = SCHEDULES.states(np.full(len(minutes), number, np.intp), moments)
    opens, closes = (
        next((at + timedelta(minutes=int(n)) for n in np.flatnonzero(states == code)), None)
        for code in (1, 0)
    )
    is_open = opening.state is OpeningState.OPEN
    assert opening.opens_at == (None if is_open else opens)
    assert opening.closes_at == (closes if is_open else None)


def test_unknown_says_why() -> None:
    schedules = Schedules.compile([(text, Calendar.CN) for text in ("", "9:00-9:00", "工作日9:00-17:00")])
    openings = [schedules.opening(n, datetime(2027, 3, 1, 8, 45, tzinfo=UTC)) for n in range(3)]
    assert [o.reason.format_map(o.params) for o in openings] == [
        "no hours given",
        "hours not understood",
        "no work-day table for 2027",
    ]
    assert all(o.state is OpeningState.UNKNOWN for o in openings)


def test_closing_comes_after_the_last_entry_and_opening_after_the_doubt() -> None:
    schedules = Schedules.compile(
        [("9:00-17:00（16:30停止入场）", Calendar.CN), ("夏季8:00-18:30 冬季8:30-17:30", Calendar.CN)]
    )
    noon, night = datetime(2026, 10, 16, 4, tzinfo=UTC), datetime(2026, 10, 16, 15, tzinfo=UTC)
    open_now, shut_now = schedules.opening(0, noon), schedules.opening(1, night)
    assert open_now.until == datetime(2026, 10, 16, 8, 30, tzinfo=UTC)
    assert (open_now.opens_at, open_now.closes_at) == (None, datetime(2026, 10, 16, 9, tzinfo=UTC))
    assert shut_now.until == datetime(2026, 10, 17, 0, tzinfo=UTC)
    assert (shut_now.opens_at, shut_now.closes_at) == (datetime(2026, 10, 17, 0, 30, tzinfo=UTC), None)


def test_no_station_at_all_is_no_error() -> None:
    schedules = Schedules.compile([])
    assert schedules.states(schedules.ids, datetime(2026, 1, 1, tzinfo=UTC)).shape == (0,)


def test_an_instant_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        SCHEDULES.states(SCHEDULES.ids, datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.endure
def test_threads_that_share_the_caches_get_the_same_answers() -> None:
    shared = Schedules.compile(PAIRS)
    starts = [datetime(2026, 1, 1, 2, tzinfo=UTC) + timedelta(days=3 * n) for n in range(100)]

    def ask(schedules: Schedules) -> list[list[int]]:
        return [schedules.states(schedules.ids, at).tolist() for at in starts]

    assert at_once([partial(ask, shared)] * 8) == [ask(SCHEDULES)] * 8


@pytest.mark.parametrize(
    "text",
    [
        *("00:00-00:00", "00：00—23：59", "周一至周日 00:00-23:59", "00:00:00-23:59:59"),
        *("每天0:00-0:00", "00:01-23:59", "Mo-Su 00:00-23:59"),
    ],
)
def test_the_hours_that_a_form_fills_in_are_24_hours_with_a_mark(text: str) -> None:
    phrase, schedules = parse_hours(text), Schedules.compile([(text, Calendar.CN)])
    assert (phrase.is_always, phrase.is_default) == (True, True)
    for at in (datetime(2026, 10, 16, 15, 59, tzinfo=UTC), datetime(2026, 10, 16, 4, tzinfo=UTC)):  # 23:59
        opening = schedules.opening(0, at)
        assert (opening.state, opening.reason) == (OpeningState.OPEN, UNVERIFIED_ALL_DAY)


@pytest.mark.parametrize("text", ["24小时", "00:00-24:00", "0点-24点", "24/7", "全天24小时开放"])
def test_a_statement_of_24_hours_has_no_mark(text: str) -> None:
    opening = Schedules.compile([(text, Calendar.CN)]).opening(0, datetime(2026, 10, 16, 4, tzinfo=UTC))
    assert (opening.state, opening.reason) == (OpeningState.OPEN, "")


def test_an_end_at_23_59_is_midnight() -> None:
    schedules = Schedules.compile([("6:00-23:59", Calendar.CN)])
    assert schedules.opening(0, datetime(2026, 10, 16, 15, 59, tzinfo=UTC)).state is OpeningState.OPEN
    assert not parse_hours("6:00-23:59").is_default


@pytest.mark.parametrize(
    ("text", "calendar", "day", "reason"),
    [
        ("周一至周五9:00-17:00", Calendar.CN, "2026-10-01", DAY_OFF),
        ("周一至周五9:00-17:00", Calendar.CN, "2026-10-10", MAKE_UP_DAY),
        ("周一至周五9:00-17:00", Calendar.CN, "2027-10-01", NO_TABLE),
        ("周一至周五9:00-17:00", Calendar.NONE, "2026-10-01", NO_HOLIDAYS),
        ("工作日9:00-17:00", Calendar.NONE, "2026-10-01", NO_CALENDAR),
        ("9:00-17:00（12:00-14:00）", Calendar.CN, "2026-10-01", NOT_STATED),
    ],
)
def test_an_unknown_day_says_which_day_it_is(text: str, calendar: Calendar, day: str, reason: str) -> None:
    at = datetime.fromisoformat(f"{day}T12:30+08:00")
    opening = Schedules.compile([(text, calendar)]).opening(0, at)
    assert (opening.state, opening.reason) == (OpeningState.UNKNOWN, reason)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        *((text, {"10-01", "02-17"}) for text in ("9:00-21:00", "每天9:00-21:00", "9:00-21:00 周三闭馆", "9:00-21:00，中午不休", "Mo-Su 09:00-21:00", "9:00-21:00，端午节休息")),
        *((text, set()) for text in ("24小时", "9:00-21:00 全年无休", "9:00-21:00，节假日照常开放", "9:00-21:00，国庆节、春节假期照常")),
        *((text, {"10-01"}) for text in ("9:00-21:00，除夕休息", "9:00-21:00，春节照常", "9:00-21:00，春节假期照常开放")),
        *((text, {"02-17"}) for text in ("9:00-21:00，国庆照常", "9:00-21:00，国庆节休息", "9:00-21:00; 2026年10月1日10:00-12:00")),
    ],
)  # fmt: skip
def test_on_the_days_off_of_a_long_holiday_usual_hours_carry_a_mark(text: str, marked: set[str]) -> None:
    both = Schedules.compile([(text, Calendar.CN), (text, Calendar.NONE)])

    def reasons(*days: str) -> set[str]:
        found = (
            both.opening(0, datetime.fromisoformat(f"2026-{day}T{hour}:30+08:00"))
            for day in days
            for hour in (10, 22)
        )
        return {one.reason for one in found if one.state is not OpeningState.UNKNOWN}

    assert {day for day in ("10-01", "02-17") if USUAL_HOURS_ON_HOLIDAY in reasons(day)} == marked
    assert reasons("09-30", "10-08", "05-01", "02-14") <= {""}  # no long holiday, or made up
    assert both.opening(1, datetime.fromisoformat("2026-10-01T10:30+08:00")).reason != USUAL_HOURS_ON_HOLIDAY
