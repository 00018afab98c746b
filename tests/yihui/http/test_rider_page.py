"""The rider's page without script, about a point or a way; and the service worker that keeps it."""

import hashlib
import json
import re
from base64 import b64encode
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import pytest
from fastapi.testclient import TestClient

from tests.yihui.http.keeper_pages import app_of
from yihui.bootstrap import Wiring
from yihui.http.rider.request import RiderPageForm

NEAR = {"lon": "117.0204", "lat": "36.6683"}


@pytest.fixture(scope="module")
def client(filled: Wiring) -> TestClient:
    return app_of(filled)


def shown(html: str) -> str:
    """What is on the page: without its head, and without what only script reads."""
    return re.sub(
        r"<template.*?</template>|<script.*?</script>", "", html.split("</head>")[-1], flags=re.DOTALL
    )


def names(html: str) -> list[str]:
    return re.findall(r'data-of="name">([^<]*)</span>', shown(html))


def test_the_nearest_usable_places_are_listed_with_all_that_a_rider_needs(client: TestClient) -> None:
    html = client.get("/", params=NEAR | {"travel": "walk"}, headers={"User-Agent": "Android"}).text
    assert names(html) == ["泉城路户外劳动者驿站", "&lt;img src=x onerror=alert(1)&gt;“&amp;"]
    for text in (
        "94 米",
        "开到 18:00",
        "10月1日",
        "geo:36.669000,117.021000",
        "tel:053112351",
        "已撤站点",
    ):
        assert text in html, text


def test_a_district_that_is_none_is_told_and_the_list_is_offered(client: TestClient) -> None:
    answer = client.get("/", params={"district": "999999"})
    assert answer.status_code == 422
    assert "列表里没有这个区县" in answer.text
    assert '<details class="by-hand" id="by-hand" open>' in answer.text
    assert '<option value="370102"' in answer.text
    assert client.get("/", params=NEAR | {"district": "999999"}).status_code == 200  # a point comes first


def test_empty_fields_ask_nothing(client: TestClient) -> None:
    answer = client.get("/?lon=&lat=&district=&travel=walk")
    assert answer.status_code == 200
    assert names(answer.text) == []


# A value of each field that is no place and no part, none of them the default one.
CONDITIONS = {
    "at": ["2026-10-01T10:00"], "kind": ["library"], "facility": ["ebike_charging", "toilet"],
    "entry": ["scan", "walk_in"], "access": ["public"], "open": ["true"], "not_closed": ["true"], "usable": ["true"],
    "member": ["true"], "employer": ["历下纺织厂"], "benefit": ["b"], "stay_min": ["60"], "verified_within_days": ["9"],
    "lang": ["en"], "k": ["7"], "travel": ["walk"], "speed_km_per_h": ["12"], "within_m": ["9000"], "within_min": ["60"],
    "exactly": ["true"], "order": ["distance"], "when": ["now"], "within": ["300"],
}  # fmt: skip
# Fields of a place, which another place replaces; of the request alone; and of a further page.
PASSING = {
    "lon", "lat", "datum", "accuracy", "station", "district", "q", "near", "to_q", "to_lon", "to_lat", "to_name",
    "by", "part", "offset",
}  # fmt: skip


def filled_in(html: str) -> dict[str, list[str]]:
    """What a browser sends of the page's form."""
    form = shown(html).split('id="ask"', 1)[1].split("</form>")[0]
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        given = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if given.get("type") not in ("checkbox", "radio") or tag.endswith(" checked>"):
            sent.setdefault(given["name"], []).append(given.get("value", ""))
    for name, options in re.findall(r'<select name="(\w+)".*?>(.*?)</select>', form, re.DOTALL):
        sent.setdefault(name, []).extend(re.findall(r'value="([^"]*)" selected', options))
    return sent


