"""The days that are offered to keepers, and special dates."""

from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.civil_time import start_of_day
from core.faults import FaultError
from geo.hours import USUAL_HOURS, SpecialHours
from geo.station import Kind, Station
from geo.status.live import LiveSummary
from tests.profile import searched
from yihui.runtime.language import load_language
from yihui.services.events.special_dates import SpecialDays, parse_special_days
from yihui.services.members.date_presets import DatePreset, list_date_presets
from yihui.views.hours_by_day import format_day_span, render_hours_by_day

CALENDAR = str(Station.model_fields["calendar"].default)
PUBLISHED = st.dates(date(2016, 1, 1), date(2025, 1, 31))  # the feasts that come next have been published


def offered(today: date, code: str) -> DatePreset:
    return next(one for one in list_date_presets(today) if one.code == code)


def test_without_a_published_table_the_usual_days_are_offered_and_labelled() -> None:
    spring = offered(date(2026, 11, 20), "spring")
    assert spring == DatePreset(
        "spring", "Spring Festival", date(2027, 2, 5), date(2027, 2, 12), is_known=False
    )


def test_of_a_feast_that_is_under_way_the_days_that_are_left_are_offered() -> None:
    third = date(2026, 2, 19)
    spring = offered(third, "spring")
    assert (spring.first, spring.last) == (third, date(2026, 2, 23))
    assert list_date_presets(third)[1] == spring  # before all that is still to come
    assert offered(date(2026, 2, 24), "spring").first == date(2027, 2, 5)


@searched(100, anew=True)
@given(st.dates(date(2018, 1, 1), date(2099, 1, 1)))
def test_what_is_offered_is_not_over_and_stands_in_order(today: date) -> None:
    found = list_date_presets(today)
    assert [one.first for one in found[1:]] == sorted(one.first for one in found[1:])
    assert all(today <= one.first <= one.last for one in found)
    assert len({one.code for one in found}) == len(found) == 5


@given(st.dates(date(2018, 1, 1), date(2099, 1, 1)))
def test_the_spring_festival_holds_the_days_that_keepers_name_most_often(today: date) -> None:
    spring = offered(today, "spring")
    eve, third = (
        parse_special_days(f"{name}：关门", spring.first, CALENDAR).first for name in ("除夕", "初三")
    )
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


TODAY = date(2026, 11, 20)  # a Friday
EVE, THIRD = date(2027, 2, 5), date(2027, 2, 8)
ENGLISH = load_language("en")


@pytest.mark.parametrize(
    ("text", "first", "last", "hours"),
    [
        ("除夕到初三：10:00–15:00", EVE, THIRD, "10:00–15:00"),
        ("除夕至正月初三 10:00-15:00", EVE, THIRD, "10:00-15:00"),
        ("从除夕到初三期间，关门", EVE, THIRD, ""),
        ("大年三十-初三：休息", EVE, THIRD, ""),
        ("除夕：10点到15点", EVE, EVE, "10点到15点"),
        ("2月5日-8日 10:00-16:00", EVE, THIRD, "10:00-16:00"),
        ("2月5号到2月8号：10:00-16:00", EVE, THIRD, "10:00-16:00"),
        ("2027-02-05至2027-02-08：关门", EVE, THIRD, ""),
        ("2027年2月5日到8日：全天", EVE, THIRD, "全天"),
        ("2-5到2-8：10:00-15:00", EVE, THIRD, "10:00-15:00"),
        ("2.5~2.8 10:00-15:00", EVE, THIRD, "10:00-15:00"),
        ("12月31日到1月3日：关门", date(2026, 12, 31), date(2027, 1, 3), ""),
        ("元旦：闭馆", date(2027, 1, 1), date(2027, 1, 1), ""),
        ("国庆到10月7日：9:00-12:00", date(2027, 10, 1), date(2027, 10, 7), "9:00-12:00"),
        ("清明节：照常", date(2027, 4, 5), date(2027, 4, 5), "照常"),
        ("端午：关门", date(2027, 6, 9), date(2027, 6, 9), ""),
        ("中秋：关门", date(2027, 9, 15), date(2027, 9, 15), ""),
        ("今天：10:00-12:00", TODAY, TODAY, "10:00-12:00"),
        ("明天到后天：关门", date(2026, 11, 21), date(2026, 11, 22), ""),
        ("tomorrow closed", date(2026, 11, 21), date(2026, 11, 21), ""),
    ],
)
def test_days_and_hours_are_understood_in_one_line(text: str, first: date, last: date, hours: str) -> None:
    assert parse_special_days(text, TODAY, CALENDAR) == SpecialDays(first, last, hours)


