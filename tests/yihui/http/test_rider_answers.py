"""What the rider's page answers to each way of saying where, and for what."""

import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from fastapi.testclient import TestClient

from geo.crs import from_wgs84
from geo.datum import Datum
from geo.station import Access, Kind, Station
from tests.yihui.http.conftest import HERE, import_into
from tests.yihui.http.keeper_pages import app_of
from yihui.bootstrap import Settings, Wiring, build_wiring

NEAR = {"lon": "117.0204", "lat": "36.6683"}


@pytest.fixture(scope="module")
def client(filled: Wiring) -> TestClient:
    opened = app_of(filled)
    opened.headers["Accept-Language"] = "zh"
    return opened


def ask(client: TestClient, **asked: str | list[str]) -> str:
    """The answer's section alone."""
    return str(client.get("/", params={**asked, "part": "answer"}).text)


def names(html: str) -> list[str]:
    return re.findall(r'data-of="name">([^<]*)</span>', html)


def test_the_answer_can_be_had_alone_and_is_the_page_s_own(client: TestClient) -> None:
    alone = ask(client, **NEAR)
    assert alone.startswith('<section class="answer" id="answer"')
    assert alone.endswith("</section>")
    assert alone in client.get("/", params=NEAR).text


def test_the_answer_tells_the_map_where_the_question_is_in_wgs84(client: TestClient) -> None:
    ((lon, lat),) = from_wgs84([HERE], Datum.GCJ02).tolist()
    html = ask(client, lon=str(lon), lat=str(lat), datum="gcj02")
    told = [float(x) for x in re.findall(r'id="answer"[^>]* data-lon="([^"]+)" data-lat="([^"]+)"', html)[0]]
    assert told == pytest.approx(HERE, abs=1e-6)
    assert names(html) == names(ask(client, **NEAR))
    assert "（GCJ-02）</p></section>" in html  # the datum that was taken is told, in the last line


def test_a_card_links_to_its_place_alone_and_never_tells_where_the_rider_is(client: TestClient) -> None:
    html = ask(client, **NEAR)
    assert re.findall(r'data-of="share" href="([^"]+)"', html)[0] == "/?station=quancheng"
    shared = ask(client, station="quancheng")
    assert names(shared) == ["泉城路户外劳动者驿站"]
    assert "米" not in shared


def test_a_place_that_is_gone_is_told(client: TestClient) -> None:
    answer = client.get("/", params={"station": "nowhere"})
    assert answer.status_code == 404
    assert "没有编号为 nowhere 的站点" in answer.text


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


def test_a_surely_open_place_comes_first_unless_one_of_unknown_hours_is_far_nearer(
    client: TestClient,
) -> None:
    def ids(html: str) -> list[str]:
        return re.findall(r'data-id="([^"]+)" data-state', html)[:2]

    for part, order in (
        (0.4, ["quancheng", "hostile"]),
        (0.2, ["hostile", "quancheng"]),
    ):  # of the way between
        there = {"lon": str(117.0230 - 0.002 * part), "lat": str(36.6700 - 0.001 * part)}
        assert ids(ask(client, **there)) == order
        found = client.get(
            "/api/v1/stations/nearest", params={**there, "datum": "wgs84", "usable": "true"}
        ).json()
        assert [one["id"] for one in found["results"]][:2] == ["hostile", "quancheng"]


def test_a_rider_is_told_that_nothing_is_near_and_still_sees_the_nearest(client: TestClient) -> None:
    far = {"lon": "117.1004", "lat": "36.6683"}  # 7 km
    assert "附近没有站点：5" in (on_foot := ask(client, **far, travel="walk"))
    assert names(on_foot) == names(by_bike := ask(client, **far)) != []
    assert "附近没有站点" not in by_bike


def test_a_road_that_the_site_can_not_know_is_not_the_riders_mistake(client: TestClient) -> None:
    assert "本站没有装入道路名称" in ask(client, q="没有这条路")


def test_nobody_can_ask_farther_than_a_rider_would_go(client: TestClient) -> None:
    assert client.get("/", params=NEAR | {"within_m": "1000000"}).status_code == 422


def test_open_now_and_open_on_arrival_are_two_questions(client: TestClient) -> None:
    """Two minutes before it closes it is open, but one comes too late."""
    late = NEAR | {"at": "2026-11-20T17:59:50+08:00", "facility": "toilet"}
    assert names(ask(client, **late)) == []
    assert names(ask(client, **late, when="now")) == ["泉城路户外劳动者驿站"]
    assert "骑电动车约 1 分钟" in ask(client, **late, when="now")


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


