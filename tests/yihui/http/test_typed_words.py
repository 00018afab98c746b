"""The rider's page asked by words that are no name: needs, coordinates and pasted links."""

import re

import pytest
from fastapi.testclient import TestClient

from geo.station import Kind, Station
from tests.yihui.http.conftest import import_into
from tests.yihui.http.keeper_pages import app_of
from yihui.bootstrap import Wiring

NEAR = {"lon": "117.0204", "lat": "36.6683"}
_AMAP = "https://uri.amap.com/marker?position=117.02695,36.6694&name=x"


@pytest.fixture(scope="module")
def client(filled: Wiring) -> TestClient:
    return app_of(filled)


def asked(client: TestClient, **sent: str) -> dict[str, list[str]]:
    """The question to which the page leads a rider who types these fields."""
    answer = client.get("/", params=sent)
    assert answer.status_code == 200, answer.text
    return {name: answer.url.params.get_list(name) for name in answer.url.params}


def test_a_need_is_looked_for_at_the_place_that_was_sent_with_it(client: TestClient) -> None:
    assert asked(client, q="厕所", by="q", district="370102") == {
        "district": ["370102"],
        "facility": ["toilet"],
    }
    here = asked(client, q="哪里有廁所", by="q", facility="water", travel="walk", accuracy="8", **NEAR)
    assert here == {
        **{name: [value] for name, value in NEAR.items()},
        "accuracy": ["8"], "travel": ["walk"], "facility": ["water", "toilet"],
    }  # fmt: skip
    html = client.get("/", params={"q": "厕所", "by": "q", **NEAR}).text
    assert re.findall(r'<li class="card" data-id="([^"]*)"', html.split("<template")[0]) == ["quancheng"]
    assert "不再找卫生间" in html


def test_a_kind_of_station_is_no_name(client: TestClient) -> None:
    found = asked(client, q="妈妈小屋", by="q", kind="library", facility="water", district="370102")
    assert found == {"district": ["370102"], "facility": ["water"], "kind": ["mother_room"]}
    html = client.get("/", params=found).text
    assert "不再找妈妈小屋" in html and "不再找饮水" in html
    assert "要找：妈妈小屋。您在哪儿？" in client.get("/", params={"q": "妈妈小屋"}).text


def test_a_need_or_a_kind_right_beside_the_name_of_a_place_is_no_name(client: TestClient) -> None:
    found = asked(client, q="厕所泉城路户外劳动者驿站")
    assert found == {"q": ["泉城路户外劳动者驿站"], "facility": ["toilet"]}
    assert asked(client, q="厕所查无此地") == {"q": ["厕所查无此地"]}


def test_a_need_beside_a_place_is_looked_for_at_the_place_that_is_chosen(client: TestClient) -> None:
    found = asked(client, q="泉城路附近的厕所和热水", by="q", facility="water", **NEAR)
    assert found == {"q": ["泉城路"], "by": ["q"], "facility": ["water", "toilet", "hot_water"]}
    html = client.get("/", params={"q": "泉城路 厕所"}).text
    assert "泉城路户外劳动者驿站" in html and "facility=toilet" in html and "不再找卫生间" in html
    assert "查无此地" in client.get("/", params={"q": "查无此地厕所"}).text


@pytest.mark.parametrize("typed", ["厕所历下", "厕所 历下", "历下区的厕所", "廁所歷下"])
def test_a_need_beside_the_name_of_one_district_lists_the_district(client: TestClient, typed: str) -> None:
    assert asked(client, q=typed, by="q", **NEAR) == {"district": ["370102"], "facility": ["toilet"]}


def test_a_place_that_is_called_after_a_need_keeps_its_name(wiring: Wiring) -> None:
    called = Station(
        id="wc", name="泉城公园公厕", kind=Kind.OUTDOOR_STATION, lon=117.021, lat=36.669, district="370102"
    )
    import_into(wiring, [called])
    with app_of(wiring) as client:
        assert asked(client, q="泉城公园公厕") == {"q": ["泉城公园公厕"]}
        assert asked(client, q="泉城公园厕所") == {"q": ["泉城公园"], "facility": ["toilet"]}


def test_a_need_without_a_place_is_kept_while_the_page_asks_where(client: TestClient) -> None:
    answer = client.get("/", params={"q": "热水", "near": "117.02,36.66"})
    assert "要找：热水。您在哪儿？" in answer.text
    assert asked(client, q="热水", near="117.02,36.66") == {"facility": ["hot_water"]}
    part = client.get("/", params={"q": "热水", "part": "answer"})
    assert 'data-asks="要找：热水' in part.text and "<html" not in part.text


@pytest.mark.parametrize("typed", ["117.0204,36.6683", "117.0204，36.6683", "纬度36.6683 经度117.0204"])
def test_typed_coordinates_are_a_place_in_the_pages_datum_which_the_answer_repeats(
    client: TestClient, typed: str
) -> None:
    assert asked(client, q=typed, open="true") == {
        **{name: [value] for name, value in NEAR.items()}, "datum": ["wgs84"], "open": ["true"],
    }  # fmt: skip
    assert asked(client, q=typed, datum="bd09", by="q")["datum"] == ["bd09"]
    html = client.get("/", params={"q": typed}).text
    assert "您给的位置（手机定位的坐标）：117.0204, 36.6683<" in html


