"""What a rider is doing goes on while answers come by themselves: late, better told, or because of news."""

import pytest
from playwright.sync_api import APIResponse, Locator, Page, Route, expect

from tests.awaited import awaited
from tests.yihui.http.riding import NEAR, NOW, Visit, card_of, from_another_phone

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]

LATE_MS, SAVED_AFTER_MS = 4_000, 1_500
# Counts what is heard, and tells when somebody listens.
HEARING = """window.heard = 0;
EventSource = class extends EventSource {
  constructor(...of) { super(...of); window.stream = this; }
  addEventListener(name, hear) {
    super.addEventListener(name, name !== "news" ? hear : (event) => { hear(event); window.heard++; });
  }
};"""
ANSWERS = "**/?*part=answer*"


def begin_to_report(card: Locator) -> None:
    """The first tap of two."""
    card.locator("details.report > summary").click()
    card.get_by_role("button", name="太挤").focus()


def is_still_reporting(page: Page, station: str) -> None:
    expect(card_of(page, station).locator("details.report")).to_have_attribute("open", "")
    assert page.evaluate("document.activeElement.textContent") == "太挤"
    assert page.evaluate("document.activeElement.closest('.card').dataset.id") == station


def top(card: Locator) -> float:
    return float(card.evaluate("card => card.getBoundingClientRect().top"))


def hold(page: Page) -> list[Route]:
    """Answers are on their way until they are let go."""
    held: list[Route] = []
    page.route(ANSWERS, lambda route: held.append(route))
    return held


def test_the_sites_late_answer_leaves_what_was_begun_in_the_phones_own(visit: Visit) -> None:
    page = visit.page
    page.clock.install(time=NOW)
    visit.open(NEAR)
    page.clock.run_for(SAVED_AFTER_MS)
    page.locator("html[data-saved]").wait_for(state="attached")
    held = hold(page)
    with page.expect_request(ANSWERS):
        page.evaluate("document.querySelector('#filters [name=travel][value=walk]').click()")
    page.clock.run_for(LATE_MS)
    page.locator("#answer[data-offline]").wait_for()
    card = card_of(page, "always")
    begin_to_report(card)
    before = top(card)
    (route,) = held
    route.continue_()
    page.locator("#answer:not([data-offline])").wait_for()
    is_still_reporting(page, "always")
    assert abs(top(card) - before) <= 2


def test_news_that_come_while_an_answer_is_on_its_way_are_in_the_list_all_the_same(
    visit: Visit, address: str
) -> None:
    """The answer was made before them, and shows a place that the one before did not."""
    page = visit.page
    page.add_init_script(HEARING)
    made: list[tuple[Route, APIResponse]] = []

    def late(route: Route) -> None:
        made.append((route, route.fetch()))

    visit.open(f"{NEAR}&k=1")
    awaited(page, "stream.readyState === EventSource.OPEN")
    expect(card_of(page, "more6")).to_have_count(0)
    page.route(ANSWERS, late, times=1)
    with page.expect_request(ANSWERS):
        page.evaluate(
            "history.replaceState(null, '', '/?lon=117.11&lat=36.66&datum=wgs84'); dispatchEvent(new PopStateEvent('popstate'))"
        )
    while not made:
        page.wait_for_timeout(50)  # the answer is made, and held back
    before = page.evaluate("heard")
    from_another_phone(address, "more6", observation="locked")
    awaited(page, "before => heard > before", before)
    ((route, answer),) = made
    route.fulfill(response=answer)
    expect(card_of(page, "more6").get_by_text("1 人说门锁着")).to_be_attached()