def test_chosen_days_hold_if_the_text_names_none_and_the_texts_days_come_first() -> None:
    assert parse_special_days("10:00-15:00", TODAY, CALENDAR, EVE, THIRD) == SpecialDays(
        EVE, THIRD, "10:00-15:00"
    )
    assert parse_special_days("９：００－１２：００", TODAY, CALENDAR, EVE) == SpecialDays(
        EVE, EVE, "9:00-12:00"
    )
    assert parse_special_days("9:00-12:00、14:00-17:00", TODAY, CALENDAR, EVE) == SpecialDays(
        EVE, EVE, "9:00-12:00、14:00-17:00"
    )
    assert parse_special_days("元旦：关门", TODAY, CALENDAR, EVE, THIRD).first == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("１０：００～１５：００", "10:00-15:00"),
        ("９：００〜１２：００，１４:００－１７:００", "9:00-12:00，14:00-17:00"),
        ("照常开放", USUAL_HOURS),
        ("正常开放", USUAL_HOURS),
    ],
)
def test_wide_signs_and_words_for_the_usual_hours_are_stored_in_one_way(typed: str, stored: str) -> None:
    assert parse_special_days(f"明天：{typed}", TODAY, CALENDAR).hours_text == stored


def test_days_alone_are_closed_where_that_is_said_beside_the_text() -> None:
    found = parse_special_days("11月23日到11月29日", TODAY, CALENDAR, is_closed=True)
    assert (found.first, found.last, found.hours_text) == (date(2026, 11, 23), date(2026, 11, 29), "")


def test_hours_of_work_days_wait_until_the_days_off_are_published() -> None:
    with pytest.raises(FaultError) as refused:
        parse_special_days("2028-03-03：工作日 10:00-15:00", TODAY, CALENDAR)
    assert refused.value.code == "special_dates.no_table"
    assert (
        parse_special_days("2028-03-03：工作日 10:00-15:00", TODAY, CALENDAR, is_closed=True).hours_text == ""
    )


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        found = parse_special_days(text, TODAY, CALENDAR, EVE)
    except FaultError as error:
        assert error.faults[0].message
        assert error.faults[0].remedy
    else:
        assert found.first <= found.last


def test_hours_are_read_back_day_by_day_with_weekdays() -> None:
    station = Station(id="a", name="驿站", kind=Kind.OUTDOOR_STATION, hours_text="08:00-18:00，周日休息")
    end = start_of_day(THIRD + timedelta(days=1))
    live = LiveSummary(spells=(SpecialHours(start_of_day(EVE), end, "10:00-12:00,13:00-24:00", "x"),))
    told = [
        f"{format_day_span(one.first, one.last, ENGLISH)}: {one.words}"
        for one in render_hours_by_day(station, live, date(2027, 2, 4), date(2027, 2, 14), ENGLISH)
    ]
    assert told == [
        "2/4/2027 (Thursday): 08:00–18:00 not known",  # the days off of 2027 are not published
        "2/5/2027 (Friday) to 2/8/2027 (Monday): 10:00–12:00, 13:00–24:00",
        "2/9/2027 (Tuesday) to 2/14/2027 (Sunday): 08:00–18:00 not known",
    ]


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ("24小时", "open all day"),
        ("看门口通知", "hours not known"),
        ("20:00-02:00", "00:00–02:00, 20:00–24:00"),
    ],
)
def test_a_day_is_told_from_midnight_to_midnight(hours: str, words: str) -> None:
    station = Station(id="a", name="驿站", kind=Kind.OUTDOOR_STATION, hours_text=hours)
    (day,) = render_hours_by_day(station, LiveSummary(), EVE, THIRD, ENGLISH)
    assert (day.first, day.last, day.words) == (EVE, THIRD, words)
