"""The pages of log-in from a real server in a real browser: keyboard alone, phone and desktop, light and dark."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.yihui.http.riding import DESK, PHONE, Visit
from tests.yihui.http.serving import serving
from tests.yihui.http.targets import find_small_targets
from tests.yihui.http.test_rider_access_in_chromium import is_usable
from tests.yihui.services.logging_in import CONSOLE, PASSWORD, Installation
from yihui.services.access.accounts import renew_setup_code
from yihui.services.access.secret_marks import secret_marker

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


@dataclass(frozen=True)
class Place:
    address: str
    folder: Path
    desk: Installation


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("desk")
    desk = Installation.open(str(copy(migrated_file, folder / "yihui.db")), folder)
    desk.clock.now = datetime.now(UTC)
    desk.add_officer("wang")
    with serving(folder) as address:
        yield Place(address, folder, desk)
    desk.wiring.database.close()


def is_good(page: Page) -> None:
    """WCAG 2.2 AA as far as axe-core sees it; nothing is cut off; what is pressed is big enough for a thumb."""
    is_usable(page)
    targets = page.locator("button:visible, .button:visible, .language, input:visible")
    assert find_small_targets(targets) == []


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "dark"), (DESK, "light")], ids=["phone", "desktop"])
def test_an_officer_sets_up_logs_out_and_in_by_keyboard_alone(
    browser: Browser, place: Place, size: object, scheme: str
) -> None:
    with place.desk.wiring.database.write() as connection:
        code = renew_setup_code(
            connection, secret_marker(place.desk.wiring), CONSOLE, "wang", datetime.now(UTC)
        ).code
    visit = Visit(browser, place.address, size=size, color_scheme=scheme, java_script_enabled=True)  # type: ignore[arg-type]
    page = visit.page

    visit.open("/desk/account")
    expect(page).to_have_url(re.compile("/desk/login"))
    is_good(page)
    page.get_by_role("link", name="我有启用码").press("Enter")
    is_good(page)
    page.get_by_label("启用码").fill(code)
    page.get_by_label("新密码", exact=True).fill("short")
    page.get_by_label("再输一遍新密码").fill("other")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("至少要有 12 个")
    is_good(page)
    page.get_by_label("启用码").fill(code)
    page.get_by_label("新密码", exact=True).fill(PASSWORD)
    page.get_by_label("再输一遍新密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="密钥的二维码")).to_be_visible()
    is_good(page)
    totp = pyotp.TOTP(page.locator(".secret code").inner_text().replace(" ", ""))
    page.get_by_label("六位数字").fill(totp.now())
    page.keyboard.press("Enter")
    expect(page.locator(".codes li")).to_have_count(10)
    recovery = page.locator(".codes code").all_inner_texts()
    is_good(page)
    page.goto(f"{place.address}/desk/account")
    is_good(page)
    page.get_by_role("button", name="退出登录").press("Enter")
    expect(page).to_have_url(f"{place.address}/desk/login")
    page.get_by_label("登录名").fill("wang")
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("六位数字，或一个恢复码")).to_be_focused()
    is_good(page)
    page.keyboard.type(recovery[0])
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{place.address}/desk")
    page.goto(f"{place.address}/desk/account")
    expect(page.get_by_text("剩余恢复码：9 个")).to_be_visible()
    assert visit.foreign == []
    visit.close()
