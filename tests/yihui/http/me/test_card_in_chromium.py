"""The member's card on a phone: it turns, shows without a network, and goes with the session."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from members.vault.tables import vault_persons
from tests.yihui.http.me.joined import join
from tests.yihui.http.me.members import log_in_browser
from tests.yihui.http.riding import NOW
from tests.yihui.http.riding import PHONE as SCREEN
from tests.yihui.http.serving import serving
from tests.yihui.services.joining_people import SENT, Clock, found_tree, joining_wiring, person
from yihui.bootstrap import Wiring

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


@dataclass(frozen=True, slots=True)
class Town:
    """A running site, with two members; its clock stands still."""

    address: str
    wiring: Wiring
    members: list[str]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("members")
    wiring = joining_wiring(str(folder / "yihui.db"), folder, Clock(NOW))
    found_tree(wiring)
    join(wiring, person(1))
    join(wiring, person(2, name="李四"))
    with wiring.database.read() as connection:
        members = list(connection.execute(select(vault_persons.c.member_id)).scalars())
    with serving(folder, YIHUI_NOW=NOW.isoformat(), YIHUI_CODE_SENDER=f"file:{folder / SENT}") as address:
        yield Town(address, wiring, members)
    wiring.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=SCREEN, locale="zh-CN")
    yield context
    context.close()


def open_card(phone: BrowserContext, town: Town, member: int = 0) -> Page:
    """Log in and get the card; wait until the phone keeps it."""
    log_in_browser(phone, town.address, town.wiring, town.members[member])
    page = phone.new_page()
    page.goto(f"{town.address}/me/card")
    button = page.get_by_role("button", name="领取会员卡")
    if button.count():
        button.click()
    expect(page.locator("#picture[data-from]")).to_be_visible()
    return page


def await_offline_card(page: Page) -> None:
    page.wait_for_function("async () => !!(await (await caches.open('me')).match('/me/card'))")
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    page.wait_for_function("() => !!navigator.serviceWorker.controller")


def test_the_card_turns_each_minute_and_shows_without_a_network(phone: BrowserContext, town: Town) -> None:
    page = open_card(phone, town)
    await_offline_card(page)
    first = page.locator("#picture").get_attribute("data-from")
    phone.set_offline(True)
    page.clock.install()
    page.reload()
    expect(page.locator("#picture[data-from]")).to_be_visible()
    number = page.locator(".digits").inner_text()
    page.clock.run_for(60_000)
    expect(page.locator("#picture")).not_to_have_attribute("data-from", str(first))
    page.clock.run_for(15 * 60_000)
    expect(page.locator("#turns")).to_contain_text("没有网络")
    assert page.locator(".digits").inner_text() == number
