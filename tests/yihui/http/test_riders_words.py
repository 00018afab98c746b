"""No page that riders or keepers read holds an officer's or engine's word, an ISO date or a code."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest

from geo.station import Access, Kind, Station
from tests.yihui.http.conftest import STATIONS, Clock, import_into
from tests.yihui.http.keeper_pages import HOME, Desk, app_of
from tests.yihui.http.visible_text import visible_lines
from yihui.bootstrap import Wiring
from yihui.http.rider.request import RiderPageForm

pytestmark = pytest.mark.thorough  # one site is asked for all of its pages

HERE = {"lon": "117.0204", "lat": "36.6683"}
NIGHT, NATIONAL_DAY, NEXT_YEAR = (
    "2026-11-21T02:00+08:00",
    "2026-10-01T10:00+08:00",
    "2027-01-02T10:00+08:00",
)
_LONG_FIELDS = [name for name in RiderPageForm.model_fields if len(name) > 2]
PATTERNS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in (
        ("an ISO date or instant", r"20\d\d-\d\d(-\d\d)?|\d\d:\d\d:\d\d|\d\d:\d\d(Z|\+08)"),
        ("a district's code", r"(?<![\d.,+-])[1-9]\d{5}(?![\d.])"),
        ("a number of the register", r"\b[A-Z]{2,}-\d{6}-\w+"),
        ("a benefit's code", r"\bsummer-cooling\b"),
        ("a dotted or joined code", r"\b[a-z]+([._][a-z0-9]+)+"),
        (
            "a value's or a field's code",
            rf"\b([a-z]+_[a-z_]+|true|false|walk|ebike|arrival|{'|'.join(_LONG_FIELDS)})\b",
        ),
        ("an engine's value", r"\b(None|nan|NaN|null|undefined|True|False|wgs84|cgcs2000|gcj02|bd09)\b"),
        ("a mark that nothing filled", r"[{}]|%\("),
        ("an officer's word", r"死信|载荷|审核岗|规则版本|工单|台账|事件|溯源|复核|导入|经办"),
    )
}
_ROOM: dict[str, Any] = {
    "district": "370102",
    "district_name": "历下区",
    "access": Access.PUBLIC,
    "lon": 117.0212,
    "lat": 36.6687,
}
DAILY = Station(id="daily", name="每日驿站", kind=Kind.OUTDOOR_STATION, hours_text="9:00-17:00", **_ROOM)
STALE = Station(
    id="stale",
    name="久未核实驿站",
    kind=Kind.LIBRARY,
    hours_text="24小时",
    verified_on=date(2025, 3, 1),
    **_ROOM,
)
NUMBERED = [
    Station(id=f"SD-370102-00{n}", name="同名驿站", kind=Kind.OUTDOOR_STATION, hours_text="24小时", address="同名路1号", **at)
    for n, at in ((17, _ROOM), (18, _ROOM | {"lon": 117.0213}), (19, _ROOM | {"lon": None, "lat": None}), (20, _ROOM))
]  # fmt: skip


def find_wrong_words(pages: Mapping[str, str]) -> dict[str, str]:
    """Return each line that a rider should not read, with what is wrong with it."""
    return {
        f"{name}: {line}": f"{what}: {found[0]}"
        for name, html in pages.items()
        for line in visible_lines(html)
        for what, pattern in PATTERNS.items()
        if (found := pattern.search(line))
    }


@pytest.fixture
def desk(wiring: Wiring, clock: Clock) -> Iterator[Desk]:
    """A keeper and riders at a station of which everything was said, yesterday and today."""
    import_into(wiring, [*STATIONS, DAILY, STALE, *NUMBERED])
    with app_of(wiring) as client:
        keeper = Desk(wiring, clock, client)
        keeper.opens(keeper.add_key())
        yield keeper


def report(desk: Desk, address: str, **said: str) -> str:
    with app_of(desk.wiring, address) as rider:
        return str(rider.post("/api/v1/stations/quancheng/reports", json=said).json()["number"])


def say_everything(desk: Desk) -> list[str]:
    """Report, announce, inspect and answer; return the reports' numbers."""
    numbers = [
        report(desk, f"10.1.1.{n}", observation=found)
        for n, found in enumerate(("wrong_place", "wrong_place", "locked"))
    ]
    numbers.append(report(desk, "10.1.1.9", observation="broken", facility="water"))
    desk.says("inspected", all="yes")
    desk.says("broken", facility="toilet")
    desk.says("answered", report=numbers[0], answer="looking", note="看过了")
    desk.says("hours", hours="12月24日到12月26日：10:00–15:00")
    desk.says("hours", hours="除夕到初三：10:00–15:00")
    desk.clock.later(hours=21)
    return numbers


