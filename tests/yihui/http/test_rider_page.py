import hashlib
import re
from base64 import b64encode
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from geo.registry import Register, import_stations
from geo.station import Kind, Station
from tests.yihui.http.keeper_pages import app_of
from yihui.bootstrap import Wiring

NEAR = {"lon": "117.0204", "lat": "36.6683"}


@pytest.fixture(scope="module")
def client(filled: Wiring) -> TestClient:
    return app_of(filled)


@pytest.fixture
def own(wiring: Wiring) -> TestClient:
    """The page over a register of one's own."""
    return app_of(wiring)


def shown(html: str) -> str:
    """What is on the page: without its head, and without what only script reads."""
    return re.sub(
        r"<template.*?</template>|<script.*?</script>", "", html.split("</head>")[-1], flags=re.DOTALL
    )


def names(html: str) -> list[str]:
    return re.findall(r'data-of="name">([^<]*)</span>', shown(html))


def test_the_page_is_chinese_unless_english_is_asked_for(client: TestClient) -> None:
    assert '<html lang="zh-CN">' in client.get("/", headers={"Accept-Language": "fr"}).text
    assert '<html lang="en">' in client.get("/", headers={"Accept-Language": "en-GB,zh;q=0.5"}).text
    assert '<html lang="en">' in client.get("/?lang=en", headers={"Accept-Language": "zh-CN"}).text


def test_the_nearest_usable_places_are_listed_with_all_that_a_rider_needs(client: TestClient) -> None:
    html = client.get("/", params=NEAR | {"travel": "walk"}).text
    assert names(html) == ["泉城路户外劳动者驿站", "&lt;img src=x onerror=alert(1)&gt;“&amp;"]
    for text in (
        "94 米",
        "步行约 2 分钟",
        "开到 18:00",
        "直接进",
        "泉城路 180 号",
        "08:00-18:00",
        "2026-10-01",
        "示例",
        "geo:36.669000,117.021000",
        "tel:053112351",
    ):
        assert text in html
    for reason in ("夜间驿站", "20:00", "某公司妈妈小屋", "已撤站点"):
        assert reason in html


def test_only_what_is_nearer_than_the_list_s_last_is_told_as_passed_over(
    own: TestClient, wiring: Wiring
) -> None:
    """Fewer are found than were asked for: the search looks on to its limit, a rider does not."""
    lon = float(NEAR["lon"]) + 1
    asked = NEAR | {"lon": str(lon), "k": "5", "open": "true", "lang": "zh"}
    hours = {"near": "20:00-22:00", "open": "24小时", "far": "20:00-22:00"}
    places = [
        Station(id=name, name=f"{name} station", kind=Kind.OUTDOOR_STATION, lon=lon + n / 1000, lat=36.6683,
                hours_text=hours[name]) for n, name in enumerate(hours, 1)
    ]  # fmt: skip
    import_into(wiring, places)
    html = shown(own.get("/", params=asked).text)
    assert names(html) == ["open station"]
    assert "更近但不合适的 1 处" in html
    assert re.findall(r'<li data-id="(\w+)"', html) == ["near"]
    none = shown(own.get("/", params=asked | {"facility": "gym"}).text)
    assert names(none) == []
    assert "附近但不合适的 3 处" in none, "where nothing will do, each says why"


def test_a_district_lists_open_places_first_and_those_without_coordinates_too(client: TestClient) -> None:
    assert names(client.get("/", params={"district": "370102"}).text)[0] == "泉城路户外劳动者驿站"
    unplaced = client.get("/", params={"district": "370402"}).text
    assert names(unplaced) == ["没有坐标的驿站"]
    assert "geo:" not in shown(unplaced)


def options(html: str) -> dict[str, str]:
    return dict(re.findall(r'<option value="(\d{6})"[^>]*>([^<]+)<', html))


def import_into(wiring: Wiring, stations: list[Station]) -> None:
    with wiring.database.write() as connection:
        register = Register("test", "", "test.csv", stations[0].district or "")
        import_stations(connection, register, stations, wiring.now(), confirmed=True)


