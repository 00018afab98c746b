"""A card of the list: short enough to compare places, whole for the one that is looked at."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from geo.station import Access, Entry, Kind, Station
from tests.yihui.http.riding import DESK, NEAR, PHONE, Visit, served

pytestmark = pytest.mark.needs("chromium")

_ALL: dict[str, Any] = {
    "kind": Kind.OUTDOOR_STATION,
    "entry": Entry.WALK_IN,
    "access": Access.PUBLIC,
    "address": "泉城路 180 号",
    "phone": "0531-12351",
    "facilities": frozenset(
        ["toilet", "charging", "water", "microwave", "aircon", "seats", "wifi", "medicine", "fridge", "books"]
    ),
    "sample": True,
}
STATIONS = [
    Station(id=f"s{n}", name=f"历下区大明湖街道社区卫生服务站工会驿站{n}", lon=117.03 + n / 100, lat=36.66,
            hours_text=["08:00-18:00", "", "24小时"][n % 3], **_ALL) for n in range(6)
]  # fmt: skip
STATIONS.append(
    Station(id="mute", name="没有电话的驿站", lon=117.4, lat=36.66, hours_text="24小时",
            **{**_ALL, "phone": "", "facilities": frozenset({"water", "toilet"})})
)  # fmt: skip
HIGHEST = 310


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("site"), STATIONS) as running:
        yield running


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    made = Visit(browser, address, PHONE)
    made.context.route("https://**", lambda route: route.abort())  # a map app's own site
    yield made
    made.close()


def card(page: Page, number: int) -> Locator:
    return page.locator("#answer .card").nth(number)


def height(of: Locator) -> float:
    box = of.bounding_box()
    assert box is not None
    return box["height"]


def test_two_places_and_a_bit_of_the_third_stand_on_one_screen_of_a_phone(visit: Visit) -> None:
    page = visit.open(NEAR)
    heights = [height(one) for one in page.locator("#answer .card").all()]
    assert len(heights) == 5
    assert max(heights) <= HIGHEST, heights
    card(page, 0).evaluate("one => one.scrollIntoView({ block: 'start', behavior: 'instant' })")
    expect(card(page, 2).locator("h3")).to_be_in_viewport()


def test_a_card_says_without_a_tap_what_decides_where_one_goes(visit: Visit) -> None:
    first = card(visit.open(NEAR), 0)
    for told in ("metres", "minutes", "opening", "entry", "access", "facilities", "kind", "verified"):
        expect(first.locator(f"[data-of={told}]")).to_be_visible()
    for folded in ("address", "phone", "hours", "share"):
        expect(first.locator(f"[data-of={folded}]")).to_be_hidden()


def test_a_way_there_a_call_and_a_report_are_one_tap_from_the_list(visit: Visit) -> None:
    first = card(visit.open(NEAR), 0)
    call = first.get_by_role("link", name="打电话", exact=True)
    expect(call).to_have_attribute("href", "tel:053112351")
    way, report = first.get_by_role("link", name="带我去"), first.locator("details.report > summary")
    boxes = [one.bounding_box() for one in (way, call, report, first.get_by_text("更多"))]
    assert all(box is not None and min(box["width"], box["height"]) >= 44 for box in boxes), boxes
    middles = {box and round((box["y"] + box["height"] / 2) / 2) for box in boxes}
    assert len(middles) == 1, "all of them in one row"


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_narrow_phone_scrolls_no_card_sideways(browser: Browser, address: str, language: str) -> None:
    visit = Visit(browser, address, {"width": 320, "height": 640}, locale=language)
    page = visit.open(NEAR)
    expect(card(page, 0).locator("[data-of=call]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    visit.close()


def test_where_no_number_is_known_there_is_nothing_to_call(visit: Visit) -> None:
    last = card(visit.open("/?station=mute"), 0)
    expect(last.get_by_text("反馈")).to_be_visible()
    expect(last.locator("[data-of=call]")).to_have_count(0)
    expect(last.locator("[data-of=phone]")).to_have_count(0)


def test_the_rest_is_one_tap_away_without_script_too(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, java_script_enabled=False)
    first = card(visit.open(NEAR), 0)
    first.get_by_text("更多").click()
    for told in ("address", "phone", "hours", "share"):
        expect(first.locator(f"[data-of={told}]")).to_be_visible()
    expect(card(visit.open("/?station=s1"), 0).locator("[data-of=address]")).to_be_visible()
    visit.close()


def test_facilities_take_two_lines_and_all_their_room_where_the_rest_is_open(visit: Visit) -> None:
    first = card(visit.open(NEAR), 0)
    before = height(first.locator(".facilities"))
    first.get_by_text("更多").click()
    assert height(first.locator(".facilities")) > before
    assert before <= 2 * height(first.locator(".facilities li").first)


@pytest.mark.parametrize(("id", "cut"), [("s1", True), ("mute", False)])
def test_where_facilities_are_cut_a_sign_says_so(visit: Visit, id: str, cut: bool) -> None:
    """The sign is what is seen of the list where its items are not."""
    page = visit.open(f"/?station={id}")
    card(page, 0).get_by_text("更多").click()  # a place by itself is open at first
    expect(card(page, 0).locator("[data-of=share]")).to_be_hidden()
    facilities = card(page, 0).locator(".facilities")
    facilities.evaluate("list => { for (const one of list.children) one.style.visibility = 'hidden'; }")
    facilities.evaluate(
        "list => list.scrollIntoView({ block: 'center', behavior: 'instant' })"
    )  # above the bar
    sign = facilities.screenshot()
    facilities.evaluate("list => { list.style.color = 'transparent'; }")
    assert (facilities.screenshot() != sign) == cut


def test_the_place_that_is_looked_at_is_open_and_folds_when_another_is(visit: Visit) -> None:
    page = visit.open(NEAR)
    step = page.get_by_role("button", name="下一个")
    step.click()
    expect(card(page, 0).locator("[data-of=share]")).to_be_visible()
    step.click()
    expect(card(page, 0).locator("[data-of=share]")).to_be_hidden()
    expect(card(page, 1).locator("[data-of=share]")).to_be_visible()
    card(page, 2).get_by_text("更多").click()  # by hand
    step.click()
    step.click()
    expect(card(page, 2).locator("[data-of=share]")).to_be_visible()
    expect(card(page, 1).locator("[data-of=share]")).to_be_hidden()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_big_button_belongs_to_the_app_that_was_used_last(
    browser: Browser, address: str, size: Any
) -> None:
    visit = Visit(browser, address, size)
    visit.context.route("https://**", lambda route: route.abort())
    page = visit.open(NEAR)
    expect(card(page, 1).get_by_role("link", name="带我去 高德")).to_be_visible()
    card(page, 0).get_by_text("更多").click()
    with visit.context.expect_event("request", lambda asked: "baidu" in asked.url) as opened:
        card(page, 0).get_by_role("link", name="百度").click()
    big = card(page, 1).get_by_role("link", name="带我去 百度")
    expect(big).to_have_attribute("href", re.compile("^https://api.map.baidu.com/.*%E7%AB%991&"))  # …站1
    assert opened.value.url.startswith(
        "https://api.map.baidu.com/marker?"
    )  # the links changed places after it
    page.reload()
    expect(big).to_be_visible()
    card(page, 1).get_by_text("更多").click()
    expect(card(page, 1).get_by_role("group", name="带我去").get_by_role("link")).to_have_text(
        ["高德", "腾讯", "其他"]
    )
    visit.close()
