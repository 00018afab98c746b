"""The keeper's page from a real server in a real browser."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from geo.registry import issue_keeper_key, revoke_keeper_key
from tests.awaited import keeper_reads
from tests.yihui.http.riding import DESK, NEAR, NOW, PHONE, Visit, served
from tests.yihui.http.serving import until
from tests.yihui.http.targets import find_small_targets
from yihui.bootstrap import Settings, Wiring, build_wiring

pytestmark = pytest.mark.needs("chromium")

AXE = Path(__file__).parents[4] / "web" / "node_modules" / "axe-core" / "axe.min.js"
WECHAT = (
    "Mozilla/5.0 (Linux; Android 12; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/107.0.5304.141 "
    "Mobile Safari/537.36 XWEB/5023 MMWEBSDK/20221206 MicroMessenger/8.0.32.2300(0x28002057) WeChat/arm64 NetType/4G"
)


LATE_MS = 30_000  # an act that is not in force after 3 s is looked at again each second


@dataclass(frozen=True)
class Place:
    """A site with its database, so that keys can be made and taken away."""

    address: str
    wiring: Wiring

    def new_key(self, station: str = "spring") -> str:
        with self.wiring.database.write() as connection:
            return issue_keeper_key(connection, station, NOW).text

    def report(self, **said: str) -> str:
        url = f"{self.address}/api/v1/stations/{said.pop('station', 'spring')}/reports"
        number = str(httpx.post(url, json=said, timeout=30).json()["number"])
        # As soon as it is handled its number is known.
        until(lambda: httpx.get(f"{self.address}/api/v1/reports/{number}", timeout=30).status_code == 200)
        return number


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("keep")
    with served(folder) as address:
        wiring = build_wiring(
            Settings(database=str(folder / "yihui.db"), data_folder=folder), now=lambda: NOW
        )
        yield Place(address, wiring)
        wiring.database.close()


class Keeper:
    """A keeper who counts the taps."""

    def __init__(self, browser: Browser, place: Place, **options: object) -> None:
        self.visit = Visit(browser, place.address, **options)  # type: ignore[arg-type]
        self.page: Page = self.visit.page
        self.asked: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.taps = 0

    def opens(self, key: str) -> Page:
        self.visit.open(f"/keep#{key}")
        expect(self.page.locator("#live")).to_be_visible()
        return self.page

    def taps_on(self, target: Locator) -> None:
        target.click()
        self.taps += 1

    def section(self, name: str) -> Locator:
        return self.page.locator("summary", has_text=name)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def is_told(self, words: str) -> int:
        """The page says so after an act, however busy the site is; how many taps that took."""
        expect(self.page.locator("#done")).to_contain_text(words, timeout=LATE_MS)
        taken, self.taps = self.taps, 0
        return taken


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def keeper(browser: Browser, place: Place, request: pytest.FixtureRequest) -> Iterator[Keeper]:
    made = Keeper(browser, place, size=request.param)
    yield made
    made.visit.close()


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


def test_a_second_code_that_is_scanned_opens_the_other_station(keeper: Keeper, place: Place) -> None:
    keeper.opens(place.new_key())
    keeper.page.evaluate(f"location.hash = '{place.new_key('palace')}'")
    expect(keeper.page.locator("h1")).to_have_text("市工人文化宫")


def test_each_thing_takes_three_taps_at_most(keeper: Keeper, place: Place) -> None:
    keeper.opens(place.new_key("palace"))
    place.report(station="palace", observation="broken", facility="toilet")
    keeper.page.reload()
    steps = {
        "卫生间恢复使用": ["button:已修好"],
        "今天关门": ["section:今天关门", "chip:停电", "button:今天关门"],
        "可以进": [],
        "全天关门": ["section:特殊日期", "chip:春节", "button:这几天关门"],
        "健身房坏了": ["section:有东西坏了", "button:健身房"],
        "健身房恢复使用": ["button:健身房修好了"],
        "人多拥挤": ["button:现在人多"],
        "一切正常": ["button:一切正常：能进，有位置"],
        "检查已记录": ["section:检查", "button:全部达标"],
    }
    del steps["可以进"]
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


def chip(page: Page, name: str) -> Locator:
    return page.locator("label.chip:visible", has_text=name)


def test_spring_festival_hours_are_read_back_while_typed_and_riders_see_them(
    keeper: Keeper, place: Place, browser: Browser
) -> None:
    page = keeper.opens(place.new_key())
    keeper.section("特殊日期").click()
    hours = page.get_by_label("这几天几点到几点")
    hours.fill("除夕到初三：看门口")
    expect(page.locator("#read-back .problem")).to_contain_text("请写成 10:00-15:00")
    hours.fill("除夕到初三：10:00–15:00")
    expect(page.locator("#read-back .understood")).to_contain_text("2027-02-08（星期一）：10:00–15:00")
    keeper.button("按这个时间").click()
    assert keeper.is_told("10:00–15:00") == 0
    rider = Visit(browser, place.address)
    rider.open(f"{NEAR}&at=2027-02-06T14:00%2B08:00")
    expect(rider.page.locator("[data-id=spring]")).to_contain_text("15:00")
    rider.close()
    keeper.button("撤销").click()
    expect(page.locator(".seen")).not_to_contain_text("2027-02-05")


@pytest.mark.parametrize(
    "writes", [False, True], ids=["while nothing is written", "while something is written"]
)
def test_what_is_not_in_force_yet_is_looked_at_again_until_it_is(
    keeper: Keeper, place: Place, *, writes: bool
) -> None:
    page = keeper.opens(place.new_key("more7"))
    keeper.button("现在人多").click()
    keeper.is_told("人多拥挤")
    late: list[str] = []

    def as_if_it_waited(route: Route) -> None:
        answer = route.fetch()
        html = answer.text()
        if len(late) < 2:
            html = html.replace('id="done"', 'id="done" data-waits')
            html = html.replace("人多拥挤", "还没生效")
        late.append(html)
        route.fulfill(response=answer, body=html)

    page.route("**/keep?said=*", as_if_it_waited)
    page.reload()
    expect(page.locator("#done")).to_contain_text("还没生效")
    if writes:
        keeper.section("特殊日期").click()
        page.get_by_label("这几天几点到几点").fill("除夕：关门")
    keeper.is_told("人多拥挤")
    assert len(late) == 3
    assert page.get_by_label("这几天几点到几点").input_value() == ("除夕：关门" if writes else "")
    keeper.button("撤销").click()
    expect(page.locator("#done")).not_to_contain_text("人多拥挤")


def test_what_was_understood_of_a_line_goes_with_the_line(keeper: Keeper, place: Place) -> None:
    page = keeper.opens(place.new_key("more7"))
    page.clock.install()
    page.reload()
    asked: list[Route] = []
    page.route("**/keep/hours?*", lambda route: asked.append(route))
    keeper.section("特殊日期").click()
    hours = page.get_by_label("这几天几点到几点")
    with page.expect_request("**/keep/hours?*"):
        hours.fill("除夕：关门")
        page.clock.run_for(500)  # longer than the page waits for more letters
    hours.fill("")
    page.clock.run_for(500)
    for route in asked:
        with page.expect_response("**/keep/hours?*"):
            route.continue_()
    expect(page.locator("#read-back")).to_be_empty()


def test_what_is_wrong_comes_back_in_its_open_form_with_what_was_written(
    keeper: Keeper, place: Place
) -> None:
    page = keeper.opens(place.new_key())
    keeper.section("特殊日期").click()
    page.get_by_label("这几天几点到几点").fill("看门口通知")
    chip(page, "国庆").click()
    keeper.button("按这个时间").click()
    expect(page.locator(".problems")).to_contain_text("看门口通知")
    expect(page.locator(".problems")).to_be_focused()
    expect(page.get_by_label("这几天几点到几点")).to_have_value("看门口通知")
    assert page.locator("[name=days][value=national]").is_checked()


def test_without_a_network_nothing_is_lost_and_it_is_said_plainly(keeper: Keeper, place: Place) -> None:
    page = keeper.opens(place.new_key("always"))
    keeper.section("特殊日期").click()
    page.get_by_label("这几天几点到几点").fill("除夕：关门")
    keeper.visit.context.set_offline(True)
    keeper.button("按这个时间").click()
    expect(page.locator(".days [role=alert]")).to_contain_text("没有网络：这次没有得到确认。内容还在")
    expect(page.get_by_label("这几天几点到几点")).to_have_value("除夕：关门")
    expect(keeper.button("按这个时间")).to_be_enabled()
    keeper.visit.context.set_offline(False)
    keeper.button("按这个时间").click()
    keeper.is_told("全天关门")


def test_what_the_site_can_not_take_now_stays_in_its_form(keeper: Keeper, place: Place) -> None:
    page = keeper.opens(place.new_key("always"))
    page.route("**/keep/say", lambda route: route.fulfill(status=503, json={"title": "away"}))
    keeper.section("今天关门").click()
    chip(page, "停电").click()
    keeper.button("今天关门").click()
    expect(page.locator("details [role=alert]")).to_contain_text("网站暂时收不了。内容还在")
    assert page.locator("[name=reason][value=停电]").is_checked()


def test_a_report_comes_in_while_the_page_is_open_and_its_answer_goes_out(
    keeper: Keeper, place: Place
) -> None:
    with keeper.page.expect_response(lambda answer: answer.url.endswith("/stations/news")):
        page = keeper.opens(place.new_key("more1"))
    number = place.report(station="more1", observation="locked")
    expect(page.locator(f"[data-number='{number}']")).to_be_attached()
    expect(page.locator("#told")).to_have_text("收到一条新反馈。")
    page.locator(".waiting", has_text="门锁着").get_by_role("button", name="现在能进").click()
    keeper.is_told("已答复")
    answers = httpx.get(f"{place.address}/api/v1/reports/{number}", timeout=30).json()["answers"]
    assert [one["answer"] for one in answers] == ["open_now"]


def test_where_no_news_can_be_had_the_page_asks_every_quarter_of_a_minute(
    keeper: Keeper, place: Place
) -> None:
    keeper.page.route("**/stations/news", lambda route: route.fulfill(status=503, body=""))
    keeper.page.clock.install()
    page = keeper.opens(place.new_key("more6"))
    number = place.report(station="more6", observation="locked")
    page.clock.fast_forward(16_000)
    expect(page.locator(f"[data-number='{number}']")).to_be_attached()


def test_an_answer_that_is_being_written_is_not_swept_away_by_news(keeper: Keeper, place: Place) -> None:
    place.report(station="more2", observation="locked")
    page = keeper.opens(place.new_key("more2"))
    page.clock.install()
    page.reload()
    page.get_by_text("再说几句").first.click()
    page.get_by_label("所有人都能看到").first.fill("马上回来")
    place.report(station="more2", observation="crowded")
    page.clock.fast_forward(31_000)
    expect(page.get_by_label("所有人都能看到").first).to_have_value("马上回来")


def test_an_open_page_whose_key_is_revoked_does_nothing_any_more(keeper: Keeper, place: Place) -> None:
    # The page notices by itself where it is told any news; here the keeper is quicker.
    keeper.page.route("**/stations/news", lambda route: route.fulfill(status=503, body=""))
    keeper.page.clock.install()
    key = place.new_key("more3")
    page = keeper.opens(key)
    with place.wiring.database.write() as connection:
        revoke_keeper_key(connection, key[:8], NOW)
    keeper.button("现在人多").click()
    expect(page.locator(".problems")).to_contain_text("这把钥匙已作废，没有改动")
    expect(page.get_by_label("或者手填钥匙")).to_be_visible()
    assert httpx.get(f"{place.address}/keep", timeout=30).text.count("more3") == 0


def test_it_works_without_script_and_in_wechat(browser: Browser, place: Place) -> None:
    plain = Keeper(browser, place, java_script_enabled=False, user_agent=WECHAT)
    key = place.new_key("more4")
    page = plain.visit.open(f"/keep#{key}")
    page.get_by_label("或者手填钥匙").fill(key.upper().replace("-", " "))
    plain.button("打开页面").click()
    expect(page.locator("h1")).to_have_text("第4驿站")
    plain.section("今天关门").click()
    plain.button("今天关门").click()
    keeper_reads(page, "今天关门")
    expect(page.locator(".seen .state")).to_contain_text("关")
    plain.button("撤销").click()
    expect(page.locator(".seen .state")).to_contain_text("开")
    plain.section("特殊日期").click()
    page.get_by_label("这几天几点到几点").fill("除夕到初三：10:00–15:00")
    plain.button("按这个时间").click()
    keeper_reads(page, "10:00–15:00")
    plain.button("退出：从这部手机上删掉钥匙").click()
    expect(page.get_by_label("或者手填钥匙")).to_be_visible()
    plain.visit.close()
    wechat = Keeper(browser, place, user_agent=WECHAT)
    expect(wechat.opens(key).locator("h1")).to_have_text("第4驿站")
    wechat.visit.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read_reached_and_pressed(browser: Browser, place: Place, scheme: str) -> None:
    key = place.new_key("more5")
    place.report(station="more5", observation="locked")
    for size in (PHONE, DESK):
        keeper = Keeper(browser, place, size=size, color_scheme=scheme)
        page = keeper.page
        keeper.visit.open("/keep")
        check(page)
        for language in ("", "?lang=en"):
            keeper.opens(key)
            page.goto(f"{place.address}/keep{language}")
            page.evaluate(
                "for (const one of document.querySelectorAll('details')) { one.removeAttribute('name'); one.open = true }"
            )
            check(page)
            page.locator("button[name=facility]").first.click()
            expect(page.locator("#done")).to_be_visible()
            check(page)
            page.locator("#done button").click()
            expect(page.locator("#done")).to_be_visible()
        keeper.visit.close()


def check(page: Page) -> None:
    """WCAG 2.2 AA as far as axe-core sees it; nothing is cut off; what is pressed is big enough for a thumb."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    targets = page.locator(
        "button:visible, summary:visible, .chip:visible, .language, input:not([type=radio]):visible"
    )
    assert find_small_targets(targets) == []
