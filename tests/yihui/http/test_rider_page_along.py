"""The rider's page about a way: fields, choices, the places along it."""

import json
import re

import pytest
from fastapi.testclient import TestClient

from tests.yihui.http.keeper_pages import app_of
from yihui.bootstrap import Wiring

WAY = {"lon": "117.0150", "lat": "36.6684", "to_lon": "117.0300", "to_lat": "36.6684", "lang": "en"}


@pytest.fixture(scope="module")
def client(filled: Wiring) -> TestClient:
    return app_of(filled)


def _page(client: TestClient, **asked: str) -> str:
    answer = client.get("/", params={"lang": "en", **asked})
    assert answer.status_code == 200
    return str(answer.text)


def _refusal(client: TestClient, **asked: str) -> str:
    answer = client.get("/", params={"lang": "en", **asked})
    assert answer.status_code == 422
    return str(answer.text)


def _names(page: str) -> list[str]:
    return re.findall(r'data-of="name">([^<]+)<', page.partition("<template")[0])


def test_places_stand_in_the_order_of_the_way_with_how_far_ahead(client: TestClient) -> None:
    page = _page(client, **WAY, to_name="济南站")
    assert "On the way to 济南站" in page
    assert _names(page)[0].startswith("泉城路")
    assert 'data-of="metres">536 m ahead<' in page
    assert "then 67 m off the way, north" in page
    assert "about 3 min by e-bike" in page
    assert "On the way, but passed over: 3" in page


def test_a_place_on_the_way_itself_is_told_to_be_there(client: TestClient) -> None:
    page = _page(client, **WAY, at="2026-11-20T21:00+08:00")
    assert 'data-of="bearing">right on the way<' in page


def test_the_map_is_told_the_line(client: TestClient) -> None:
    (line,) = re.findall(r"data-line='([^']+)'", _page(client, **WAY))
    assert json.loads(line) == [[117.015, 36.6684], [117.03, 36.6684]]


def test_a_destination_in_words_is_chosen_from_a_list_that_keeps_the_question(client: TestClient) -> None:
    page = _page(client, lon="117.0150", lat="36.6684", to_q="泉城路", kind="mother_room")
    assert "Where to?" in page
    (href,) = {h for h in re.findall(r'<li><a href="([^"]+)"', page) if "to_lon=117.02100" in h}
    assert "kind=mother_room" in href
    assert "to_q" not in href
    assert "On the way to 泉城路户外劳动者驿站" in client.get(href.replace("&amp;", "&")).text


def test_a_destination_that_nobody_knows_is_told(client: TestClient) -> None:
    page = _page(client, lon="117.0150", lat="36.6684", to_q="qqqq")
    assert "is called “qqqq”" in page


def test_a_way_without_a_start_is_told_with_a_remedy(client: TestClient) -> None:
    page = _refusal(client, to_lon="117.03", to_lat="36.6684")
    assert "it isn&#39;t known where your way begins" in page
    assert "use your position" in page


def test_how_far_off_the_way_is_as_asked(client: TestClient) -> None:
    assert _names(_page(client, **WAY, within="30")) == []
    assert "Nothing usable was found" in _page(client, **WAY, within="30")
    assert "selected>1,000 m<" in _page(client, **WAY, within="1000")


def test_the_way_can_be_left_and_the_question_kept(client: TestClient) -> None:
    page = _page(client, **WAY, open="true")
    (href,) = re.findall(r'<a class="button" rel="nofollow" href="([^"]+)">Only what is near me', page)
    assert "to_l" not in href
    assert "open=true" in href