def test_a_pasted_link_is_a_place_in_the_datum_of_its_app(client: TestClient) -> None:
    found = asked(client, q=f"分享 {_AMAP}", datum="wgs84", by="q")
    assert (found["lon"], found["lat"], found["datum"]) == (["117.02695"], ["36.6694"], ["gcj02"])
    assert "您给的位置（高德、腾讯或微信的坐标）：" in client.get("/", params={"q": _AMAP}).text
    assert len(_AMAP + "&x=" + "y" * 900) > 900
    assert asked(client, q=_AMAP + "&x=" + "y" * 900)["datum"] == ["gcj02"]


def test_a_typed_end_of_a_way_is_in_the_datum_of_its_start(client: TestClient) -> None:
    found = asked(client, to_q=_AMAP, datum="wgs84", **NEAR)
    assert float(found["to_lon"][0]) == pytest.approx(117.0210, abs=2e-4)
    assert float(found["to_lat"][0]) == pytest.approx(36.6690, abs=2e-4)
    assert "to_q" not in found


@pytest.mark.parametrize("words", ["", "看这里："])
@pytest.mark.parametrize("field", ["q", "to_q"])
def test_a_short_link_is_not_fetched_and_the_page_says_what_to_do(
    client: TestClient, field: str, words: str
) -> None:
    shared = f"{words}https://surl.amap.com/abc"
    answer = client.get("/", params={field: shared, **(NEAR if field == "to_q" else {})})
    assert answer.status_code == 422
    assert "再复制打开后的长网址" in answer.text
    assert answer.text.count("这个链接里读不出坐标") == 2  # as the page's message, and for its script
    assert '<div class="problems"' not in answer.text


@pytest.mark.parametrize(
    ("shared", "name"),
    [
        ("【泉城路户外劳动者驿站】 https://surl.amap.com/abc", "泉城路户外劳动者驿站"),
        ("【高德地图】泉城路户外劳动者驿站，泉城路180号 https://surl.amap.com/abc", "泉城路户外劳动者驿站"),
        ("泉城路户外劳动者驿站https://j.map.baidu.com/ab/c1D", "泉城路户外劳动者驿站"),
        ("我的位置：泉城路户外劳动者驿站 https://surl.amap.com/abc", "泉城路户外劳动者驿站"),
    ],
)
def test_of_a_shared_text_with_a_short_link_the_name_is_searched(
    client: TestClient, shared: str, name: str
) -> None:
    assert asked(client, q=shared, open="true") == {"q": [name], "open": ["true"]}
    assert asked(client, to_q=shared, **NEAR)["to_q"] == [name]
    assert asked(client, q="厕所 https://surl.amap.com/abc") == {"facility": ["toilet"]}


def test_of_a_shared_text_whose_name_is_not_here_its_district_is_searched(client: TestClient) -> None:
    shared = "【高德地图】查无此地 山东省济南市历下区泺源大街66号 https://surl.amap.com/abc"
    assert asked(client, q=shared, open="true") == {"q": ["历下区"], "open": ["true"]}


def test_who_charges_an_e_bike_is_offered_what_she_means(client: TestClient) -> None:
    assert 'facility=ebike_charging">找电动车充电' in client.get("/", params={"q": "充电"}).text
    nothing = client.get("/", params={"facility": "ebike_charging", **NEAR}).text
    assert re.search(r'facility=battery_swap[^"]*">找换电', nothing)


def test_the_number_of_the_hotline_can_be_called(client: TestClient) -> None:
    assert 'href="tel:12351">拨打' in client.get("/", params={"q": "12351", "part": "answer"}).text


def test_the_point_of_a_station_is_called_by_its_name(client: TestClient) -> None:
    at = client.get("/", params={"lon": "117.021", "lat": "36.669", "part": "answer"}).text
    assert "在泉城路户外劳动者驿站附近</h2>" in at


@pytest.mark.parametrize(
    ("typed", "is_called"),
    [
        ("泉城路驿站", False),
        ("济南驿站", True),
        ("济南市历下区泉城路", True),
        ("泉城路 户外", True),
        ("quanchenglu", True),
    ],
)
def test_names_that_only_hold_parts_of_what_was_typed_are_said_to_be_like_it(
    client: TestClient, typed: str, is_called: bool
) -> None:
    told = client.get("/", params={"q": typed, "part": "answer"}).text
    assert "泉城路户外劳动者驿站" in told
    assert (f"没有叫“{typed}”的。名称相近的有：" in told) is not is_called


def test_a_sign_beside_an_area_finds_nothing_that_is_merely_there(client: TestClient) -> None:
    told = client.get("/", params={"q": "济南站", "part": "answer"}).text
    assert "驿站" not in told and "没有叫“济南站”的" in told


def test_without_names_of_roads_none_is_promised(client: TestClient) -> None:
    assert "路名" not in client.get("/").text
    assert '这里查不到路名。 <a href="#district">' in client.get("/", params={"q": "经十路"}).text


def test_the_clock_round_is_a_filter(client: TestClient) -> None:
    assert asked(client, q="24小时", **NEAR, by="q") == {
        **{name: [value] for name, value in NEAR.items()}, "stay_min": ["1440"],
    }  # fmt: skip
    assert asked(client, q="历下区 24小时开放") == {"district": ["370102"], "stay_min": ["1440"]}
    assert "要找：24 小时开放。您在哪儿？" in client.get("/", params={"q": "24小时"}).text


def test_of_a_place_elsewhere_the_page_says_first_where_its_own_places_are(client: TestClient) -> None:
    told = client.get("/", params={"q": "北京市朝阳区", "part": "answer"}).text
    assert '<p class="notice">这里只有山东省的站点。' in told
