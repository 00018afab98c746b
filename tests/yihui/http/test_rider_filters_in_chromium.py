"""Filters, cards, shared links, one place after the other: without loading the page anew."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.awaited import awaited
from tests.yihui.http.riding import NEAR, Visit, choose, names_are

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    made = Visit(browser, address)
    yield made
    assert (made.foreign, made.complaints, made.refused) == ([], [], [])
    made.close()


def more(page: Page) -> None:
    """What the first card keeps folded."""
    page.locator("#answer .card").first.get_by_text("更多").click()


def test_however_many_there_are_to_choose_from_the_results_are_one_tap_away(visit: Visit) -> None:
    page = visit.open(NEAR)
    page.get_by_text("需要什么").click()
    see = page.locator("#see button")
    expect(see).to_have_text("看 5 处结果")
    expect(see).to_be_in_viewport(ratio=1)  # though the chips fill more than a screen
    choose(visit, "饮水")
    expect(see).to_have_text("看 2 处结果")
    assert see.evaluate("one => one.closest('[aria-live]').ariaLive") == "polite"
    see.click()
    expect(page.locator("#filters")).not_to_have_attribute("open", "")
    expect(page.locator("#found")).to_be_focused()
    expect(page.locator("#found")).to_be_in_viewport()
    page.get_by_text("需要什么").click()
    choose(visit, "泳池")
    expect(see).to_have_text("没有合适的，看看为什么")
    see.click()
    expect(page.locator("#answer .notice")).to_be_in_viewport()


def test_next_and_previous_place_by_button_and_by_key(visit: Visit) -> None:
    page = visit.open(NEAR)
    chosen = page.locator(".card[aria-current]")
    page.get_by_role("button", name="下一个").click()
    expect(chosen).to_contain_text("泉边驿站")
    expect(page.locator("#which")).to_have_text("第 1 个，共 5 个")
    page.keyboard.press("ArrowRight")
    second = visit.names()[1]
    expect(chosen).to_contain_text(second)
    assert second in page.evaluate("document.activeElement.textContent")
    expect(chosen).to_be_in_viewport()
    page.get_by_role("button", name="上一个").click()
    expect(chosen).to_contain_text("泉边驿站")
    page.get_by_role("button", name="上一个").click()  # the first stays the first
    expect(chosen).to_contain_text("泉边驿站")


def test_the_other_language_keeps_what_was_asked_since(visit: Visit) -> None:
    page = visit.open(NEAR)
    page.get_by_text("需要什么").click()
    choose(visit, "泳池")
    names_are(visit, "市工人文化宫")
    page.get_by_role("link", name="English").click()
    names_are(visit, "市工人文化宫")
    assert page.locator("html").get_attribute("lang") == "en"


def test_a_share_hands_over_the_place_and_not_the_rider(visit: Visit) -> None:
    visit.context.add_init_script("navigator.share = async (given) => { window.shared = given; };")
    page = visit.open(NEAR)
    more(page)
    page.get_by_role("link", name="分享").click()
    awaited(page, "window.shared")
    assert page.evaluate("window.shared") == {"title": "泉边驿站", "url": f"{visit.address}/?station=spring"}


def test_where_nothing_shares_the_link_is_copied_and_it_is_told(visit: Visit) -> None:
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.context.add_init_script("Object.defineProperty(navigator, 'share', { value: undefined });")
    page = visit.open(NEAR)
    more(page)
    page.get_by_role("link", name="分享").click()
    expect(page.get_by_role("status")).to_have_text("泉边驿站的链接已复制。")
    assert page.evaluate("navigator.clipboard.readText()") == f"{visit.address}/?station=spring"


def test_a_search_by_words_begins_in_the_town_where_the_page_was_last(visit: Visit) -> None:
    visit.open(NEAR)
    page = visit.open("/")
    page.get_by_label("地址或名称").fill("驿站")
    with page.expect_request(re.compile("part=answer")) as asked:
        page.get_by_role("button", name="搜索").click()
    assert "near=117.0%2C36.7" in asked.value.url
    assert "lon=" not in asked.value.url
    page.locator(".choices a").first.click()
    expect(page.locator("#answer .card").first).to_be_visible()
    assert "near=" not in page.url


def nth(page: Page, number: int) -> Locator:
    return page.locator("#answer .card").nth(number)


def test_the_place_that_is_looked_at_is_open_and_folds_when_another_is(visit: Visit) -> None:
    page = visit.open(NEAR)
    step = page.get_by_role("button", name="下一个")
    step.click()
    expect(nth(page, 0).locator("[data-of=share]")).to_be_visible()
    step.click()
    expect(nth(page, 0).locator("[data-of=share]")).to_be_hidden()
    expect(nth(page, 1).locator("[data-of=share]")).to_be_visible()
    nth(page, 2).get_by_text("更多").click()  # by hand
    step.click()
    step.click()
    expect(nth(page, 2).locator("[data-of=share]")).to_be_visible()
    expect(nth(page, 1).locator("[data-of=share]")).to_be_hidden()


def test_the_big_button_belongs_to_the_app_that_was_used_last(visit: Visit) -> None:
    visit.context.route("https://**", lambda route: route.abort())  # a map app's own site
    page = visit.open(NEAR)
    second = quote(visit.names()[1])
    expect(nth(page, 1).get_by_role("link", name="带我去 高德")).to_be_visible()
    nth(page, 0).get_by_text("更多").click()
    with visit.context.expect_event("request", lambda asked: "baidu" in asked.url) as opened:
        nth(page, 0).get_by_role("link", name="百度").click()
    big = nth(page, 1).get_by_role("link", name="带我去 百度")
    expect(big).to_have_attribute("href", re.compile(f"^https://api.map.baidu.com/.*{second}&"))
    assert opened.value.url.startswith(
        "https://api.map.baidu.com/marker?"
    )  # the links changed places after it
    page.reload()
    expect(big).to_be_visible()
    nth(page, 1).get_by_text("更多").click()
    expect(nth(page, 1).get_by_role("group", name="带我去").get_by_role("link")).to_have_text(
        ["高德", "腾讯", "其他"]
    )
    visit.foreign.clear()
    visit.complaints.clear()  # Chromium itself notes the page that was not opened
