"""Reports and rests in two taps: without a network, with a pin, from two pages of one phone, and once each."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.awaited import awaited
from tests.yihui.http.riding import (
    ALL,
    HERE,
    Visit,
    Visits,
    card_of,
    reports_of,
    say,
)

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]

NUMBER = re.compile(r"[a-z2-7]{4}(-[a-z2-7]{4}){3}")


def test_a_report_whose_answer_was_lost_is_sent_again_and_is_still_one(visits: Visits, address: str) -> None:
    visit = visits()
    page = visit.open(ALL)
    numbers: list[str] = []

    def lose(route: Route) -> None:
        """The site takes it, and the phone never hears of it."""
        numbers.append(route.fetch().json()["number"])
        route.abort("connectionreset")

    page.route("**/api/v1/stations/*/reports", lose, times=1)
    card = card_of(page, "more1")
    say(card, "很好")
    expect(card.locator(".said")).to_contain_text("网站现在没有回应。已存在这部手机里")
    (line,) = reports_of(page)
    assert numbers[0] in line
    assert len(NUMBER.findall(line)) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_what_the_site_can_not_take_now_is_kept_and_sent_later(visits: Visits, status: int) -> None:
    page = visits().open(ALL)
    told = {"title": "", "errors": [{"message": "太多了", "remedy": "等一等"}]}
    page.route("**/reports", lambda route: route.fulfill(status=status, json=told), times=1)
    card = card_of(page, "more6")
    say(card, "很好")
    expect(card.locator(".said")).to_contain_text("网站现在没有回应。已存在这部手机里")
    assert ("太多了" in card.locator(".said").inner_text()) == (status == 429)
    (line,) = reports_of(page)
    assert NUMBER.search(line)


# How many rests wait on the phone.
WAITING = """(await new Promise((yes) => {
    indexedDB.open("yihui").onsuccess = ({ target: { result } }) => {
        const asked = result.transaction("rests").objectStore("rests").count();
        asked.onsuccess = () => (result.close(), yes(asked.result));
    };
}))"""


def test_without_a_network_a_rest_waits_and_is_counted_once_when_there_is_one(visits: Visits) -> None:
    """The page is opened anew meanwhile, and the first answers are lost."""
    visit = visits()
    page = visit.open("/?station=more3")
    visit.context.set_offline(True)
    card = card_of(page, "more3")
    card.get_by_role("button", name="我在这里休息").click()
    expect(card.locator(".said")).to_have_text("现在没有网络。已存在这部手机里，有网络时自动发出。")
    counted: list[bool] = []
    hears = False

    def count(route: Route) -> None:
        """The site takes it each time, whether the phone hears of it or not."""
        answer = route.fetch()
        counted.append(answer.json()["counted"])
        route.fulfill(response=answer) if hears else route.abort("connectionreset")

    visit.context.route("**/rests", count)
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/rests")):
        visit.context.set_offline(False)
    hears = True
    with page.expect_response("**/rests"):
        page.reload()
    awaited(page, f"async () => {WAITING} === 0")
    assert counted[0] and not any(counted[1:])
    sent = len(counted)
    for _ in range(2):
        with page.expect_response("**/news*"):
            page.reload()
    assert len(counted) == sent


SAID = re.compile("/stations/[^/]+/reports$")
SEND = "dispatchEvent(new Event('online'))"
# How many pages wait until they may send.
QUEUED = "async () => (await navigator.locks.query()).pending.length === 1"
# What the phone sends or has sent, of whichever page; to open what isn't there yet would make it, empty.
KEPT = """async (name) => {
    if (!(await indexedDB.databases()).some(({ name }) => name === "yihui")) return [];
    return await new Promise((yes) => {
        indexedDB.open("yihui").onsuccess = ({ target: { result } }) => {
            const asked = result.transaction(name).objectStore(name).getAllKeys();
            asked.onsuccess = () => (result.close(), yes(asked.result));
        };
    });
}"""


class Phone:
    """A rider's phone, whose messages get through when the test lets them."""

    def __init__(self, browser: Browser, address: str) -> None:
        stands = {**HERE, "accuracy": 8}
        self.visit = Visit(browser, address, permissions=["geolocation"], geolocation=stands)
        self.page = self.visit.open(ALL)
        self.keys: list[str] = []  # of what was let through, in order
        self.held: list[Route] = []
        self.lose()

    def lose(self) -> None:
        self.visit.context.route(SAID, lambda route: route.abort("connectionreset"))

    def hold(self) -> None:
        self.visit.context.route(SAID, lambda route: self.held.append(route))

    def let_through(self, route: Route) -> None:
        body = route.request.post_data_json
        assert body is not None
        self.keys.append(body["idempotency_key"])
        route.continue_()

    def mend(self) -> None:
        """From now on all gets through; first what was held."""
        self.visit.context.route(SAID, self.let_through)
        for route in self.held:
            self.let_through(route)

    def says(self, station: str, choice: str) -> str:
        """Something that doesn't get through; its key."""
        before = self.waiting()
        card = card_of(self.page, station)
        say(card, choice)
        expect(card.locator(".said")).to_contain_text("已存在这部手机里")
        (key,) = self.waiting() - before
        return key

    def waiting(self) -> set[str]:
        return set(self.page.evaluate(KEPT, "reports"))

    def begins_to_send(self) -> None:
        """The first thing is on its way."""
        self.hold()
        with self.page.expect_request(SAID):
            self.page.evaluate(SEND)

    def second_page(self, path: str) -> Page:
        page = self.visit.context.new_page()
        page.goto(self.visit.address + path)
        return page


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Phone]:
    made = Phone(browser, address)
    yield made
    made.visit.close()