def test_what_the_form_doesn_t_show_goes_with_the_next_question(client: TestClient) -> None:
    html = client.get("/", params=NEAR | {"verified_within_days": "365", "k": "3", "lang": "en"}).text
    (form,) = re.findall(r'<form class="ask".*?</form>', html, re.DOTALL)
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)">', form))
    assert kept == {"verified_within_days": "365", "k": "3", "lang": "en", "near": "117.0,36.7"}


def test_an_address_in_words_gives_places_to_choose_from_and_keeps_the_filters(client: TestClient) -> None:
    html = ask(client, q="泉城路", kind="outdoor_station")
    (link,) = re.findall(r'<li><a href="([^"]+)">泉城路户外劳动者驿站', html)
    assert link == "/?kind=outdoor_station&amp;lon=117.02100&amp;lat=36.66900&amp;datum=wgs84"
    assert names(client.get(link.replace("&amp;", "&") + "&part=answer").text)[0] == "泉城路户外劳动者驿站"


def test_a_place_without_coordinates_is_chosen_by_itself(client: TestClient) -> None:
    assert '<a href="/?station=unplaced">' in ask(client, q="没有坐标")


def test_a_card_offers_what_its_place_has_to_call_and_to_report(client: TestClient) -> None:
    html = ask(client, station="quancheng")
    assert 'data-of="call" href="tel:053112351"' in html
    assert set(re.findall(r'name="found" value="broken (\w+)"', html)) == {"water", "toilet"}
    assert 'data-of="call"' not in ask(client, station="night")


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
    folder = tmp_path_factory.mktemp("site")
    database = str(copy(migrated_file, folder / "yihui.db"))
    wiring = build_wiring(Settings(database=database, data_folder=folder))
    import_into(wiring, PARKS)
    assert len(wiring.outlines)  # by which districts have their official names
    opened = app_of(wiring)
    opened.headers["Accept-Language"] = "zh"
    yield opened
    wiring.database.close()


def told(parks: TestClient, **asked: str) -> list[tuple[str, str]]:
    html = parks.get("/", params={**asked, "part": "answer"}).text
    return re.findall(r'<li><a[^>]*>([^<]*)<span class="small">([^<]*)</span>', html)


def details(parks: TestClient, **asked: str) -> list[str]:
    return [detail for _, detail in told(parks, **asked)]


def test_every_place_says_its_city_and_district_once(parks: TestClient) -> None:
    assert details(parks, q="光明路") == ["枣庄市市中区 · 光明路 1 号"]
    assert details(parks, q="人民公园")[0].startswith("济南市历下区")
    assert told(parks, q="历下")[0] == ("山东省济南市历下区", "站点 3 处")


def test_no_two_choices_read_alike(parks: TestClient) -> None:
    shown = told(parks, q="人民公园")
    assert len(shown) == len(set(shown)) == len(PARKS)
    assert "济南市历下区 · 泉城路 180 号 · 登记编号 twin" in [detail for _, detail in shown]
    assert "济南市历下区" in [detail for _, detail in shown]


def test_the_town_where_the_page_last_was_comes_first(parks: TestClient) -> None:
    assert details(parks, q="人民公园", near="117.6,34.9")[0].startswith("枣庄市")
    assert details(parks, q="人民公园", near="117.0,36.7")[0].startswith("济南市")


@pytest.mark.parametrize("near", ["", "x", "370102", "117.0", "1e3,2", "117.0,36.7,1", "<img>"])
def test_what_is_no_town_orders_nothing(parks: TestClient, near: str) -> None:
    assert details(parks, q="人民公园", near=near) == details(parks, q="人民公园")


@pytest.mark.parametrize(
    ("asked", "town"),
    [
        ({"lon": "117.0204", "lat": "36.6683"}, "117.0,36.7"),
        ({"lon": "117.0204", "lat": "36.6683", "to_lon": "117.1", "to_lat": "36.7"}, "117.0,36.7"),
        ({"district": "370402"}, "117.6,34.9"),
        ({"station": "far"}, "117.6,34.9"),
        ({"q": "人民", "near": "117.6,34.9"}, "117.6,34.9"),
        ({}, ""),
    ],
)
def test_the_form_takes_along_a_town_and_never_a_place(
    parks: TestClient, asked: dict[str, str], town: str
) -> None:
    html = parks.get("/", params=asked).text
    assert re.findall(r'<input type="hidden" name="near" value="([^"]*)">', html) == [town]
    assert re.findall(r' data-near="([^"]*)"', html) == [town][: bool(town)]


def test_a_town_alone_asks_nothing_and_goes_with_no_other_question(parks: TestClient) -> None:
    assert 'data-state="asking"' in parks.get("/", params={"near": "117.0,36.7"}).text
    html = parks.get("/", params={"q": "人民公园", "near": "117.0,36.7", "kind": "outdoor_station"}).text
    assert "near=" not in "".join(re.findall(r'<li><a href="([^"]+)"', html))