def rider_pages(desk: Desk, numbers: list[str]) -> dict[str, str]:
    """Return what riders are answered, by their questions."""
    questions: dict[str, dict[str, str]] = {
        "first": {},
        "nearest": HERE,
        "coarse": {**HERE, "accuracy": "2600", "datum": "gcj02"},
        "night": {**HERE, "at": NIGHT},
        "night, 24 hours": {**HERE, "at": NIGHT, "kind": "mother_room", "stay_min": "60"},
        "National Day": {**HERE, "at": NATIONAL_DAY},
        "next year": {**HERE, "at": NEXT_YEAR, "when": "now"},
        "a special day": {**HERE, "at": "2026-12-25T18:00+08:00", "k": "20"},
        "verified": {**HERE, "verified_within_days": "30", "k": "20"},
        "lacking": {**HERE, "facility": "microwave"},
        "far": {"lon": "121.5", "lat": "31.2"},
        "a way": {**HERE, "to_lon": "117.1", "to_lat": "36.7"},
        "the end of a way": {**HERE, "to_q": "泉城路"},
        "a way without its start": {"to_lon": "117.1", "to_lat": "36.7"},
        "district": {"district": "370102"},
        "search": {"q": "驿站"},
        "search without match": {"q": "查无此地"},
        "a need": {"q": "厕所"},
        "a pasted link": {"q": "https://surl.amap.com/abc"},
        "far off the Earth": {"lon": "181", "lat": "36"},
        "a wrong number": {"lon": "abc", "lat": "36"},
        "no such station": {"station": "none"},
        "a station taken out": {"station": "SD-370102-0099"},
        "several of one name": {"q": "同名驿站"},
        "several of one name as an end": {**HERE, "to_q": "同名驿站"},
        "a benefit": {**HERE, "benefit": "summer-cooling", "k": "20"},
        **{
            f"station {id}": {"station": id}
            for id in ("quancheng", "night", "staff", "unplaced", "daily", "stale", "SD-370102-0017")
        },
    }
    forged = {
        f"forged {name}": {**HERE, name: "某处" if name in ("lon", "lat", "q", "to_q", "at") else "drive_car"}
        for name in RiderPageForm.model_fields
    }
    with app_of(desk.wiring, "10.2.2.2") as rider:
        rider.headers["Accept-Language"] = "zh"
        pages = {name: rider.get("/", params=asked).text for name, asked in (questions | forged).items()}
        sent = {
            "a report of no station": rider.post(
                "/reports", data={"station": "none", "found": "fine"}, headers=HOME
            ),
            "a rest": rider.post("/rests", data={"station": "quancheng"}, headers=HOME),
            "a forged report": rider.post(
                "/reports", data={"station": "quancheng", "found": "drive_car"}, headers=HOME
            ),
            **{
                f"forged {address}": rider.get(address, headers={"Accept": "text/html"})
                for address in (
                    "/?travel=walk&travel=walk",
                    "/?no_field=1",
                    f"/employers?q={'x' * 201}",
                    "/photos/drive_car",
                )
            },
            "no such page": rider.get("/nowhere", headers={"Accept": "text/html"}),
            "reports": rider.get("/reports"),
            "no such report": rider.get("/reports/abcd-efgh-2345-ijkl"),
            **{f"report {n}": rider.get(f"/reports/{number}") for n, number in enumerate(numbers)},
        }
    return pages | {name: answer.text for name, answer in sent.items()}


def keeper_pages(desk: Desk) -> dict[str, str]:
    """Return what a keeper sees, and is answered to what she says wrongly."""
    pages = {"keeper": desk.looks()}
    for name, act, fields in (
        ("closed", "closed_today", {"reason": "停电"}),
        ("unheard", "unheard", {}),
        ("wrong days", "hours", {"hours": "明年某天"}),
        ("half an inspection", "inspected", {"is_water": "no"}),
        ("a wrong facility", "broken", {"facility": "unheard"}),
    ):
        pages[f"keeper, {name}"] = desk.says(act, **fields).text
    for name, fields in (
        ("week", {"act": "hours", "hours": "周一至周五 8:00-20:00"}),
        ("point", {"act": "point", "point": "117.0604,36.6683"}),
        ("phone", {"act": "phone", "phone": "abc"}),
        ("stored", {"act": "hours", "hours": "9:00-21:00", "seen": "9:00-21:00"}),
        ("an unknown change", {"act": "revoke", "change": "999"}),
    ):
        pages[f"keeper, {name}"] = desk.client.post("/keep/mend", data=fields, headers=desk.headers).text
    desk.looks()
    pages["keeper, undone"] = desk.undoes().text
    with app_of(desk.wiring, "10.3.3.3") as stranger:
        pages["no keeper"] = stranger.get("/keep").text
        pages["a wrong key"] = stranger.post("/keep/key", data={"key": "abc"}, headers=desk.headers).text
    return pages


def test_riders_and_keepers_read_no_officers_word_iso_date_or_code(desk: Desk) -> None:
    numbers = say_everything(desk)
    pages = rider_pages(desk, numbers) | keeper_pages(desk)
    assert [name for name, html in pages.items() if not visible_lines(html)] == []
    wrong = find_wrong_words(pages)
    assert not wrong, "\n".join(f"{line} ({what})" for line, what in wrong.items())
