"""The pages of log-in from a real server in a real browser: keyboard alone, phone and desktop, light and dark."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.yihui.http.riding import DESK, PHONE, Visit
from tests.yihui.http.serving import serving
from tests.yihui.http.targets import find_small_targets
from tests.yihui.services.logging_in import CONSOLE, PASSWORD, Clock, Installation
from yihui.services.access.accounts import renew_setup_code
from yihui.services.access.console_session import load_console_session

pytestmark = pytest.mark.needs("chromium")

AXE = Path(__file__).parents[4] / "web" / "node_modules" / "axe-core" / "axe.min.js"


@dataclass(frozen=True)
class Place:
    address: str
    folder: Path
    desk: Installation


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("desk")
    desk = Installation.open(str(folder / "yihui.db"), folder)
    desk.clock.now = datetime.now(UTC)
    desk.add_officer("wang")
    with serving(folder) as address:
        yield Place(address, folder, desk)
    desk.wiring.database.close()


def is_good(page: Page) -> None:
    """WCAG 2.2 AA as far as axe-core sees it; nothing is cut off; what is pressed is big enough for a thumb."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    targets = page.locator("button:visible, .button:visible, .language, input:visible")
    assert find_small_targets(targets) == []


def photograph(page: Page, name: str) -> None:
    """Take a picture to look at, where TEST_PICTURES names a folder."""
    if folder := os.environ.get("TEST_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "dark"), (DESK, "light")], ids=["phone", "desktop"])
def test_an_officer_sets_up_logs_out_and_in_by_keyboard_alone(
    browser: Browser, place: Place, size: object, scheme: str
) -> None:
    with place.desk.wiring.database.write() as connection:
        code = renew_setup_code(connection, CONSOLE, "wang", datetime.now(UTC)).code
    visit = Visit(browser, place.address, size=size, color_scheme=scheme, java_script_enabled=True)  # type: ignore[arg-type]
    page, kind = visit.page, "phone" if size is PHONE else "desktop"

    def reach(step: str) -> None:
        is_good(page)
        photograph(page, f"{step}-{kind}")

    visit.open("/desk/account")
    expect(page).to_have_url(re.compile("/desk/login"))
    reach("login")
    page.get_by_role("link", name="我有启用码").press("Enter")
    reach("setup")
    page.get_by_label("启用码").fill(code)
    page.get_by_label("新密码", exact=True).fill("short")
    page.get_by_label("再输一遍新密码").fill("other")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("至少要有 12 个")
    reach("setup-refused")
    page.get_by_label("启用码").fill(code)
    page.get_by_label("新密码", exact=True).fill(PASSWORD)
    page.get_by_label("再输一遍新密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="密钥的二维码")).to_be_visible()
    reach("phone")
    totp = pyotp.TOTP(page.locator(".secret code").inner_text().replace(" ", ""))
    page.get_by_label("六位数字").fill(totp.now())
    page.keyboard.press("Enter")
    expect(page.locator(".codes li")).to_have_count(10)
    recovery = page.locator(".codes code").all_inner_texts()
    reach("recovery")
    page.goto(f"{place.address}/desk/account")
    reach("account")
    page.get_by_role("button", name="退出登录").press("Enter")
    expect(page).to_have_url(f"{place.address}/desk/login")
    page.get_by_label("登录名").fill("wang")
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("六位数字，或一个恢复码")).to_be_focused()
    reach("code")
    page.keyboard.type(recovery[0])
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{place.address}/desk")
    page.goto(f"{place.address}/desk/account")
    expect(page.get_by_text("剩余恢复码：9 个")).to_be_visible()
    assert visit.foreign == []
    visit.close()


def test_a_console_is_logged_in_by_the_browser(browser: Browser, place: Place) -> None:
    with place.desk.wiring.database.write() as connection:
        code = renew_setup_code(connection, CONSOLE, "wang", datetime.now(UTC)).code
    visit = Visit(browser, place.address, size=DESK)
    page = visit.page
    visit.open("/desk/setup?next=/desk/device")
    page.get_by_label("启用码").fill(code)
    page.get_by_label("新密码", exact=True).fill(PASSWORD)
    page.get_by_label("再输一遍新密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    totp = pyotp.TOTP(page.locator(".secret code").inner_text().replace(" ", ""))
    page.get_by_label("六位数字").fill(totp.now())
    page.keyboard.press("Enter")
    page.get_by_role("link", name="我已经抄好").click()
    environ = {"PATH": os.environ["PATH"], "YIHUI_DATA_FOLDER": str(place.folder), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "yihui", "login", "--site", place.address]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as console:
        assert console.stdout is not None
        shown = re.search("[B-Z]{4}-[B-Z]{4}", console.stdout.readline())
        assert shown is not None
        page.get_by_label("控制台上的代码").fill(shown[0].lower())
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="允许")).to_be_visible()
        is_good(page)
        photograph(page, "device")
        page.get_by_role("button", name="允许").click()
        expect(page.get_by_role("status")).to_contain_text("控制台已登录")
        assert "wang" in console.stdout.read()
    assert console.returncode == 0
    place.desk.wiring.now = lambda: datetime.now(UTC)
    actor = load_console_session(place.desk.wiring)
    assert actor is not None and actor.id == "wang"
    place.desk.wiring.now = Clock(datetime.now(UTC))
    visit.close()
