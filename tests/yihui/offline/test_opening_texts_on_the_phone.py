"""When a place opens or closes, and how long the way is: the phone says it as the server's cards do."""

from datetime import datetime

from core.civil_time import CIVIL_TIME
from geo.hours import Opening
from geo.station import Kind, OpeningState, Station
from tests.front import call_each
from tests.yihui.offline.asking import ON_THE_PHONE
from yihui.http.rider.cards import station_card
from yihui.runtime.language import load_language
from yihui.views.labels import format_minutes

_AT = datetime(2026, 11, 20, 10, tzinfo=CIVIL_TIME)  # a Friday
_OPEN, _CLOSED = OpeningState.OPEN, OpeningState.CLOSED
_TEXTS = [
    (_OPEN, "2026-11-20T18:00", "Open until 18:00", "开到 18:00"),
    (_OPEN, "2026-11-21T00:00", "Open until 24:00", "开到 24:00"),
    (_OPEN, "2026-11-21T02:00", "Open until tomorrow 02:00", "开到 明天 02:00"),
    (_OPEN, "2026-11-22T00:00", "Open until tomorrow 24:00", "开到 明天 24:00"),
    (_OPEN, "2026-11-23T00:00", "Open until Sun 11/22 24:00", "开到 11月22日（周日） 24:00"),
    (_CLOSED, "2026-11-21T00:00", "Closed until tomorrow 00:00", "关着，明天 00:00 开"),
    (_CLOSED, "2026-11-23T09:00", "Closed until Mon 11/23 09:00", "关着，11月23日（周一） 09:00 开"),
    (_CLOSED, "2027-01-02T09:00", "Closed until Sat 1/2/2027 09:00", "关着，2027年1月2日（周六） 09:00 开"),
]


def _on_the_card(state: OpeningState, until: datetime, code: str) -> str:
    opening = Opening(state, until, "", {}, until if state is _CLOSED else None)
    return station_card(
        Station(id="a", name="站", kind=Kind.LIBRARY), opening, _AT, load_language(code)
    ).opening


def test_what_ends_at_midnight_ends_at_24_and_another_day_has_its_weekday() -> None:
    asked = [(state, datetime.fromisoformat(f"{until}+08:00")) for state, until, _, _ in _TEXTS]
    english = [_on_the_card(*one, "en") for one in asked]
    assert english == [one[2] for one in _TEXTS]
    assert [_on_the_card(*one, "zh") for one in asked] == [one[3] for one in _TEXTS]
    calls = [
        [{"state": state.value, "until": t.timestamp(), "opensAt": t.timestamp()}, _AT.timestamp()]
        for state, t in asked
    ]
    assert call_each(ON_THE_PHONE, "formatOpening", calls) == english


def test_a_way_of_an_hour_and_more_reads_as_hours() -> None:
    ways = [
        (0.3, "1 min", "1 分钟"),
        (59.4, "59 min", "59 分钟"),
        (60, "1 h", "1 小时"),
        (440, "7 h 20 min", "7 小时 20 分"),
    ]
    for code, column in (("en", 1), ("zh", 2)):
        assert [format_minutes(way[0], load_language(code)) for way in ways] == [way[column] for way in ways]
    on_the_phone = call_each(ON_THE_PHONE, "formatMinutes", [[way[0], "walk"] for way in ways])
    assert on_the_phone == [f"about {way[1]} on foot" for way in ways]
