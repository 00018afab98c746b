"""The keeper's page from a real server in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.yihui.http.keeper.conftest import Keeper, Place, chip

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


def test_a_link_opens_the_page_and_its_key_is_in_no_address_afterwards(keeper: Keeper, place: Place) -> None:
    key = place.new_key()
    page = keeper.opens(key)
    assert page.url == f"{place.address}/keep"
    assert not [url for url in keeper.asked if key in url.partition("#")[0]]
    page.go_back()
    assert key not in page.url
    page.goto(f"{place.address}/keep")
    assert page.evaluate("document.cookie") == "", "no script reads the key"
    expect(page.locator("h1")).to_have_text("泉边驿站")
    assert (keeper.visit.foreign, keeper.visit.complaints) == ([], [])


def test_each_thing_takes_three_taps_at_most(keeper: Keeper, place: Place) -> None:
    keeper.opens(place.new_key("palace"))
    place.report(station="palace", observation="broken", facility="toilet")
    keeper.page.reload()
    steps = {
        "卫生间恢复使用": ["button:已修好"],
        "今天关门": ["section:今天关门", "chip:停电", "button:今天关门"],
        "全天关门": ["section:特殊日期", "chip:春节", "button:这几天关门"],
        "健身房坏了": ["section:有东西坏了", "button:健身房"],
        "健身房恢复使用": ["button:健身房修好了"],
        "人多拥挤": ["button:现在人多"],
        "一切正常": ["button:一切正常：能进，有位置"],
        "检查已记录": ["section:检查", "button:全部达标"],
    }
    for told, taps in steps.items():
        for tap in taps:
            kind, _, name = tap.partition(":")
            targets = {"section": keeper.section, "button": keeper.button}
            keeper.taps_on(targets[kind](name) if kind in targets else chip(keeper.page, name))
        assert keeper.is_told(told) <= 3
        if told == "今天关门":
            keeper.button("今天恢复开放").click()
            expect(keeper.page.locator(".seen .state")).to_contain_text("开")
            keeper.page.goto(f"{place.address}/keep")
    assert (keeper.visit.foreign, keeper.visit.complaints) == ([], [])
