"""The member's pages and card without a network: as seen last, with their time, for one session; the card turns."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.awaited import awaited
from tests.yihui.http.me.members import log_in_browser
from tests.yihui.http.riding import PHONE
from tests.yihui.http.serving import serving
from tests.yihui.own_benefits import ME, NOW, OTHER, build_own_benefits, give_code, grant_of
from yihui.bootstrap import Wiring
from yihui.http.login.login_request import MEMBER_COOKIE

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]
NOTE = "这是手机在北京时间11月20日 10:00 保存的内容"
_IS_STORED = "async path => !!(await (await caches.open('me')).match(path))"


@dataclass(frozen=True, slots=True)
class Site:
    """A running site with two members, who each have a voucher with its code."""

    address: str
    wiring: Wiring
    benefits: dict[str, str]
    codes: dict[str, str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("offline")
    wiring = build_own_benefits(str(folder / "yihui.db"), folder)
    grants = {member: grant_of(wiring, member, "own-cake") for member in (ME, OTHER)}
    codes = {member: give_code(wiring, member, grant) for member, grant in grants.items()}
    with serving(folder, YIHUI_NOW=NOW.isoformat(), YIHUI_RULES=str(folder / "own-rules")) as address:
        benefits = {member: f"{address}/me/benefits/{grant}" for member, grant in grants.items()}
        yield Site(address, wiring, benefits, codes)
    wiring.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=PHONE, locale="zh-CN")
    yield context
    context.close()


def log_in(phone: BrowserContext, site: Site, member: str) -> Page:
    """Log in on a new page, and open the home page, the voucher and the messages; wait until the phone has them."""
    log_in_browser(phone, site.address, site.wiring, member)
    page = phone.new_page()
    page.goto(f"{site.address}/me")
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    awaited(page, "() => !!navigator.serviceWorker.controller")
    for address in (site.benefits[member], f"{site.address}/me/messages", f"{site.address}/me"):
        page.goto(address)
        awaited(page, _IS_STORED, address.removeprefix(site.address))
    return page


def digits(page: Page) -> str:
    return "".join(page.locator("#code span").all_inner_texts())


def test_list_benefit_code_and_messages_are_read_without_a_network(phone: BrowserContext, site: Site) -> None:
    page = log_in(phone, site, ME)
    online = page.locator("main").inner_text()
    expect(page.get_by_text(NOTE)).to_be_hidden()
    phone.set_offline(True)
    page.reload()
    expect(page.get_by_text(NOTE)).to_be_visible()
    assert [line for line in online.splitlines() if line not in page.locator("main").inner_text()] == []
    page.locator("section[aria-labelledby=use] a", has_text="示例蛋糕券").click()
    expect(page.get_by_text(NOTE)).to_be_visible()
    assert digits(page) == site.codes[ME].replace("-", "")
    expect(page.locator(".code svg")).to_be_visible()
    page.get_by_role("link", name="消息").click()
    expect(page.locator("main")).to_contain_text("您得到")
    page.goto(f"{site.address}/me/messages?page=1")  # neither stored nor made up
    expect(page.get_by_role("heading", name="现在没有网络")).to_be_visible()


def test_log_out_clears_what_the_phone_stored_also_without_a_network(
    phone: BrowserContext, site: Site
) -> None:
    page = log_in(phone, site, ME)
    page.goto(f"{site.address}/me/account")
    phone.set_offline(True)
    page.get_by_role("button", name="在这部手机上退出登录").click()
    waits = page.get_by_role("heading", name="等有网络时退出登录")
    expect(waits).to_be_visible()
    for path in (f"{site.address}/me", site.benefits[ME], f"{site.address}/me/messages"):
        page.goto(path)
        expect(waits).to_be_visible()
        assert digits(page) == ""
    phone.set_offline(False)
    page.get_by_role("link", name="再试一次").click()
    expect(page.get_by_role("heading", name="登录", exact=True)).to_be_visible()
    assert not [one for one in phone.cookies() if one["name"] == MEMBER_COOKIE]
    log_in(phone, site, OTHER)


@pytest.mark.parametrize("path", ["/me/login", "/me", "/me/messages"])
def test_a_session_that_is_over_takes_its_pages_along(phone: BrowserContext, site: Site, path: str) -> None:
    page = log_in(phone, site, ME)
    phone.clear_cookies(name=MEMBER_COOKIE)
    page.goto(f"{site.address}{path}")
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    awaited(page, "async () => !(await caches.keys()).includes('me') && localStorage.length === 0")


def test_the_card_turns_each_minute_and_shows_without_a_network(phone: BrowserContext, site: Site) -> None:
    page = log_in(phone, site, ME)
    page.goto(f"{site.address}/me/card")
    page.get_by_role("button", name="领取会员卡").click()
    expect(page.locator("#picture[data-from]")).to_be_visible()
    awaited(page, _IS_STORED, "/me/card")
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
