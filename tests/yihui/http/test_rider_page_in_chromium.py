"""The rider's page from a real server in a real browser."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.yihui.http.serving import serving
from tests.yihui.http.targets import find_small_targets
from yihui.bootstrap import Settings, Wiring, build_wiring

pytestmark = pytest.mark.needs("chromium")

AT = "at=2026-11-20T10:00%2B08:00"
PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, fill: Callable[[Wiring], None]) -> Iterator[str]:
    """A server as a user starts it, over a small register."""
    folder: Path = tmp_path_factory.mktemp("site")
    database = str(folder / "yihui.db")
    fill(build_wiring(Settings(database=database, data_folder=folder)))
    with serving(folder, language="en") as address:
        yield address


class Visit:
    """A page, with what it asked others for and complained about."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context, self.address = context, address
        self.page: Page = context.new_page()
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        self.page.on(
            "request", lambda r: None if r.url.startswith((address, "geo:")) else self.foreign.append(r.url)
        )
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def visit(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    context = browser.new_context(viewport=request.param, locale="zh-CN")
    yield Visit(context, address)
    context.close()


def test_the_form_works_without_script(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{address}/?{AT}")
    assert page.locator("#locate").is_hidden()
    page.get_by_text("或者自己填经纬度").click()
    page.get_by_label("经度", exact=True).fill("117.0204")
    page.get_by_label("纬度", exact=True).fill("36.6683")
    page.get_by_role("button", name="查站点").click()
    expect(page.locator(".card h3").first).to_contain_text("泉城路户外劳动者驿站")
    expect(page.locator(".card .state").first).to_have_text("开到 18:00")
    context.close()


def test_a_district_can_be_chosen_without_script(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{address}/?{AT}")
    page.get_by_label("区县").select_option("370402")
    page.get_by_role("button", name="列出").click()
    expect(page.locator(".card h3")).to_have_text(["没有坐标的驿站"])
    context.close()


def test_filters_and_another_place_can_be_chosen_without_script(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{address}/?lon=117.0204&lat=36.6683&{AT}")
    page.get_by_text("需要什么").click()
    page.locator("#filters .chip").filter(has_text="妈妈小屋").click()
    with page.expect_event("load"):
        page.locator("#filters").get_by_role("button", name="查站点").click()
    expect(page.locator(".card")).to_have_count(1)  # the place is still the same
    expect(page.locator("[data-of=metres]")).to_have_text("299 米")
    page.get_by_text("或者说在哪儿").click()
    page.get_by_label("地址或名称").fill("光明路")
    with page.expect_event("load"):
        page.get_by_role("button", name="搜索").click()
    page.get_by_text("需要什么").click()
    page.locator("#filters .chip").filter(has_text="妈妈小屋").click()
    with page.expect_event("load"):
        page.locator("#filters").get_by_role("button", name="查站点").click()
    page.get_by_role("link", name="没有坐标的驿站").click()
    expect(page.locator(".card h3")).to_have_text(["没有坐标的驿站"])
    context.close()


def test_the_phone_says_where_it_is_after_the_reason_was_given(visit: Visit) -> None:
    visit.context.grant_permissions(["geolocation"])
    visit.context.set_geolocation({"longitude": 117.0204, "latitude": 36.6683})
    page = visit.open(f"/?{AT}")
    assert page.get_by_text("位置只用来找附近的站点").is_visible()
    page.get_by_role("button", name="用我的位置").click()
    page.wait_for_selector(".card")
    assert "lon=117.0204&lat=36.6683" in page.url
    expect(page.locator(".card .way strong").first).to_have_text("94 米")
    assert (visit.foreign, visit.complaints) == ([], [])


def test_nothing_is_asked_of_others_and_no_name_runs(visit: Visit) -> None:
    page = visit.open(f"/?lon=117.0204&lat=36.6683&{AT}")
    assert page.locator(".card h3").nth(1).inner_text().startswith("<img src=x")
    assert page.locator(".card img").count() == 0
    assert (visit.foreign, visit.complaints) == ([], [])


def test_nothing_is_cut_off_and_targets_are_big_enough_for_a_thumb(visit: Visit) -> None:
    for path in ("/", f"/?lon=117.0204&lat=36.6683&{AT}", "/?lang=en"):
        page = visit.open(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        targets = page.locator("button:visible, summary:visible, select:visible, .chip:visible, a:visible")
        assert find_small_targets(targets, ("height",)) == []


def test_filters_can_be_set_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit.open("/")
    page.locator("#filters summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.locator("input[name=open]").is_checked()


def test_a_port_in_use_is_told_with_a_remedy(address: str, tmp_path: Path) -> None:
    port = address.rsplit(":", 1)[1]
    environment = os.environ | {
        "YIHUI_DATABASE_URL": str(tmp_path / "y.db"),
        "YIHUI_DATA_FOLDER": str(tmp_path),
    }
    command = [sys.executable, "-m", "yihui", "--lang", "en", "serve", "--port", port]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 3
    assert f"127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr
