"""What the rider's page answers to each way of saying where, and for what."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import pytest
from fastapi.testclient import TestClient

from core.civil_time import civil_date
from geo.station import Access, Kind, Station
from tests.yihui.http.conftest import import_into
from tests.yihui.http.keeper_pages import app_of
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.services.rules.rules import SHIPPED_RULES

NEAR = {"lon": "117.0204", "lat": "36.6683"}


@pytest.fixture(scope="module")
def client(filled: Wiring) -> TestClient:
    opened = app_of(filled)
    opened.headers["Accept-Language"] = "zh"
    return opened


@contextmanager
def site_of(folder: Path, migrated_file: Path, stations: list[Station]) -> Iterator[TestClient]:
    """A site over these stations alone, and a reader of Chinese."""
    database = str(copy(migrated_file, folder / "yihui.db"))
    wiring = build_wiring(Settings(database=database, data_folder=folder))
    import_into(wiring, stations)
    assert len(wiring.outlines)  # by which districts have their official names
    opened = app_of(wiring)
    opened.headers["Accept-Language"] = "zh"
    yield opened
    wiring.database.close()


def ask(client: TestClient, **asked: str | list[str]) -> str:
    """The answer's section alone."""
    return str(client.get("/", params={**asked, "part": "answer"}).text)


def names(html: str) -> list[str]:
    return re.findall(r'data-of="name">([^<]*)</span>', html)


def test_a_card_links_to_its_place_alone_and_never_tells_where_the_rider_is(client: TestClient) -> None:
    html = ask(client, **NEAR)
    assert re.findall(r'data-of="share" href="([^"]+)"', html)[0] == "/?station=quancheng"
    shared = ask(client, station="quancheng")
    assert names(shared) == ["泉城路户外劳动者驿站"]
    assert "米" not in shared


def test_a_card_says_whom_to_ask_where_the_hours_are_not_known(tmp_path: Path, migrated_file: Path) -> None:
    asked = {"numbered": "0531-8000000", "sample": "××××-0102S001（示例）", "worded": "问保安", "silent": ""}
    called = {"numbered": "tel:05318000000", "sample": None, "worded": "tel:12351", "silent": "tel:12351"}
    stations = [
        Station(
            id=id,
            name=id,
            kind=Kind.OUTDOOR_STATION,
            lon=117.02,
            lat=36.66,
            phone=phone,
            sample=id == "sample",
        )
        for id, phone in asked.items()
    ]
    known = stations[0].model_copy(update={"id": "known", "phone": "", "hours_text": "24小时"})
    with site_of(tmp_path, migrated_file, [*stations, known]) as client:
        for id, phone in asked.items():
            card = ask(client, station=id)
            assert re.findall(r'data-of="ask">[^<]*：([^<]+)<', card) == [
                phone if id in ("numbered", "sample") else "12351"
            ]
            assert re.findall(r'href="(tel:[^"]+)"', card) == [called[id]] * (called[id] is not None)
        assert not re.search('data-of="ask"|tel:', ask(client, station="known"))


def test_a_mother_rooms_card_says_whether_it_locks_and_whose_staff_may_enter(
    tmp_path: Path, migrated_file: Path
) -> None:
    room: dict[str, Any] = {"kind": Kind.MOTHER_ROOM, "lon": 117.02, "lat": 36.66}
    locked = Station(id="locked", name="l", facilities=frozenset({"lock"}), access=Access.PUBLIC, **room)
    owned = Station(id="owned", name="o", access=Access.EMPLOYER, employer="纺织厂", **room)
    other = Station(id="other", name="x", kind=Kind.LIBRARY, lon=117.02, lat=36.66)
    with site_of(tmp_path, migrated_file, [locked, owned, other]) as client:

        def read(id: str) -> list[tuple[str, str]]:
            return re.findall(r'data-of="(room|access)">([^<]*)<', ask(client, station=id))

        assert dict(read("locked")) == {"access": "对所有人开放", "room": "门可以从里面反锁"}
        assert dict(read("owned")) == {"access": "限纺织厂职工", "room": "门能不能反锁，没有登记"}
        assert dict(read("other")).keys() == {"access"}


