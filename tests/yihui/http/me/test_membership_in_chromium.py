"""A scanned code leads to the card on a phone without script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.yihui.http.me.joined import join
from tests.yihui.http.me.test_card_in_chromium import Town
from tests.yihui.http.riding import NOW
from tests.yihui.http.riding import PHONE as SCREEN
from tests.yihui.http.serving import serving
from tests.yihui.services.joining_people import (
    HERE,
    SENT,
    Clock,
    found_tree,
    id_number,
    joining_wiring,
    last_code,
    person,
)
from yihui.services.organisations.links import make_organisation_link

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]
NEW = "13800000002"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("membership")
    wiring = joining_wiring(str(folder / "yihui.db"), folder, Clock(NOW))
    found_tree(wiring)
    join(wiring, person(1))
    with serving(folder, YIHUI_NOW=NOW.isoformat(), YIHUI_CODE_SENDER=f"file:{folder / SENT}") as address:
        yield Town(address, wiring, [])
    wiring.close()


def test_a_scanned_code_leads_to_the_card_without_script(browser: Browser, town: Town) -> None:
    context = browser.new_context(viewport=SCREEN, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    printed = make_organisation_link(town.wiring, HERE, "li", "print", town.address, anew=False)
    page.goto(printed.address)
    page.get_by_role("link", name="继续：入会或转会").click()
    page.get_by_label("姓名").fill("李四")
    page.get_by_label("身份证号").fill(id_number(2))
    page.get_by_label("手机号").fill(NEW)
    page.get_by_role("button", name="获取验证码").click()
    page.get_by_label("六位验证码").fill(last_code(town.wiring, NEW))
    page.get_by_role("button", name="确认入会").click()
    expect(page.get_by_role("heading", name="我的会员卡")).to_be_visible()
    page.goto(f"{town.address}/me/membership")
    expect(page.get_by_text("泉城物流工会").first).to_be_visible()
    context.close()
