"""A keeper's page and what happens meanwhile: nothing that was told is lost, nor what is being written."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import APIResponse, Browser, Page, Route, expect

from geo.registry import revoke_keeper_key
from tests.awaited import awaited
from tests.yihui.http.keeper.conftest import Keeper, Place
from tests.yihui.http.riding import NOW

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


@pytest.fixture
def keeper(browser: Browser, place: Place) -> Iterator[Keeper]:
    """Whose page never looks by itself: its clock stands still."""
    made = Keeper(browser, place)
    made.page.clock.install()
    made.page.clock.pause_at("2030-01-01")
    yield made
    made.visit.close()


def test_of_two_answers_that_are_on_their_way_the_fresher_one_stays(keeper: Keeper, place: Place) -> None:
    held: list[tuple[Route, APIResponse]] = []
    keeper.page.route("**/keep?part=now", lambda route: held.append((route, route.fetch())))
    page = keeper.opens(place.new_key("more3"))
    until_held(page, held, 1)  # as it begins to listen
    page.evaluate("document.getElementById('live').dataset.first = ''")
    number = place.report(station="more3", observation="locked")
    until_held(page, held, 2)
    (route, answer), (fresher, with_the_report) = held
    route.fulfill(response=answer)
    awaited(page, "!('first' in document.getElementById('live').dataset)")
    fresher.fulfill(response=with_the_report)
    expect(page.locator(f"[data-number='{number}']")).to_be_attached()


def until_held(page: Page, held: list[tuple[Route, APIResponse]], count: int) -> None:
    while len(held) < count:
        page.evaluate("0")  # lets Playwright hand over what was asked


def test_a_note_stays_while_something_else_comes_in_force(browser: Browser, place: Place) -> None:
    place.report(station="more4", observation="locked")
    keeper = Keeper(browser, place)
    page = keeper.opens(place.new_key("more4"))
    waits = True

    def as_if_it_waited(route: Route) -> None:
        answer = route.fetch()
        html = answer.text()
        if waits:
            html = html.replace('id="done"', 'id="done" data-waits').replace("人多拥挤", "还没生效")
        route.fulfill(response=answer, body=html)

    keeper.button("现在人多").click()
    keeper.is_told("人多拥挤")
    page.route("**/keep?said=*", as_if_it_waited)
    page.reload()
    expect(page.locator("#done")).to_contain_text("还没生效")
    page.get_by_text("再说几句").click()
    page.get_by_label("所有人都能看到").fill("马上回来")
    waits = False
    keeper.is_told("人多拥挤")
    assert page.get_by_label("所有人都能看到").input_value() == "马上回来"
    keeper.visit.close()


def test_a_page_whose_key_was_revoked_says_so_whatever_it_asked_first(keeper: Keeper, place: Place) -> None:
    """It looks by itself, is told to go, and the reload is the one that somebody reads."""
    key = place.new_key("more6")
    with keeper.page.expect_response("**/keep?part=now"):
        page = keeper.opens(key)
    with place.wiring.database.write() as connection:
        revoke_keeper_key(connection, key[:8], NOW)
    place.report(station="more6", observation="locked")  # of which the page hears
    expect(page.locator(".problems")).to_contain_text("这把钥匙已作废，没有改动")
    page.reload()
    expect(page.get_by_label("或者手填钥匙")).to_be_visible()
    expect(page.locator(".problems")).not_to_be_attached()  # the phone has forgotten it


def test_what_is_being_sent_with_a_revoked_key_is_told_before_the_page_goes(
    keeper: Keeper, place: Place
) -> None:
    key = place.new_key("more7")
    with keeper.page.expect_response("**/keep?part=now"):
        page = keeper.opens(key)
    held: list[Route] = []
    page.route("**/keep/say", lambda route: held.append(route))
    with page.expect_request("**/keep/say"):
        keeper.button("现在人多").click()
    with place.wiring.database.write() as connection:
        revoke_keeper_key(connection, key[:8], NOW)
    with page.expect_response("**/keep?part=now"):
        place.report(station="more7", observation="locked")
    held[0].continue_()
    expect(page.locator(".problems")).to_contain_text("这把钥匙已作废，没有改动")