def test_who_names_her_employer_is_shown_its_rooms_and_no_other_employers(client: TestClient) -> None:
    assert "某公司妈妈小屋" not in names(ask(client, **NEAR))
    assert "某公司妈妈小屋" in names(ask(client, **NEAR, employer="某公司"))
    assert "某公司妈妈小屋" not in names(ask(client, **NEAR, employer="公司"))
    assert client.get("/employers", params={"q": " 公司"}).json() == ["某公司"]
    assert client.get("/employers", params={"q": " "}).json() == client.get("/employers?q=厂").json() == []


def test_a_link_holds_the_employer_only_where_no_script_keeps_it(client: TestClient) -> None:
    asked = {**NEAR, "employer": "某公司", "k": "1"}
    pages = [client.get("/", params={**asked, **part}).text for part in ({}, {"part": "answer"})]
    kept = [re.findall(r'data-of="further" href="[^"]*employer=', html) for html in pages]
    assert list(map(bool, kept)) == [True, False]


def test_an_employer_is_found_in_either_script_and_case(tmp_path: Path, migrated_file: Path) -> None:
    rooms = [
        Station(id=f"r{n}", name=f"{employer}小屋", kind=Kind.MOTHER_ROOM, lon=117.0204, lat=36.6683,
                hours_text="24小时", access=Access.EMPLOYER, employer=employer)
        for n, employer in enumerate(("顺丰速运", "JD物流"))
    ]  # fmt: skip
    with site_of(tmp_path, migrated_file, rooms) as client:
        typed = {"順豐": ["顺丰速运"], "顺 丰": ["顺丰速运"], "jd": ["JD物流"], "ＪＤ": ["JD物流"], "·": []}
        assert {text: client.get("/employers", params={"q": text}).json() for text in typed} == typed
        shown = {text: names(ask(client, **NEAR, employer=text)) for text in ("順豐速運", "jd 物流", "jd")}
        assert shown == {"順豐速運": ["顺丰速运小屋"], "jd 物流": ["JD物流小屋"], "jd": []}


def test_the_link_to_a_place_says_nothing_of_where_the_rider_is(client: TestClient) -> None:
    html = ask(client, **NEAR, travel="walk", facility="toilet", accuracy="40")
    assert 'href="/?station=night"' in html
    assert not re.findall(r'href="/\?station=[^"]*(?:lon|lat|accuracy)=', html)


def test_a_station_that_is_found_by_its_name_opens_though_it_is_closed(client: TestClient) -> None:
    (href,) = re.findall(r'<li><a href="/\?([^"]+)"', ask(client, q="夜间驿站", travel="walk"))
    assert dict(parse_qsl(href.replace("&amp;", "&"))) == {"station": "night", "travel": "walk"}


@pytest.mark.parametrize("at", ["2026-11-20T10:00", "2026-11-20T21:00", "2026-11-21T23:30"])
def test_a_list_of_names_says_of_each_station_what_its_card_says_of_that_time(
    client: TestClient, at: str
) -> None:
    listed = dict(
        re.findall(
            r'<li><a href="/\?[^"]*station=([^"&]+)">.*?<span class="small">([^<]*)</span></a></li>',
            ask(client, q="驿", at=at),
        )
    )
    assert {"quancheng", "night", "unplaced"} <= listed.keys()
    for id, state in listed.items():
        card = ask(client, station=id, at=at)
        told = re.findall(r'data-of="(?:opening|reason)">([^<]*)', card)
        assert state == " · ".join(told), id
        as_of = re.search(r'<p class="small">[^<]*北京时间', card)
        assert as_of and as_of[0] in ask(client, q="驿", at=at)


def test_from_a_stations_page_a_link_leads_to_the_places_near_it(client: TestClient) -> None:
    (href,) = re.findall(r'data-of="near" href="/\?([^"]+)"', ask(client, station="night", travel="walk"))
    asked = dict(parse_qsl(href.replace("&amp;", "&")))
    assert asked.keys() == {"travel", "lon", "lat"}
    assert names(ask(client, **asked)) != []