def test_what_is_taken_back_on_one_page_is_not_sent_by_another(phone: Phone) -> None:
    first, second = phone.says("more0", "很好"), phone.says("more1", "太挤")
    other = phone.second_page("/reports")
    other.locator("#mine li").first.wait_for()  # it has tried to send
    phone.begins_to_send()
    other.locator("#mine li", has_text="太挤").get_by_role("button", name="不发了").click()
    awaited(other, QUEUED)
    phone.mend()
    expect(phone.page.locator("#told")).to_contain_text("存在手机里的反馈已经发出：1 条")
    assert phone.keys == [first]
    expect(other.locator("#mine li", has_text="太挤")).to_contain_text(
        "会撤回"
    )  # it may be on its way for a minute
    assert phone.waiting() == {first, second} and second not in phone.keys


def test_two_pages_send_what_waits_once(phone: Phone) -> None:
    keys = [phone.says("more3", "很好"), phone.says("more4", "太挤")]
    phone.hold()
    with phone.visit.context.expect_event("request", lambda request: bool(SAID.search(request.url))):
        other = phone.second_page(ALL)  # sends as soon as it is there
    phone.page.evaluate(SEND)
    awaited(other, QUEUED)
    phone.mend()
    card = card_of(phone.page, "more6")
    say(card, "很好")
    card.locator(".said .number").wait_for()  # in turn: it has been through what waited
    assert phone.keys[:-1] == keys


def test_a_point_that_waits_stands_for_the_report_before_it(phone: Phone) -> None:
    """And so the first is not sent, though something sends as soon as the second is known to wait."""
    first = phone.says("more5", "位置不对")
    card = card_of(phone.page, "more5")
    phone.hold()
    with phone.page.expect_request(SAID):
        card.get_by_role("button", name="就在我站的地方").click()
    phone.page.evaluate(SEND)  # in turn, after it
    (second,) = phone.waiting() - {first}
    lost, *phone.held = phone.held  # more than one where this machine took so long that the page gave up
    phone.mend()
    lost.abort("connectionreset")
    expect(phone.page.locator("#told")).to_contain_text("存在手机里的反馈已经发出：1 条")
    assert phone.keys == [second]
    assert phone.waiting() == {second}


def test_a_report_that_is_taken_back_takes_back_nothing_else_that_was_said_of_the_door(phone: Phone) -> None:
    for choice in ("门锁着", "很好"):
        phone.says("always", choice)
    found = card_of(phone.page, "always").locator("[data-of=locked]")
    expect(found).to_have_count(0)
    other = phone.second_page("/reports")
    other.locator("#mine li", has_text="很好").get_by_role("button", name="不发了").click()
    expect(other.locator("#mine li", has_text="很好")).to_contain_text("会撤回")
    phone.page.reload()
    expect(found).to_have_count(1)


def test_a_slip_is_taken_back_for_two_minutes_whether_it_was_sent_or_waits(visits: Visits) -> None:
    visit = visits()
    page = visit.open(ALL)
    page.clock.install()
    card, back = card_of(page, "more2"), page.get_by_role("button", name="点错了，撤回")
    for is_away in (False, True):
        visit.context.set_offline(is_away)
        say(card, "门锁着")
        expect(card.locator("[data-of=locked]")).to_have_count(1)
        back.click()
        expect(card.locator(".said")).to_have_text("已撤回，不再计入。")
        expect(card.locator("[data-of=locked]")).to_have_count(0)
    visit.context.set_offline(False)
    say(card, "门锁着")
    back.wait_for()
    refusal = {"errors": [{"message": "反馈只能在 24 小时内撤回"}]}
    page.route("**/withdrawals", lambda route: route.fulfill(status=410, json=refusal), times=1)
    back.click()
    expect(card.locator(".said [role=status]")).to_have_text("没能撤回：反馈只能在 24 小时内撤回")
    expect(card.locator("[data-of=locked]")).to_have_count(1)
    expect(back).to_be_enabled()
    page.clock.run_for(121_000)
    expect(back).to_have_count(0)
    assert len(reports_of(page)) == 1
    page.goto(f"{visit.address}/reports")  # there it can be taken back for a day
    with page.expect_response("**/withdrawals") as taken:
        back.click()
    assert taken.value.status == 202
    expect(page.locator("#mine li")).to_have_count(0)


@pytest.mark.parametrize("is_away", [False, True])
def test_what_the_site_may_have_taken_is_taken_back_there_when_it_can_be_reached(
    visits: Visits, is_away: bool
) -> None:
    visit, numbers = visits(), []
    page = visit.open(ALL)

    def lose(route: Route) -> None:
        numbers.append(route.fetch().json()["number"])
        route.abort("connectionreset")

    visit.context.route(SAID, lose, times=1)
    visit.context.route("**/withdrawals", lambda route: route.abort())
    card = card_of(page, "more6" if is_away else "more7")
    say(card, "门锁着")
    back = page.get_by_role("button", name="点错了，撤回")
    back.wait_for()
    visit.context.set_offline(is_away)
    back.click()
    expect(card.locator(".said")).to_contain_text("会撤回")
    expect(card.locator("[data-of=locked]")).to_have_count(0)
    visit.context.unroute("**/withdrawals")
    with page.expect_response("**/withdrawals") as taken:
        visit.context.set_offline(False)
        page.evaluate(SEND)
    assert (taken.value.status, taken.value.json()["number"]) == (202, numbers[0])
    awaited(page, f"async () => !(await ({KEPT})('reports')).length")
