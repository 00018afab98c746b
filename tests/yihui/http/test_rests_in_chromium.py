"""“I am resting here”: one tap, counted once, also where the network is away meanwhile."""

import pytest
from playwright.sync_api import Route, expect

from tests.awaited import awaited
from tests.yihui.http.riding import ALL, Visits, card_of, say

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


# How many rests wait on the phone.
WAITING = """(await new Promise((yes) => {
    indexedDB.open("yihui").onsuccess = ({ target: { result } }) => {
        const asked = result.transaction("rests").objectStore("rests").count();
        asked.onsuccess = () => (result.close(), yes(asked.result));
    };
}))"""


def test_a_rest_that_is_tapped_while_others_are_sent_is_told_as_the_first(visits: Visits) -> None:
    visit = visits()
    page = visit.open(ALL)
    visit.context.set_offline(True)
    say(card_of(page, "more1"), "很好")
    expect(card_of(page, "more1").locator(".said")).to_contain_text("现在没有网络")
    held: list[Route] = []
    page.route("**/reports", lambda route: held.append(route), times=1)
    with page.expect_request("**/reports"):
        visit.context.set_offline(False)
    card_of(page, "more2").get_by_text("更多").click()
    rest = card_of(page, "more2").get_by_role("button", name="我在这里休息")
    rest.click()
    expect(rest).to_be_hidden()  # a second tap finds nothing
    awaited(page, f"async () => {WAITING} === 1")
    held[0].continue_()
    expect(card_of(page, "more2").locator(".said")).to_have_text("好好休息。已计 1 人次，不记姓名。")


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
