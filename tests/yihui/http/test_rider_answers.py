"""What the rider's page answers to each way of saying where, and for what."""

import json
import re

import pytest
from fastapi.testclient import TestClient

from geo.crs import Datum, from_wgs84
from geo.station import Kind
from tests.yihui.http.conftest import HERE
from tests.yihui.http.keeper_pages import app_of
from yihui.bootstrap import Wiring

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


def test_round_the_clock_is_open_for_the_next_24_hours(client: TestClient) -> None:
    html = ask(client, **NEAR, stay_min="1440", kind="outdoor_station")
    assert names(html) == []
    assert "18:00 就关门" in html  # why the one that is open now won't do


def test_more_places_are_one_link_away_with_the_same_question(client: TestClient) -> None:
    html = ask(client, **NEAR, k="1", member="true")
    (link,) = re.findall(r'data-of="further" href="([^"]+)"', html)
    more = client.get(link.replace("&amp;", "&")).text
    assert len(names(re.sub(r"<template.*</template>", "", more, flags=re.DOTALL))) == 2
    assert "member=true" in link
    assert "further" not in ask(client, **NEAR, k="50")


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


def test_the_form_shows_the_one_way_that_was_answered(client: TestClient) -> None:
    html = client.get("/", params=NEAR | {"district": "370402", "by": "district"}).text
    assert 'name="lon" id="lon"' in html
    assert 'value="117.0204"' not in html
    assert '<option value="370402" selected>' in html


def test_what_the_form_doesn_t_show_goes_with_the_next_question(client: TestClient) -> None:
    html = client.get("/", params=NEAR | {"verified_within_days": "365", "k": "3", "lang": "en"}).text
    (form,) = re.findall(r'<form class="ask".*?</form>', html, re.DOTALL)
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)">', form))
    assert kept == {"verified_within_days": "365", "k": "3", "lang": "en", "near": "117.0,36.7"}


def test_only_what_the_register_knows_is_offered(client: TestClient) -> None:
    html = client.get("/").text
    assert set(re.findall(r'name="facility" value="(\w+)"', html)) == {"toilet", "water"}
    assert set(re.findall(r'name="kind" value="(\w+)"', html)) == {"outdoor_station", "mother_room"}


def test_an_address_in_words_gives_places_to_choose_from_and_keeps_the_filters(client: TestClient) -> None:
    html = ask(client, q="泉城路", kind="outdoor_station")
    (link,) = re.findall(r'<li><a href="([^"]+)">泉城路户外劳动者驿站', html)
    assert link == "/?kind=outdoor_station&amp;lon=117.02100&amp;lat=36.66900&amp;datum=wgs84"
    assert names(client.get(link.replace("&amp;", "&") + "&part=answer").text)[0] == "泉城路户外劳动者驿站"


def test_a_place_without_coordinates_is_chosen_by_itself(client: TestClient) -> None:
    assert '<a href="/?station=unplaced">' in ask(client, q="没有坐标")


def test_an_address_that_nobody_knows_is_told_and_shown_as_text(client: TestClient) -> None:
    html = ask(client, q="<img src=x onerror=alert(1)>")
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert "<img" not in html


def test_every_facility_that_is_offered_has_its_icon(client: TestClient) -> None:
    html = client.get("/").text
    (sheet,) = set(re.findall(r'href="(/static/built/icons-[^"#]+)', html))
    drawn = set(re.findall(r'<symbol id="(\w+)"', client.get(sheet).text))
    assert set(re.findall(r'icons-[^"#]+#(\w+)"', html)) <= drawn


def test_a_card_offers_what_its_place_has_to_call_and_to_report(client: TestClient) -> None:
    html = ask(client, station="quancheng")
    assert 'data-of="call" href="tel:053112351"' in html
    assert set(re.findall(r'name="found" value="broken (\w+)"', html)) == {"water", "toilet"}
    assert 'data-of="call"' not in ask(client, station="night")


def test_the_map_is_told_the_signs_of_all_kinds(client: TestClient) -> None:
    (kinds,) = re.findall(r"data-kinds='([^']+)'", client.get("/").text)
    told = json.loads(kinds)
    assert told["outdoor_station"]["character"] == "驿"
    assert set(told) == set(Kind)