def test_the_form_asks_again_all_that_was_asked_whether_or_not_a_control_shows_it(client: TestClient) -> None:
    assert {*CONDITIONS} | PASSING == {*RiderPageForm.model_fields}
    for place in ({}, {"district": "370102"}, NEAR):
        sent = filled_in(client.get("/", params=place | CONDITIONS).text)
        assert {name: sorted(filter(None, sent[name])) for name in CONDITIONS} == CONDITIONS
    assert 'hidden><input type="checkbox" name="facility" value="shower"' in client.get("/").text
    asked = client.get("/", params={"facility": "shower"}).text
    assert re.search(r'data-spare><input type="checkbox" name="facility" value="shower" checked', asked)


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"lon": "abc", "lat": "36"}, "经度 应为数字，这里是 abc"),
        ({"lon": "36.6", "lat": "117"}, "写反了"),
        ({"lon": "36.6", "lat": "87"}, "写反了"),  # lies on the Earth, in the Kara Sea
        ({"lon": "117"}, "要么都填"),
        ({"district": "济南"}, "认不出的内容"),
        (NEAR | {"at": "2026-13-01T22:00"}, "什么时候去：“2026-13-01T22:00”不是日期加时间"),
        (NEAR | {"at": "1926-10-01T22:00"}, "不填就是现在"),
        (NEAR | {"kind": "pub"}, "认不出的内容"),
        (NEAR | {"unknown": "1"}, "认不出的内容"),
    ],
)
def test_a_wrong_field_is_told_on_the_page_which_keeps_what_was_typed(
    client: TestClient, sent: dict[str, str], told: str
) -> None:
    answer = client.get("/", params=sent)
    assert answer.status_code == 422
    assert told in answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert "lon" not in sent or f'value="{sent["lon"]}"' in answer.text