def test_one_row_never_names_a_district(own: TestClient, wiring: Wiring) -> None:
    """Outlines name it; without them, most of its stations do."""
    rows = [
        Station(id=f"s{n}", name="站", kind=Kind.LIBRARY, district="370198", district_name=stated)
        for n, stated in enumerate(["历下區", "历下区", "历下区", "全福街道"])
    ]
    import_into(wiring, rows)
    assert options(own.get("/").text) == {"370198": "历下区"}
    rows = [row.model_copy(update={"district": "370103"}) for row in rows]
    other = Station(id="t", name="站", kind=Kind.LIBRARY, district="469001", district_name="五指山")
    import_into(wiring, [*rows, other])
    html = own.get("/").text
    assert options(html) == {"370103": "市中区", "469001": "五指山市"}
    assert re.findall(r'<optgroup label="([^"]+)"', html) == ["济南市", "海南省"]
    assert "市中区的站点" in own.get("/", params={"district": "370103"}).text


def test_a_district_that_is_none_is_told_and_the_list_is_offered(client: TestClient) -> None:
    answer = client.get("/", params={"district": "999999"})
    assert answer.status_code == 422
    assert "没有代码为 999999 的区县" in answer.text
    assert '<details class="by-hand" id="by-hand" open>' in answer.text
    assert '<option value="370102"' in answer.text
    assert client.get("/", params=NEAR | {"district": "999999"}).status_code == 200  # a point comes first


def test_filters_are_kept_in_the_form(client: TestClient) -> None:
    html = client.get("/", params=NEAR | {"kind": "mother_room", "travel": "ebike", "open": "true"}).text
    assert re.search(r'value="mother_room" checked', html)
    assert re.search(r'value="ebike" checked', html)
    assert 'value="117.0204"' in html


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"when": "arrival", "travel": "ebike"}, ""),
        ({"when": "now"}, "1"),
        ({"when": "arrival", "open": "true"}, "1"),
    ],
)
def test_what_goes_without_saying_is_not_counted_as_a_need(
    client: TestClient, asked: dict[str, str], count: str
) -> None:
    """Without script a form sends its radio buttons each time."""
    assert f'id="chosen">{count}</span>' in client.get("/", params=NEAR | asked).text


def test_the_other_language_asks_the_same(client: TestClient) -> None:
    html = client.get("/", params=NEAR | {"kind": ["mother_room", "library"]}).text
    (link,) = re.findall(r'id="language" href="([^"]+)"', html)
    assert link == "/?lon=117.0204&amp;lat=36.6683&amp;kind=mother_room&amp;kind=library&amp;lang=en"


def test_empty_fields_ask_nothing(client: TestClient) -> None:
    answer = client.get("/?lon=&lat=&district=&travel=walk")
    assert answer.status_code == 200
    assert names(answer.text) == []


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"lon": "abc", "lat": "36"}, "经度 应为数字，这里是 abc"),
        ({"lon": "36.6", "lat": "117"}, "写反了"),
        ({"lon": "36.6", "lat": "87"}, "写反了"),  # lies on the Earth, in the Kara Sea
        ({"lon": "117"}, "要么都填"),
        ({"district": "济南"}, "请写六位区划代码"),
        (NEAR | {"kind": "pub"}, "不能是 pub"),
        (NEAR | {"unknown": "1"}, "没有字段 unknown"),
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
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["referrer-policy"] == "same-origin"
    loaded = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', answer.text))
    assert len(loaded) >= 3
    for address in loaded:
        file = client.get(address)
        assert file.status_code == 200
        assert "immutable" in file.headers["cache-control"]
    assert not re.search(
        r'<(?!a )[^>]*(?:src|href|action)="(?:https?:)?//', answer.text
    )  # links load nothing
    assert not re.search(r"\son\w+=|\sstyle=|<script>", answer.text)
    (styles,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert f"'sha256-{b64encode(hashlib.sha256(styles.encode()).digest()).decode()}'" in policy


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_colours_have_enough_contrast_in_both_themes(theme: int) -> None:
    blocks = re.findall(
        r":root \{(.*?)\}",
        (Path(__file__).parents[3] / "web" / "src" / "css" / "base.css").read_text(encoding="utf-8"),
        re.DOTALL,
    )
    colours = dict(re.findall(r"--([\w-]+): (#\w+)", blocks[theme]))

    def contrast(one: str, other: str) -> float:
        high, low = sorted((_luminance(colours[one]), _luminance(colours[other])), reverse=True)
        return (high + 0.05) / (low + 0.05)

    for text in ("text", "soft", "accent", "open", "closed", "unknown"):
        assert min(contrast(text, "surface"), contrast(text, "ground")) >= 4.5, text  # WCAG 2.2, 1.4.3
    assert contrast("on-accent", "accent") >= 4.5
    assert contrast("on-mark", "mark") >= 4.5
    assert min(contrast("line", "surface"), contrast("line", "ground")) >= 3  # 1.4.11