def test_a_districts_list_says_which_places_are_closed_and_how_many_are_for_others(
    client: TestClient,
) -> None:
    html = ask(client, district="370102")
    assert "night" not in re.findall(r'<li class="card" data-id="([^"]+)"', html)
    closed = html.partition('<details class="passed"')[2].partition("</details>")[0]
    assert "关着的另有 1 处" in closed
    assert re.findall(r'href="/\?station=([^"]+)"', closed) == ["night"]
    assert "20:00" in closed
    assert "只对本单位职工或工会会员开放的另有 1 处" in html
    assert "关着的" not in ask(client, district="370102", usable="false")
    assert "只对本单位职工或工会会员开放的另有 1 处" in ask(client, district="370102", access="public")


@pytest.mark.parametrize(("asked", "count"), [({"open": "true"}, "1"), ({"stay_min": "600"}, "2"), ({}, "")])
def test_a_districts_list_counts_those_whose_hours_are_unknown_or_too_short(
    client: TestClient, asked: dict[str, str], count: str
) -> None:
    html = ask(client, district="370102", **asked)
    assert re.findall("开放时间不明或不够久的另有 (.) 处", html) == ([count] if count else [])


def test_a_position_that_is_known_roughly_is_answered_and_told_to_be_so(client: TestClient) -> None:
    rough = ask(client, **NEAR, accuracy="2600")
    assert "误差 2,600 米" in rough
    assert names(rough) == names(ask(client, **NEAR))
    assert "误差" not in ask(client, **NEAR, accuracy="40")


def test_a_position_far_from_every_place_is_told_and_not_answered_with_a_far_city(client: TestClient) -> None:
    html = ask(client, lon="121.5", lat="31.2")  # 上海, 600 km away
    assert names(html) == []
    assert "100 公里内没有登记的站点" in html
    assert "米</" not in html


def test_nobody_can_ask_farther_than_a_rider_would_go(client: TestClient) -> None:
    assert client.get("/", params=NEAR | {"within_m": "1000000"}).status_code == 422


def test_open_now_and_open_on_arrival_are_two_questions(client: TestClient) -> None:
    """Two minutes before it closes it is open, but one comes too late."""
    late = NEAR | {"at": "2026-11-20T17:59:50+08:00", "facility": "toilet"}
    assert names(ask(client, **late)) == []
    assert names(ask(client, **late, when="now")) == ["泉城路户外劳动者驿站"]
    assert "骑电动车约 1 分钟" in ask(client, **late, when="now")
    assert 'data-state="closed"' in ask(client, **late, when="now")
    assert "您到时已关门" in ask(client, **late, when="now")
    early = late | {"at": "2026-11-20T17:00:00+08:00"}
    assert 'data-state="open"' in ask(client, **early, when="now")


def test_the_time_of_the_browsers_field_is_beijings_and_stays_in_the_form_and_in_links(
    client: TestClient,
) -> None:
    tonight = NEAR | {"open": "true", "k": "1"}
    html = ask(client, **tonight, at="2026-11-20T22:00")
    assert (
        names(html) == names(ask(client, **tonight, at="2026-11-20T14:00Z")) != names(ask(client, **tonight))
    )
    assert "at=2026-11-20T22%3A00" in re.findall(r'data-of="further" href="([^"]+)"', html)[0]
    assert ";at=" not in re.findall(r'href="([^"]+)">改查现在', html)[0]
    whole = client.get("/", params=tonight | {"at": "2026-11-20T14:00Z"}).text
    assert re.findall(r'name="at"[^>]* value="([^"]+)"', whole) == ["2026-11-20T22:00"]


