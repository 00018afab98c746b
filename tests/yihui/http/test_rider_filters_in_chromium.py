"""Filters, addresses in words, one place after the other: without loading the page anew."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.awaited import awaited
from tests.yihui.http.riding import DESK, NEAR, PHONE, Visit, served

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def visit(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    made = Visit(browser, address, request.param)
    yield made
    assert (made.foreign, made.complaints, made.refused) == ([], [], [])
    made.close()


def names_are(visit: Visit, *names: str) -> None:
    expect(visit.page.locator("#answer .card [data-of=name]")).to_have_text(list(names))


def choose(visit: Visit, text: str) -> None:
    visit.page.locator("#filters .chip").filter(has_text=text).click()


def more(page: Page) -> None:
    """What the first card keeps folded."""
    page.locator("#answer .card").first.get_by_text("更多").click()


def test_a_filter_acts_at_once_stands_in_the_address_bar_and_stays(visit: Visit) -> None:
    page = visit.open(NEAR)
    page.evaluate("window.sameVisit = true")
    page.get_by_text("需要什么").click()
    choose(visit, "24 小时开放")
    expect(page.locator("#answer .card").first).to_contain_text("不打烊驿站")
    choose(visit, "手机充电")
    names_are(visit, "不打烊驿站")
    assert re.search(r"stay_min=1440.*facility=charging", page.url)
    assert page.evaluate("window.sameVisit")
    page.reload()
    names_are(visit, "不打烊驿站")
    expect(page.locator("#chosen")).to_have_text("2")  # told while they are folded
    page.get_by_text("需要什么").click()
    assert page.locator("input[name=stay_min]").is_checked()
    choose(visit, "手机充电")
    expect(page.locator("#chosen")).to_have_text("1")


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


def test_before_one_says_where_the_same_button_asks(visit: Visit) -> None:
    page = visit.open("/")
    page.get_by_text("需要什么").click()
    expect(page.locator("#see button")).to_have_text("查站点")


def test_the_way_back_leads_to_the_question_before(visit: Visit) -> None:
    page = visit.open(NEAR)
    page.get_by_text("需要什么").click()
    choose(visit, "泳池")
    names_are(visit, "市工人文化宫")
    page.go_back()
    expect(page.locator("#answer .card").first).to_contain_text("泉边驿站")
    expect(page.locator("input[name=facility][value=pool]")).not_to_be_checked()
    page.go_forward()
    names_are(visit, "市工人文化宫")
    expect(page.locator("input[name=facility][value=pool]")).to_be_checked()


def test_filters_chosen_before_one_says_where_are_kept(visit: Visit) -> None:
    page = visit.open("/")
    page.get_by_text("需要什么").click()
    choose(visit, "舒适型妈妈小屋")
    page.get_by_label("区县").select_option("370102")
    page.get_by_role("button", name="列出").click()
    names_are(visit, "明湖妈妈小屋")
    assert "facility=mother_comfort&district=370102" in page.url.replace(
        "district=370102&facility=mother_comfort", "facility=mother_comfort&district=370102"
    )


def test_an_address_in_words_leads_to_a_list_by_two_taps(visit: Visit) -> None:
    page = visit.open("/")
    page.get_by_label("地址或名称").fill("泉城路")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("泉边驿站")).click()
    expect(page.locator("#answer .card").first).to_contain_text("泉边驿站")
    assert "q=" not in page.url
    assert "datum=wgs84" in page.url


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


def test_more_places_come_without_loading_anew(visit: Visit) -> None:
    page = visit.open(NEAR)
    page.get_by_role("link", name="再多看几个").click()
    expect(page.locator("#answer .card")).to_have_count(10)
    assert "k=10" in page.url


def test_the_other_language_keeps_what_was_asked_since(visit: Visit) -> None:
    page = visit.open(NEAR)
    page.get_by_text("需要什么").click()
    choose(visit, "泳池")
    names_are(visit, "市工人文化宫")
    page.get_by_role("link", name="English").click()
    names_are(visit, "市工人文化宫")
    assert page.locator("html").get_attribute("lang") == "en"


def test_what_is_wrong_with_a_question_is_told_in_place_of_the_answer(visit: Visit) -> None:
    page = visit.open("/")
    page.get_by_text("或者自己填经纬度").click()
    page.get_by_label("经度", exact=True).fill("36.6683")
    page.get_by_label("纬度", exact=True).fill("117.0204")
    page.get_by_role("button", name="查站点").first.click()
    expect(page.get_by_role("alert")).to_contain_text("写反了")
    visit.complaints.clear()  # Chromium itself notes the 422
    visit.refused.clear()
    assert page.get_by_label("经度", exact=True).input_value() == "36.6683"


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


def test_without_network_the_list_stays_and_it_is_told(visit: Visit) -> None:
    page = visit.open(NEAR)
    page.get_by_text("需要什么").click()
    before = visit.names()
    visit.context.set_offline(True)
    choose(visit, "泳池")
    expect(page.get_by_role("status")).to_contain_text("没有网络")
    assert visit.names() == before
    visit.complaints.clear()  # Chromium itself notes the failed request


def test_what_an_address_may_mean_is_in_sight_at_once(visit: Visit) -> None:
    page = visit.open("/")
    page.get_by_label("地址或名称").fill("驿站")
    page.get_by_role("button", name="搜索").click()
    expect(page.locator(".choices a").nth(2)).to_be_in_viewport(ratio=1)
    expect(page.get_by_label("地址或名称")).to_be_hidden()


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
