"""Where the rider is: told by the phone at once, roughly, late or not at all."""

import re

import pytest
from playwright.sync_api import expect

from tests.awaited import awaited
from tests.yihui.http.riding import NEAR, TAP, Visit, tap

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


def test_a_refused_position_leads_to_address_district_and_map_at_once(visit: Visit) -> None:
    page = visit.open("/")
    tap(visit)
    expect(page.get_by_role("status")).to_contain_text("请说一下在哪儿")
    expect(page.get_by_role("status")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.activeElement.id") == "q"
    assert page.get_by_label("区县").is_visible()
    assert page.get_by_role("button", name=TAP).is_enabled()  # it may be allowed after all


def test_a_position_in_another_province_is_told_and_not_answered(visit: Visit) -> None:
    visit.context.grant_permissions(["geolocation"])
    visit.context.set_geolocation({"longitude": 121.5, "latitude": 31.2, "accuracy": 10})
    page = visit.open("/")
    tap(visit)
    expect(page.locator("#answer")).to_contain_text("100 公里内没有登记的站点")
    expect(page.get_by_role("status")).to_contain_text(
        "100 公里内没有登记的站点"
    )  # above the fields, which are open
    expect(page.get_by_role("status")).to_be_in_viewport(ratio=1)
    assert visit.names() == []
    assert page.get_by_label("区县").is_visible()


def test_a_share_hands_over_the_place_and_not_the_rider(visit: Visit) -> None:
    visit.context.add_init_script("navigator.share = async (given) => { window.shared = given; };")
    page = visit.open(NEAR)
    page.locator("#answer .card").first.get_by_text("更多").click()
    page.get_by_role("link", name="分享").click()
    awaited(page, "window.shared")
    assert page.evaluate("window.shared") == {"title": "泉边驿站", "url": f"{visit.address}/?station=spring"}


def test_a_search_by_words_tells_the_town_alone(visit: Visit) -> None:
    visit.open(NEAR)
    page = visit.open("/")
    page.get_by_label("地址或名称").fill("驿站")
    with page.expect_request(re.compile("part=answer")) as asked:
        page.get_by_role("button", name="搜索").click()
    assert "near=117.0%2C36.7" in asked.value.url and "lon=" not in asked.value.url