def test_an_answer_for_another_day_names_the_day_of_each_time(client: TestClient) -> None:
    before_dawn = {**NEAR, "at": "2026-12-01T02:00"}
    html = ask(client, **before_dawn, station="quancheng", by="station")
    assert re.findall(r'data-of="opening">([^<]*)<', html) == ["关着，12月1日（周二） 08:00 开"]
    assert "明天" not in ask(client, **{**NEAR, "at": "2026-11-30T20:30"})
    assert "night" in ask(client, **before_dawn) and "12月1日 20:00" in ask(client, **before_dawn)
    tonight = ask(client, **{**NEAR, "at": "2026-11-20T20:30"}, station="quancheng", by="station")
    assert re.findall(r'data-of="opening">([^<]*)<', tonight) == ["关着，明天 08:00 开"]


def test_around_midnight_every_place_is_spoken_of_from_the_day_of_the_question(
    tmp_path: Path, migrated_file: Path
) -> None:
    late = f"{civil_date(datetime.now(UTC))}T23:50"
    near, far = 117.0210, 117.0704  # reached before and after midnight
    stations = [
        Station(id=f"{lon}{hours}", name="站", lon=lon, **_PALACE | {"hours_text": hours})
        for lon in (near, far)
        for hours in ("8:00-20:00", "20:00-01:00")
    ]
    with site_of(tmp_path, migrated_file, stations) as client:
        html = ask(client, **NEAR, at=late, usable="false")
    assert sorted(re.findall(r'data-of="opening">([^<]*)<', html)) == [
        *["关着，明天 08:00 开"] * 2,
        *["开到 明天 01:00"] * 2,
    ]


def test_a_time_that_is_over_is_said_to_be_so(client: TestClient) -> None:
    told = {
        at: "已过去的时间" in ask(client, **NEAR, at=at) for at in ("2026-11-20T09:58", "2026-11-20T10:00")
    }
    assert list(told.values()) == [True, False]
    assert "已过去的时间" not in ask(client, **NEAR)


def test_needs_that_are_typed_one_after_another_add_up_and_each_can_be_left_out(client: TestClient) -> None:
    asked: dict[str, str | list[str]] = {"q": "厕所"}
    for more in ({"q": "热水"}, {**NEAR, "q": "妈妈小屋", "by": "q"}):
        sent = client.get("/", params=asked).url.query.decode()
        asked = {**parse_qs(sent), **more}
    html = str(client.get("/", params=asked).text)
    left_out = [
        parse_qs(href.replace("&amp;", "&"))
        for href in re.findall(r'data-of="without" href="/\?([^"]+)"', html)
    ]
    needs = [{name: one[name] for name in ("kind", "facility") if name in one} for one in left_out]
    assert needs == [
        {"facility": ["toilet", "hot_water"]},
        {"kind": ["mother_room"], "facility": ["hot_water"]},
        {"kind": ["mother_room"], "facility": ["toilet"]},
    ]
    assert all(one["lon"] == [NEAR["lon"]] for one in left_out)


def test_a_list_says_how_many_are_open_by_their_usual_hours_alone(night: TestClient) -> None:
    holiday = _NIGHT | {"at": "2026-10-01T12:00", "within_min": "60", "open": "true"}
    html = ask(night, **holiday)
    marked = re.findall(r'data-of="reason">按平日时间', html)
    assert f"其中 {len(marked)} 处按平日时间算" in html and 0 < len(marked) < len(names(html))
    assert "其中" not in ask(night, **holiday | {"at": "2026-11-20T12:00"})


@pytest.mark.parametrize(
    ("by", "shown"),
    [
        ("district", "没有坐标的驿站"),
        ("q", "山东省济南市历下区"),
        ("point", "泉城路户外劳动者驿站"),
        ("station", "夜间驿站"),
        ("", "泉城路户外劳动者驿站"),  # nothing said: a position comes first
    ],
)
def test_a_form_that_sends_several_ways_says_by_its_button_which_is_meant(
    client: TestClient, by: str, shown: str
) -> None:
    html = ask(client, **NEAR, district="370402", q="历下", station="night", by=by)
    assert re.findall(r'(?:data-of="name">|<li><a[^>]*>)([^<]*)', html)[0] == shown


