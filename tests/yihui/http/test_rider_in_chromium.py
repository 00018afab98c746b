"""The rider's page with its script: filters, positions, the map and reports, without loading the page anew."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.yihui.demo_folder import mark_demo
from tests.yihui.http.mapping import Shown, box
from tests.yihui.http.organisation_page_town import CODE
from tests.yihui.http.riding import (
    ALL,
    NEAR,
    SLOW_PHONE,
    TAP,
    Visit,
    Visits,
    card_of,
    choose,
    followed,
    names_are,
    reports_of,
    say,
    served,
    tap,
)
from tests.yihui.http.targets import find_small_targets
from tests.yihui.http.test_rider_access_in_chromium import (
    TARGETS,
    is_usable,
    opened,
    opened_by_keeper,
    plant_pages_and_key,
)
from tests.yihui.http.test_rider_page import CONDITIONS

pytestmark = pytest.mark.needs("chromium")

STAY = "addEventListener('click', (event) => event.target.closest('a') && event.preventDefault())"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mark_demo(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with served(folder, YIHUI_FACES="riders") as running:
        yield running


@pytest.fixture(scope="module")
def key(address: str, folder: Path) -> str:
    return plant_pages_and_key(folder)


def test_who_asks_for_places_without_a_place_is_asked_where(visit: Visit) -> None:
    page = visit.open("/")
    page.get_by_text("需要什么").click()
    page.locator("#see button").click()
    expect(page.locator("#told")).to_have_text("您在哪儿？")
    expect(page.locator("#told")).to_be_in_viewport()


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
    page.go_back()
    expect(page.locator("input[name=facility][value=charging]")).not_to_be_checked()
    page.go_forward()
    page.reload()
    names_are(visit, "不打烊驿站")
    expect(page.locator("#chosen")).to_have_text("2")  # told while they are folded
    assert (visit.foreign, visit.complaints, visit.refused) == ([], [], [])


def test_another_time_is_chosen_by_one_tap_asked_of_list_and_map_and_taken_back(visit: Visit) -> None:
    page = visit.open(NEAR)
    Shown.on(page).settled()
    page.get_by_role("link", name="换个时间").click()
    expect(page.locator("#at")).to_be_focused()
    expect(page.locator("label[for=at]")).to_be_in_viewport(ratio=1)
    with page.expect_request(lambda r: "/within?" in r.url and "at=2026-11-20T22%3A00%2B08%3A00" in r.url):
        page.locator("#at").fill("2026-11-20T22:00")
    expect(page.locator("#answer .card").first).to_contain_text("夜间驿站")
    expect(page.locator("#chosen")).to_have_text("1")
    page.goto(page.url.replace("T22%3A00", "T14:00Z"))  # the same instant, as a program may write it
    expect(page.locator("#at")).to_have_value("2026-11-20T22:00")
    expect(page.locator("#answer .card").first).to_contain_text("夜间驿站")
    page.get_by_role("link", name="改查现在").click()
    expect(page.locator("#answer")).to_contain_text("泉边驿站")
    expect(page.locator("#at")).to_have_value("")
    assert (visit.foreign, visit.complaints, visit.refused) == ([], [], [])


def test_the_bar_waits_for_the_second_place_and_covers_neither_a_report_nor_the_map(visit: Visit) -> None:
    page, bar = visit.open(NEAR), visit.page.locator("#bar")
    page.set_viewport_size({"width": 360, "height": 400})
    expect(bar).to_be_hidden()
    second = page.locator("#answer .card").nth(1)
    second.evaluate("(card) => card.scrollIntoView({block: 'center', behavior: 'instant'})")
    expect(bar).to_be_visible()
    second.get_by_text("反馈").click()
    expect(bar).to_be_hidden()
    second.get_by_text("反馈").click()
    page.locator("#map").evaluate("(map) => map.scrollIntoView({block: 'center', behavior: 'instant'})")
    expect(bar).to_be_hidden()


def test_a_need_that_is_typed_is_looked_for_at_the_place_that_was_asked_about(visit: Visit) -> None:
    page = visit.open(NEAR)
    page.evaluate("window.sameVisit = true")
    page.get_by_text("或者说在哪儿").click()
    page.locator("#q").fill("哪里有厕所")
    page.locator("#q").press("Enter")
    names_are(visit, "泉边驿站", "市工人文化宫")
    assert parse_qs(urlsplit(page.url).query).keys() == {"lon", "lat", "datum", "facility"}
    expect(page.locator("#chosen")).to_have_text("1")
    page.go_back()  # to the question before, without one that names no place in between
    expect(page.locator("#answer .card")).to_have_count(5)
    page.get_by_text("或者说在哪儿").click()
    page.get_by_text("或者自己填经纬度").click()
    page.locator("#datum").select_option("gcj02")
    page.locator("#q").fill("117.0150，36.6600")
    page.locator("#q").press("Enter")
    expect(page.locator("#answer")).to_contain_text("高德、腾讯或微信的坐标）：117.0150, 36.6600")
    assert page.evaluate("window.sameVisit")


def test_what_was_asked_is_asked_at_another_place_and_with_a_filter_more(visit: Visit) -> None:
    page = visit.open("/")
    page.locator("#q").fill("洗澡")  # no place of the register has it
    page.locator("#q").press("Enter")
    expect(page.locator("#told")).to_contain_text("您在哪儿")
    expect(page.locator("#district")).to_be_focused()
    assert box(page.locator("#district"))["y"] < box(page.locator("#q"))["y"]
    page.locator("#district").select_option("370102")
    page.get_by_role("button", name="列出", exact=True).click()
    expect(page.locator("#answer .needs")).to_contain_text("淋浴")
    carried = {**CONDITIONS, "employer": [], "open": [], "stay_min": []}
    page = visit.open(f"{NEAR}&{urlencode(carried, doseq=True)}")
    page.get_by_text("What do you need?").click()
    choose(visit, "open for certain")
    page.wait_for_url("**open=true**")
    asked = parse_qs(urlsplit(page.url).query)
    assert {name: sorted(asked.get(name, [])) for name in carried} == {**carried, "open": ["true"]}


def test_the_phone_is_asked_only_after_the_tap_and_a_rough_position_is_made_better(visit: Visit) -> None:
    visit.context.add_init_script(SLOW_PHONE)
    page = visit.open("/")
    again: list[bool] = []
    page.on("request", lambda r: again.append("yihui-again" in r.headers) if "part=answer" in r.url else None)
    assert page.get_by_text("位置只用来找附近的站点").is_visible()
    assert page.evaluate("window.finds") is None
    page.get_by_text("需要什么").click()
    tap(visit)
    page.evaluate("finds(117.05, 36.66, 3000)")
    expect(page.locator("#answer")).to_contain_text("误差 3,000 米")
    steps = page.evaluate("history.length")
    page.evaluate("finds(117.0204, 36.6683, 20)")
    expect(page.locator("#answer .card").first).to_contain_text("泉边驿站")
    expect(page.locator("#answer .card h3").first).to_be_in_viewport()
    expect(page.locator("#answer")).not_to_contain_text("误差")
    assert page.evaluate("history.length") == steps
    assert "lon=117.0204" in page.url
    assert again == [False, True]  # the second is the same search
    assert page.evaluate("cleared") == 1  # the search is over: the rider moves on, the list stays
    page.evaluate("scrollTo(0, 300)")
    shown, address = visit.names(), page.url
    page.evaluate("finds(117.05, 36.66, 4)")  # that was on its way already
    page.get_by_text("需要什么").is_visible()
    assert (visit.names(), page.url, page.evaluate("scrollY"), again) == (shown, address, 300, [False, True])


def test_loading_the_page_again_its_other_language_and_larger_text_are_the_same_search(
    tmp_path: Path, browser: Browser
) -> None:
    with served(tmp_path, YIHUI_FACES="riders") as address:
        visit = Visit(browser, address)
        page = visit.open(NEAR)
        page.reload()
        page.locator("#language").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        page.get_by_role("button", name="Large text").click()
        expect(page.get_by_role("button", name="Usual text")).to_be_visible()
        visit.close()
    with closing(connect(tmp_path / "yihui.db")) as database:
        waiting = [json.loads(text)["data"] for (text,) in database.execute("SELECT event FROM ingress")]
        handled = [count for (count,) in database.execute("SELECT count FROM search_counts")]
    assert [*handled, *(data["count"] for data in waiting if "cell" in data)] == [1]


def test_a_late_position_never_replaces_what_was_asked_for_meanwhile(visit: Visit) -> None:
    visit.context.add_init_script(SLOW_PHONE)
    page = visit.open("/")
    tap(visit)
    page.get_by_label("区县", exact=True).select_option("370102")
    page.get_by_role("button", name="列出").click()
    expect(page.locator("#answer")).to_contain_text("历下区的站点")
    before, address = visit.names(), page.url
    page.evaluate("finds(117.05, 36.66, 10)")
    page.get_by_text("需要什么").click()  # something that comes after
    assert (visit.names(), page.url) == (before, address)
    assert page.get_by_role("button", name=TAP).is_enabled()


def test_the_list_is_on_the_map_and_a_tap_there_asks_with_the_same_filters(visit: Visit) -> None:
    page = visit.open(f"{NEAR}&facility=water&lang=zh")
    shown = Shown.on(page)
    shown.settled()
    names = visit.names()
    expect(shown.pins).to_have_count(len(names))
    for number, name in enumerate(names, 1):
        assert (shown.pin(number).get_attribute("aria-label") or "").startswith(f"{number} {name} ")
    x, y = shown.tip(1)
    at = (x + 70, y + 60)
    lon, lat = shown.where(at)
    shown.tap(*at)
    shown.note.get_by_role("button", name="从这里查附近").click()
    page.wait_for_url(re.compile("lon=(?!117.0204&)"))
    query = parse_qs(urlsplit(page.url).query)
    assert (query["datum"], query["facility"]) == (["wgs84"], ["water"])
    assert float(query["lon"][0]) == pytest.approx(lon, abs=3e-4)
    assert float(query["lat"][0]) == pytest.approx(lat, abs=3e-4)
    assert (visit.foreign, visit.complaints) == ([], [])


def test_the_way_there_goes_to_the_app_that_was_used_last_but_no_nameless_one(visits: Visits) -> None:
    visit = visits(user_agent="Mozilla/5.0 (Linux; Android 14)")
    page = visit.open(NEAR)
    page.evaluate(STAY)
    card = card_of(page, "spring")
    card.locator("details.more > summary").click()
    card.get_by_role("link", name="其他").click()
    page.reload()
    expect(card.locator(".go")).to_have_text("带我去 高德")
    page.evaluate(STAY)
    card.locator("details.more > summary").click()
    card.get_by_role("link", name="百度").click()
    expect(card.locator(".go")).to_have_text("带我去 百度")
    page.reload()
    expect(card.locator(".go")).to_have_attribute("href", re.compile("^https://api.map.baidu.com/"))


def test_an_employer_is_asked_once_kept_on_the_phone_and_told_in_no_address(visit: Visit) -> None:
    asked: list[str] = []
    visit.page.on("request", lambda r: asked.append(r.url) if "part=answer" in r.url else None)
    page = visit.open(NEAR)
    assert "本厂妈妈小屋" not in visit.names()
    page.get_by_text("需要什么").click()
    page.get_by_label("我的单位").fill("纺织")
    page.get_by_label("我的单位").press("Enter")
    expect(page.get_by_label("我的单位")).to_have_value("历下纺织厂")  # the one that is meant
    expect(card_of(page, "own")).to_contain_text("限历下纺织厂职工")
    choose(visit, "手机充电")
    expect(card_of(page, "own")).to_have_count(0)
    page.go_back()
    page.reload()
    expect(card_of(page, "own")).to_be_visible()  # the phone knows it
    assert all("employer=%E5%8E%86" in url for url in asked) and "employer" not in page.url
    assert page.evaluate("localStorage.getItem('yihui.employer')") == "历下纺织厂"
    page.get_by_text("需要什么").click()
    page.get_by_label("我的单位").fill("")
    page.get_by_label("我的单位").blur()
    expect(card_of(page, "own")).to_have_count(0)


def test_another_place_begins_at_the_top_and_the_way_back_leads_where_one_was(visit: Visit) -> None:
    page = visit.open(f"{NEAR}&k=20&within_min=60")
    summary = page.locator("details.passed > summary")
    summary.click()
    page.locator("details.passed a", has_text="夜间驿站").click()
    names_are(visit, "夜间驿站")
    assert page.evaluate("scrollY") == 0
    page.go_back()
    expect(summary).to_be_visible()
    assert page.evaluate("scrollY") > page.viewport_size["height"]


def test_a_suggested_station_opens_though_it_is_closed(visit: Visit) -> None:
    page = visit.open("/")
    page.locator("#q").click()
    page.locator("#q-suggestions").wait_for(state="attached")
    page.locator("#q").press_sequentially("夜间")
    page.get_by_role("option", name="夜间驿站").click()
    names_are(visit, "夜间驿站")


def test_the_one_place_shown_is_counted_on_the_map_though_the_filters_leave_it_out(visit: Visit) -> None:
    page = visit.open("/?station=night&facility=pool")
    expect(Shown.on(page).note).to_contain_text(
        "图中共 2 处，1 处开着"
    )  # beside the palace, which has a pool


def test_a_tab_is_named_after_the_one_place_that_it_shows(visit: Visit) -> None:
    page = visit.open("/?station=spring")
    expect(page).to_have_title("泉边驿站 · 驿惠")
    page.get_by_text("或者说在哪儿").click()
    page.get_by_label("区县", exact=True).select_option("370102")
    page.get_by_role("button", name="列出").click()
    expect(page).to_have_title("附近能歇脚的地方 · 驿惠")
    page.go_back()
    expect(page).to_have_title("泉边驿站 · 驿惠")


def test_large_text_is_one_tap_away_and_stays(visit: Visit) -> None:
    size = "parseFloat(getComputedStyle(document.querySelector('.card .small')).fontSize)"
    page = visit.open(NEAR)
    usual, steps = page.evaluate(size), page.evaluate("history.length")
    with page.expect_response(re.compile("/preferences$")):
        page.get_by_role("button", name="大字版").click()
    assert page.evaluate(size) > 1.15 * usual
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("history.length") == steps
    page.reload()
    assert page.evaluate(size) > 1.15 * usual
    with page.expect_response(re.compile("/preferences$")):
        page.get_by_role("button", name="标准版").click()
    assert page.evaluate(size) == usual


def test_without_a_network_a_report_waits_and_is_sent_once_when_there_is_one(
    visit: Visit, address: str
) -> None:
    page = visit.open(ALL)
    visit.context.set_offline(True)
    card = card_of(page, "more0")
    say(card, "门锁着")
    expect(card.locator(".said")).to_contain_text("现在没有网络。已存在这部手机里")
    with page.expect_response(re.compile("/reports$")) as sent:
        visit.context.set_offline(False)
    assert sent.value.status == 202
    expect(page.locator("#told")).to_contain_text("存在手机里的反馈已经发出：1 条")
    number = sent.value.json()["number"]
    (line,) = reports_of(page)
    assert "门锁着 · 第0驿站" in line and number in line
    page.reload()
    page.locator("#mine li").first.wait_for()
    found = followed(address, number)
    assert (found["observation"], found["agreeing"], found["heard"]) == ("locked", 0, True)


def test_a_door_that_she_found_locked_late_is_said_to_be_so_through_the_night_and_comes_last(
    visit: Visit,
) -> None:
    page, spring = visit.page, card_of(visit.page, "spring")
    found = spring.locator("[data-of=locked]")
    page.clock.set_fixed_time("2026-11-20T23:55:00+08:00")
    visit.open(NEAR)
    first, second = visit.names()[:2]
    assert first == "泉边驿站"
    say(spring, "门锁着")
    expect(found).to_have_text("您 10:00 报告：门锁着")  # by the site's clock
    page.clock.set_fixed_time("2026-11-21T05:50:00+08:00")
    page.reload()
    expect(found).to_have_text("您 10:00 报告：门锁着")  # by the site's clock
    expect(spring.locator("[data-of=opening]")).to_have_text("开到 18:00")
    expect(spring).to_have_attribute("data-state", "unknown")
    assert (visit.names()[0], visit.names()[-1]) == (second, first)
    visit.open(f"{NEAR}&at=2026-11-22T10:00")
    expect(spring).to_have_attribute("data-state", "open")
    assert visit.names()[0] == first and not found.count()
    page.clock.set_fixed_time("2026-11-21T06:00:00+08:00")
    visit.open(NEAR)
    assert visit.names()[0] == first and not found.count()
    assert page.evaluate("localStorage.getItem('yihui.locked')") == "[]"


def test_a_later_official_word_that_one_gets_in_stands_over_the_door_that_she_found_locked(
    visit: Visit, key: str
) -> None:
    page, found = visit.open(ALL), card_of(visit.page, "more5").locator("[data-of=locked]")
    page.clock.set_fixed_time("2026-11-20T11:30:00+08:00")  # fast: the site says when it was
    page.reload()
    say(card_of(page, "more5"), "门锁着")
    found.wait_for()
    keeper = opened_by_keeper(visit, key)
    with keeper.expect_response(lambda answer: answer.request.method == "POST"):
        keeper.get_by_role("button", name=re.compile("现在能进")).first.click()
    page.goto(f"{visit.address}{ALL}")
    card_of(page, "more5").and_(page.locator("[data-let-in]")).wait_for()
    assert found.count() == 0


def test_along_a_way_a_locked_door_stays_where_the_way_has_it(visit: Visit) -> None:
    page = visit.open(f"{NEAR}&to_lon=117.0304&to_lat=36.6705&travel=ebike")
    names = visit.names()
    assert len(names) > 1
    station = page.locator("#answer .card").first.get_attribute("data-id")
    assert station
    say(card_of(page, station), "门锁着")
    card_of(page, station).locator("[data-of=locked]").wait_for()
    page.reload()
    card_of(page, station).locator("[data-of=locked]").wait_for()
    assert visit.names() == names


def test_without_a_network_ones_own_reports_open_and_another_page_says_why_it_does_not(
    visits: Visits, address: str
) -> None:
    visit = visits(service_workers="allow")
    page = visit.open("/")
    page.wait_for_function("() => !!navigator.serviceWorker.controller")
    visit.context.set_offline(True)
    page.goto(f"{address}/reports")
    expect(page.locator("#told")).to_have_text("这部手机还没有提交过反馈。")
    for path in ("/keep?lang=zh", "/me", "/reports/abcd-efgh-2345-ijkl"):
        page.goto(f"{address}{path}")
        expect(page.get_by_role("heading", name="现在没有网络")).to_be_visible()
    page.get_by_role("link", name="查站点").click()
    expect(page.locator("#ask")).to_be_visible()


def test_everybody_can_use_the_pages_of_riders_organisations_and_keepers(visit: Visit, key: str) -> None:
    page = opened(visit, f"{NEAR}&accuracy=2500")
    Shown.on(page).pin(1).click()
    is_usable(page)
    assert find_small_targets(page.locator(TARGETS), ("height",)) == []
    assert find_small_targets(page.locator("#map button:visible, #map .leaflet-bar a, #map .pin")) == []
    for path in ("/reports", f"/organisations/{CODE}"):
        is_usable(visit.open(path))
    opened_by_keeper(visit, key)
    assert visit.foreign == []
