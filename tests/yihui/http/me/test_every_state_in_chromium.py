"""A member's pages on one site: each in its states by axe at 320 px, and what a phone forgets that others use next."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, ViewportSize, expect

from tests.awaited import awaited
from tests.tiers import ENDURES
from tests.yihui.http.me.crowd import CLOSED_POLL, POLLS, CrowdMember, build_crowd
from tests.yihui.http.me.host_app import HostApp, write_apps
from tests.yihui.http.me.members import log_in_browser
from tests.yihui.http.serving import serving
from tests.yihui.http.test_rider_access_in_chromium import breaches
from tests.yihui.own_benefits import NOW, grant_of
from tests.yihui.services.joining_people import HERE, SENT, member_event
from yihui.bootstrap import Wiring

pytestmark = pytest.mark.needs("chromium")
NARROW: ViewportSize = {"width": 320, "height": 640}
NEWCOMER, LEAVER = "m-newcomer", "m-leaver"  # who have nothing yet
EMPTY = ("/me", "/me/card", "/me/messages", "/me/decisions", "/me/data", "/me/account")
FORM, NOTE = "/me/apply/apply-school/hand-in", "孩子上高中了 👨‍👩‍👧"
_IS_STORED = "async path => !!(await (await caches.open('me')).match(path))"
_LOOKS = (("dark", False), ("light", True), ("dark", True))
_CONTRAST = """async () => (await axe.run({ runOnly: { type: "rule", values: ["color-contrast", "target-size"] } }))
  .violations.flatMap((one) => one.nodes.map((node) => one.id + " " + node.html.slice(0, 200)))"""


@dataclass(frozen=True, slots=True)
class Site:
    """A running site with a member who has something on every page, and a newcomer."""

    address: str
    wiring: Wiring
    member: CrowdMember
    other: CrowdMember
    app: HostApp

    def paths(self) -> list[str]:
        cooling = grant_of(self.wiring, self.member.id, "own-cooling")
        return [
            *EMPTY,
            *self.member.pages,
            f"{POLLS}{CLOSED_POLL}",
            "/me/take-part/polls",
            "/me/points",
            "/me/apply",
            FORM,
            "/me/certificates",
            "/me/mutual-aid",
            "/me/membership",
            "/me/membership/leave",
            "/me/help/about/page:card/ask",
            "/me/certificates/hand-in",
            "/me/data/facts/birthday/correct",
            "/me/login",
            f"/me/benefits/{cooling}",
            f"/me/benefits/{cooling}/places",
            f"/me/benefits/{cooling}/places?q=驿站",
            "/me/decisions/undecided/wedding-gift",
            "/me/join?q=历下区 美团",
            "/me/data/deletion",
            "/me/benefits/unknown",
        ]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("states")
    wiring, (other, member) = build_crowd(folder, 2)  # who share a phone
    for one in (NEWCOMER, LEAVER):
        member_event(wiring, "member.joined", one, "2026-03-02", organisation=HERE, joined_on="2026-03-02")
    app = HostApp("qilu", folder)
    app.add_key()
    settings = {"YIHUI_MEMBER_APPS": str(write_apps(folder, app))}
    settings |= {"YIHUI_RULES": str(folder / "own-rules"), "YIHUI_CODE_SENDER": f"file:{folder / SENT}"}
    with serving(folder, YIHUI_NOW=NOW.isoformat(), **settings) as address:
        yield Site(address, wiring, member, other, app)
    wiring.close()


@pytest.fixture(scope="module")
def phone(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=NARROW, locale="zh-CN", service_workers="block")
    yield context
    context.close()


def find_breaches(page: Page) -> list[str]:
    """Return what axe finds on a page, and what is cut off; its parts are unfolded. `make endure` takes each look."""
    page.emulate_media(color_scheme="light")
    page.evaluate("document.querySelectorAll('main details').forEach((one) => (one.open = true))")
    found = [f"light {one}" for one in breaches(page)]
    if page.evaluate("document.documentElement.scrollWidth") > NARROW["width"]:
        found.append("wider than the phone")
    for scheme, is_large in _LOOKS if ENDURES else ():
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.evaluate("large => document.documentElement.classList.toggle('large', large)", is_large)
        found += [f"{scheme} {'large ' if is_large else ''}{one}" for one in page.evaluate(_CONTRAST)]
        if page.evaluate("document.documentElement.scrollWidth") > NARROW["width"]:
            found.append(f"{scheme} {is_large}: wider than the phone")
    page.evaluate("document.documentElement.classList.remove('large')")
    return found


@pytest.mark.deeper
@pytest.mark.parametrize(
    "who", ["a member with everything", pytest.param("a newcomer", marks=pytest.mark.endure)]
)
def test_every_page_is_readable_in_every_look(phone: BrowserContext, site: Site, who: str) -> None:
    is_new = who == "a newcomer"
    log_in_browser(phone, site.address, site.wiring, NEWCOMER if is_new else site.member.id)
    page, found = phone.new_page(), {}
    for path in EMPTY if is_new else site.paths():
        page.goto(f"{site.address}{path}")
        assert unquote(page.url).endswith(path), page.url
        found[path] = find_breaches(page)
    page.close()
    assert {path: one for path, one in found.items() if one} == {}


def test_the_form_of_a_person_who_joins_is_readable_with_its_box_unticked(
    browser: Browser, site: Site
) -> None:
    stranger = browser.new_context(viewport=NARROW, locale="zh-CN", service_workers="block")
    page = stranger.new_page()
    page.goto(f"{site.address}/me/join?organisation={HERE}")
    assert find_breaches(page) == []
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    stranger.close()


def fill_phone(shared: BrowserContext, site: Site, one: CrowdMember) -> Page:
    """Let a member log in and look at her card, a voucher and a form in which she types; the phone has stored all of it."""
    log_in_browser(shared, site.address, site.wiring, one.id)
    page = shared.new_page()
    page.goto(f"{site.address}/me/card")
    expect(page.locator("#picture[data-from]")).to_be_visible()
    awaited(page, "() => !!navigator.serviceWorker.controller")
    for path in ("/me/card", voucher_of(one)):
        page.goto(f"{site.address}{path}")
        awaited(page, _IS_STORED, path)
    page.goto(f"{site.address}{FORM}")
    assert page.locator("#f-note").input_value() == "", "a draft is not shown to the next member"
    assert NOTE not in page.evaluate("localStorage.getItem('me-drafts') || ''")
    page.locator("#f-note").fill(NOTE)
    page.reload()
    assert page.locator("#f-note").input_value() == NOTE, "a draft outlives a reload"
    return page


def voucher_of(one: CrowdMember) -> str:
    return f"/me/benefits/{one.things['/me/benefits/']}"


def test_a_phone_that_others_use_next_keeps_nothing_of_a_member(browser: Browser, site: Site) -> None:
    shared = browser.new_context(viewport=NARROW, locale="zh-CN")
    fill_phone(shared, site, site.other).close()
    page = fill_phone(shared, site, site.member)  # nobody has logged out
    shared.set_offline(True)
    page.goto(f"{site.address}/me/card")
    expect(page.locator("#picture[data-from]")).to_be_visible()
    shown = page.content()
    assert not [mark for mark in site.other.markers - site.member.markers if mark in shown]
    keeps_nothing_of(shared, site, f"{site.address}{voucher_of(site.other)}")
    shared.set_offline(False)
    page.goto(f"{site.address}/me/account")
    page.get_by_role("button", name="在这部手机上退出登录").click()
    expect(page.get_by_role("heading", name="已退出登录")).to_be_visible()
    awaited(page, "async () => !(await caches.keys()).includes('me') && localStorage.length === 0")
    assert [cookie["name"] for cookie in shared.cookies() if "yihui-me" in str(cookie["name"])] == []
    page.goto(f"{site.address}/me/card")
    assert "/me/login" in page.url
    shared.set_offline(True)
    keeps_nothing_of(shared, site, f"{site.address}/me/card")
    keeps_nothing_of(shared, site, f"{site.address}{voucher_of(site.member)}")
    shared.close()


def keeps_nothing_of(shared: BrowserContext, site: Site, address: str) -> None:
    """The browser, or the worker where there is one, says that there is no network."""
    page = shared.new_page()
    try:
        page.goto(address)
        shown = page.content()
    except Error as refused:
        shown = str(refused)
        assert "ERR_INTERNET_DISCONNECTED" in shown or "ERR_FAILED" in shown
    assert not [
        mark for mark in site.other.markers | site.member.markers if mark in shown.replace(address, "")
    ]
    page.close()