def test_the_page_may_load_only_its_own_files(client: TestClient) -> None:
    answer = client.get("/")
    policy = answer.headers["content-security-policy"]
    loaded = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', answer.text))
    assert len(loaded) >= 3
    for address in loaded:
        file = client.get(address)
        assert file.status_code == 200
        assert "immutable" in file.headers["cache-control"]
    # Links load nothing
    assert not re.search(r'<(?!a )[^>]*(?:src|href|action)="(?:https?:)?//', answer.text)
    assert not re.search(r"\son\w+=|\sstyle=|<script>", answer.text)
    (styles,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert f"'sha256-{b64encode(hashlib.sha256(styles.encode()).digest()).decode()}'" in policy


def test_a_link_to_a_place_tells_its_name_and_what_it_is_without_script(client: TestClient) -> None:
    def read(**asked: str) -> dict[str, str]:
        html = client.get("/", params=asked).text
        return dict(re.findall(r'<meta (?:name|property)="(description|og:\w+)" content="([^"]*)">', html))

    shared = read(station="quancheng")
    assert shared["og:title"] == "泉城路户外劳动者驿站"
    assert shared["description"] == shared["og:description"]
    assert "泉城路 180 号" in shared["description"] and "08:00-18:00" in shared["description"]
    assert shared["og:url"] == "http://127.0.0.1/?station=quancheng"
    assert client.get(shared["og:image"]).headers["content-type"] == "image/png"
    assert "&lt;img" in read(station="hostile")["og:title"]
    assert read(**NEAR)["og:url"] == "http://127.0.0.1/"  # never where somebody is


def test_the_page_can_be_put_on_the_home_screen(client: TestClient) -> None:
    (address,) = re.findall(r'rel="manifest" href="([^"]+)"', client.get("/").text)
    found = client.get(address)
    assert found.headers["content-type"].startswith("application/manifest+json")
    for icon in found.json()["icons"]:
        assert client.get(urljoin(address, icon["src"])).headers["content-type"] == icon["type"]
    assert client.get(found.json()["start_url"]).status_code == 200


def test_large_text_is_chosen_without_script_and_leads_back(filled: Wiring) -> None:
    client = app_of(filled)
    pages = [
        "/",
        "/?district=370102",
        "/reports",
        "/reports/abcd-efgh-2345-ijkl",
        "/keep",
        "/join/nothing",
        "/nowhere",
    ]
    ways = {page: page for page in pages} | {"//other.example/": "/", "https://other.example": "/"}
    for back, path in ways.items():
        shown = client.get(path, headers={"accept": "text/html"}).text
        assert ' class="large"' not in shown
        assert f'name="back" value="{path}"' in shown
        answer = client.post("/preferences", data={"large": "yes", "back": back}, follow_redirects=False)
        assert answer.headers["location"] == path
        assert '<html lang="zh-CN" class="large">' in client.get(path, headers={"accept": "text/html"}).text
        client.cookies.clear()


def test_the_footer_names_the_sites_recorded_numbers_where_there_are_any(filled: Wiring) -> None:
    assert "备案" not in app_of(filled).get("/").text
    numbers = {"icp_number": "鲁ICP备12345678号-1", "police_number": "鲁公网安备 37010202000001号"}
    recorded = replace(filled, settings=replace(filled.settings, **numbers))
    for path in ("/", "/reports", "/keep", "/docs"):
        links = dict(
            re.findall(r'<a href="(https://beian[^"]+)"[^>]*>([^<]+)', app_of(recorded).get(path).text)
        )
        assert links == {
            "https://beian.miit.gov.cn/": numbers["icp_number"],
            "https://beian.mps.gov.cn/#/query/webSearch?code=37010202000001": numbers["police_number"],
        }


def _page(client: TestClient, **asked: str) -> str:
    answer = client.get("/", params={"lang": "en", **asked})
    assert answer.status_code == 200
    return str(answer.text)


def _refusal(client: TestClient, **asked: str) -> str:
    answer = client.get("/", params={"lang": "en", **asked})
    assert answer.status_code == 422
    return str(answer.text)


def test_a_destination_in_words_is_chosen_from_a_list_that_keeps_the_question(client: TestClient) -> None:
    page = _page(client, lon="117.0150", lat="36.6684", to_q="泉城路", kind="mother_room")
    assert "Where to?" in page
    (href,) = {h for h in re.findall(r'<li><a href="([^"]+)"', page) if "to_lon=117.02100" in h}
    assert "kind=mother_room" in href
    assert "to_q" not in href
    assert "On the way to 泉城路户外劳动者驿站" in client.get(href.replace("&amp;", "&")).text


def test_a_way_without_a_start_is_told_with_a_remedy(client: TestClient) -> None:
    page = _refusal(client, to_lon="117.03", to_lat="36.6684")
    assert "it isn&#39;t known where your way begins" in page
    assert "use your position" in page


def shell(client: TestClient) -> dict[str, list[str]]:
    line = client.get("/worker.js").text.partition("\n")[0]
    told: dict[str, list[str]] = json.loads(line.removeprefix("const SHELL=").removesuffix(";"))
    return told


def test_all_that_it_keeps_is_there(client: TestClient) -> None:
    told = shell(client)
    for address in (*told["pages"], *told["files"]):
        assert client.get(address).status_code == 200, address


def test_it_keeps_nothing_of_keepers_and_no_answer(client: TestClient) -> None:
    told = shell(client)
    assert {urlsplit(page).path for page in told["pages"]} == {"/", "/reports"}
    assert not [file for file in told["files"] if not file.startswith("/static/")]
    assert not [file for file in told["files"] if "/keep-" in file]


def test_what_the_page_loads_is_kept(client: TestClient) -> None:
    """All that the page names: the worker keeps no page that names anything else."""
    page, files = client.get("/").text, shell(client)["files"]
    loaded = re.findall(r"/static/[^\"'#\s]+", page)
    assert set(loaded) <= set(files)
    assert any(file.endswith(".js") for file in loaded)
    assert any(file.endswith(".css") for file in loaded)