def test_a_way_that_is_named_but_left_empty_is_not_the_one_that_is_meant(client: TestClient) -> None:
    assert names(ask(client, **NEAR, q="", by="q"))[0] == "泉城路户外劳动者驿站"


JINAN: dict[str, Any] = {"district": "370102", "district_name": "历下区"}
ZAOZHUANG: dict[str, Any] = {"district": "370402", "district_name": "市中区"}
_PARK: dict[str, Any] = {"name": "人民公园驿站", "kind": Kind.OUTDOOR_STATION, "access": Access.PUBLIC}
PARKS = [
    Station(id="far", lon=117.56, lat=34.87, address="山东省枣庄市市中区光明路 1 号", **_PARK, **ZAOZHUANG),
    Station(id="near", lon=117.03, lat=36.66, address="历下区泉城路 180 号", **_PARK, **JINAN),
    Station(id="twin", lon=117.04, lat=36.66, address="历下区泉城路 180 号", **_PARK, **JINAN),
    Station(id="bare", **_PARK, **JINAN),
]


@pytest.fixture(scope="module")
def parks(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[TestClient]:
    with site_of(tmp_path_factory.mktemp("site"), migrated_file, PARKS) as opened:
        yield opened


@pytest.mark.parametrize(
    ("asked", "town"),
    [
        ({"lon": "117.0204", "lat": "36.6683"}, "117.02,36.67"),
        ({"lon": "117.0204", "lat": "36.6683", "to_lon": "117.1", "to_lat": "36.7"}, "117.02,36.67"),
        ({"district": "370402"}, "117.56,34.87"),
        ({"station": "far"}, "117.56,34.87"),
        ({"q": "人民", "near": "117.6,34.9"}, "117.60,34.90"),
        ({}, ""),
    ],
)
def test_the_form_takes_along_a_neighbourhood_and_never_a_place(
    parks: TestClient, asked: dict[str, str], town: str
) -> None:
    html = parks.get("/", params=asked).text
    assert re.findall(r'<input type="hidden" name="near" value="([^"]*)">', html) == [town]
    assert re.findall(r' data-near="([^"]*)"', html) == [town][: bool(town)]


_PALACE: dict[str, Any] = {
    "kind": Kind.CULTURAL_PALACE,
    "access": Access.PUBLIC,
    "lat": 36.6683,
    "hours_text": "9:00-21:00",
}
_NIGHT = {"lon": "117.0204", "lat": "36.6683", "at": "2026-11-20T02:00:00+08:00"}
NIGHT = [
    *(Station(id=f"shut{n}", name=f"第{n}文化宫", lon=117.0204 + n / 40, **_PALACE) for n in range(3, 7)),  # 6.7 to 13.4 km
    Station(id="far", name="远方文化宫", lon=117.95, **_PALACE),  # 80 km: open when one gets there
    Station(id="bath", name="温泉驿站", lon=117.10, lat=36.6683, kind=Kind.OUTDOOR_STATION, hours_text="24小时", access=Access.PUBLIC, facilities=frozenset({"toilet"})),
    Station(id="sauna", name="会员之家", lon=118.3, lat=36.6683, kind=Kind.MOTHER_ROOM, hours_text="24小时", access=Access.PUBLIC),
]  # fmt: skip


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("site")
    wiring = build_wiring(
        Settings(
            database=str(copy(migrated_file, folder / "yihui.db")), data_folder=folder, rules=(SHIPPED_RULES,)
        )
    )
    import_into(wiring, NIGHT)
    opened = app_of(wiring)
    opened.headers["Accept-Language"] = "zh"
    yield opened
    wiring.database.close()


@pytest.mark.parametrize("when", ["arrival", "now"])
def test_beyond_the_minutes_nothing_is_listed_as_open_and_what_opens_first_is_named(
    night: TestClient, when: str
) -> None:
    html = ask(night, **_NIGHT, kind="cultural_palace", when=when, open="true")
    assert names(html) == []
    assert re.findall(r'<p class="notice"><a href="/\?station=(\w+)&amp;at=2026-11-20T02', html) == ["shut3"]
    assert "路上 30 分钟内没有能用的站点。" in html
    assert 'data-of="farther" href="/?' in html
    wider = ask(night, **_NIGHT, kind="cultural_palace", when=when)
    passed = [re.findall(r'<li data-id="([^"]+)"', one) for one in (html, wider)]
    assert passed == [[], ["shut3", "shut4", "shut5"]]  # within the minutes that were asked for


def test_what_was_passed_over_is_counted_where_nothing_is_usable(night: TestClient) -> None:
    html = ask(night, **_NIGHT, kind="cultural_palace", within_min="60")
    assert "路上 60 分钟内没有能用的站点，最近的 3 处都不合适。" in html


@pytest.mark.parametrize(("shut", "summary"), [(5, "最近的 5 处"), (4, "更近但不合适的 4 处")])
def test_a_list_that_is_cut_is_called_the_nearest(
    tmp_path: Path, migrated_file: Path, shut: int, summary: str
) -> None:
    stations = [Station(id=f"s{n}", name=f"{n}", lon=117.0204 + n / 10_000, **_PALACE) for n in range(shut)]
    usable = Station(id="open", name="开", lon=117.03, **_PALACE | {"hours_text": "24小时"})
    with site_of(tmp_path, migrated_file, [*stations, usable]) as client:
        assert summary in ask(client, **_NIGHT)


def test_where_none_opens_within_an_hour_the_nearest_stand_in_a_list_of_their_own(night: TestClient) -> None:
    html = ask(night, **_NIGHT, kind="mother_room")
    assert names(html) == []
    assert re.findall(r'class="passed farther".*?<li data-id="([^"]+)"', html, re.DOTALL) == ["sauna"]


def test_without_a_condition_the_page_widens_by_itself_and_says_so(night: TestClient) -> None:
    html = ask(night, **_NIGHT)
    assert names(html) == ["温泉驿站"]
    assert "已放宽到路上 60 分钟" in html
    of_a_kind = ask(night, **_NIGHT, kind="outdoor_station")
    assert names(of_a_kind) == ["温泉驿站"] and "已放宽到路上 60 分钟" in of_a_kind
    assert "已放宽到路上 60 分钟" in ask(night, **_NIGHT, facility="toilet")
    asked_for = ask(night, **_NIGHT, kind="outdoor_station", open="true")
    assert names(asked_for) == []
    assert names(ask(night, **_NIGHT, kind="outdoor_station", open="true", within_min="60")) == ["温泉驿站"]


def test_fewer_conditions_are_advised_only_where_some_were_chosen(night: TestClient) -> None:
    nowhere = _NIGHT | {"lat": "36.2"}
    assert "少选" not in ask(night, **nowhere)
    assert "少选" not in ask(night, **nowhere, kind="mother_room")
    assert "少选" not in ask(night, **nowhere, facility="pool")
    assert "少选" in ask(night, **nowhere, facility=["pool", "gym"])
    assert "少选" in ask(night, **nowhere, benefit="cake")


def test_a_kind_of_which_there_is_none_is_said_to_be_nowhere(night: TestClient) -> None:
    html = ask(night, **_NIGHT, kind="library")
    assert "多远都没有一处符合" in html and 'data-of="farther"' not in html and 'data-of="without"' in html
    assert "多远都没有一处符合" not in ask(night, **_NIGHT, kind="cultural_palace")


def test_a_benefit_that_the_question_names_can_be_left_out_like_any_need(night: TestClient) -> None:
    fields = re.findall(r'<input type="(\w+)" name="benefit"([^>]*)>', night.get("/?benefit=cake").text)
    assert fields == [("checkbox", ' value="cake" checked')]
    assert "可用“夏送清凉”" in night.get("/?benefit=summer-cooling").text


def test_where_one_is_open_beyond_the_minutes_none_is_called_the_first_to_open(night: TestClient) -> None:
    noon = _NIGHT | {"at": "2026-11-20T12:00:00+08:00"}
    html = ask(night, **noon, kind="cultural_palace", open="true")
    assert names(html) == []
    assert "最先开门" not in html
    assert re.findall(r'<li data-id="shut3"><a[^>]*>[^<]*<span class="small">([^<]*)', html) == [
        "6,705 米 · 路上约 35 分钟，到时开着"
    ]
    on_foot = ask(night, **noon, kind="cultural_palace", open="true", travel="walk")
    assert "6,705 米 · 路上约 1 小时 52 分" in on_foot


def test_beside_places_of_unknown_hours_an_open_one_within_an_hour_is_named_with_its_minutes(
    tmp_path: Path, migrated_file: Path
) -> None:
    doubtful = Station(id="unknown", name="不详", lon=117.03, **_PALACE | {"hours_text": ""})
    usable = Station(id="open", name="开", lon=117.11, **_PALACE)
    with site_of(tmp_path, migrated_file, [doubtful, usable]) as client:
        html = ask(client, **_NIGHT | {"at": "2026-11-20T12:00:00+08:00"})
    assert names(html) == ["不详"]
    assert re.findall(
        r'<p class="notice"><a href="([^"&]+)[^"]*">([^<，]+)[^<]*</a> ([^<·]*) · 开到', html
    ) == [("/?station=open", "开着的：开", "骑电动车约 42 分钟")]


def test_what_opens_first_has_its_minutes_and_a_button_that_leads_there(night: TestClient) -> None:
    html = ask(night, **_NIGHT, kind="cultural_palace", open="true")
    told = html[html.index("最先开门的") : html.index('data-of="farther"')]
    assert "骑电动车约 35 分钟" in told and re.search(r'<a class="button go"[^>]*href="https?://', told)


def test_of_a_place_beyond_30_km_no_minutes_are_told(night: TestClient) -> None:
    noon = _NIGHT | {"at": "2026-11-20T12:00:00+08:00"}
    for lat, told in (("36.5", "路上约 "), ("36.2", "太远，说不准路上要多久")):
        html = ask(night, **noon | {"lat": lat}, kind="cultural_palace", open="true")
        farther = re.findall(r'class="passed farther".*', html, re.DOTALL)
        assert told in farther[0]


def test_a_nearer_place_says_why_it_comes_later(tmp_path: Path, migrated_file: Path) -> None:
    sure = _PALACE | {"hours_text": "24小时，全年无休"}
    stations = [
        Station(id="far", name="远", lon=117.04, **sure),
        Station(id="near", name="近", lon=117.032, **_PALACE | {"hours_text": "每天 8:00-20:00"}),
        Station(id="unsure", name="不知", lon=117.035, **_PALACE | {"hours_text": ""}),
        Station(id="last", name="最远", lon=117.05, **sure),
    ]
    holiday = _NIGHT | {"at": "2026-10-02T12:00:00+08:00"}
    with site_of(tmp_path, migrated_file, stations) as client:
        html = ask(client, **holiday)
        marks = {
            re.findall(r'^"([^"]+)', card)[0]: re.findall(r'data-of="nearer">([^<]*)', card)
            for card in html.split("<template")[0].split('<li class="card" data-id=')[1:]
        }
    assert list(marks) == ["far", "near", "unsure", "last"]
    assert marks == {"far": [], "near": ["更近，但节日可能不开"], "unsure": ["更近，但要先问"], "last": []}


def test_a_full_list_does_not_say_that_there_is_nothing_more(tmp_path: Path, migrated_file: Path) -> None:
    open_ = _PALACE | {"hours_text": "24小时"}
    crowd = [Station(id=f"n{n}", name=f"{n}", lon=117.0204 + n / 10_000, **open_) for n in range(60)]
    with site_of(tmp_path, migrated_file, crowd) as client:
        html = ask(client, **_NIGHT, k="50")
        assert len(names(html)) == 50
        assert ("没有更多" in html, 'data-of="f' in html, "已列出 50 处" in html) == (False, False, True)
    (fewer := tmp_path / "fewer").mkdir()
    with site_of(fewer, migrated_file, crowd[:49]) as client:
        assert "没有更多" in ask(client, **_NIGHT, k="50")
