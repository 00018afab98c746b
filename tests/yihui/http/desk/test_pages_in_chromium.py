"""The officers' pages in a browser: what their scripts add, and the rooms on a phone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from members.hotline.article import Article
from tests.yihui.http.desk.readers import (
    planted_site,
)
from tests.yihui.http.riding import NOW, PHONE, Visit
from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Settings, build_wiring
from yihui.services.hotline.articles import add_article

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]

ROOM_TITLES = [
    "待办", "站点", "规划", "会员", "入会申请", "申请", "热线", "组织", "困难帮扶", "医疗互助",
    "资金", "规则", "抽签与候补", "双人复核", "商户", "审计", "事件流",
]  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    with planted_site(folder, plant) as running:
        yield running


def plant(folder: Path) -> None:
    """Write an article for the hotline."""
    wiring = build_wiring(Settings(str(folder / "yihui.db"), folder), now=lambda: NOW)
    agent = Actor("console:agent-1", "agent-1", ActorKind.CONSOLE)
    article = Article(
        kind="question",
        title="驿站有热水吗",
        text="有。\n全天供应。",
        source="示例指南",
        valid_from=NOW.date(),
    )
    add_article(wiring, agent, article)
    wiring.database.close()


def test_a_phone_names_the_room_and_unfolds_the_others_without_script(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, PHONE, java_script_enabled=False)
    page = visit.open("/desk/rules/birthday-cake")
    expect(page.locator("nav.rooms")).to_be_hidden()
    menu = page.locator("nav.rooms-menu")
    summary = menu.locator("summary")
    expect(summary).to_have_text(re.compile("栏目: 规则"))
    expect(menu.get_by_role("link").first).to_be_hidden()
    summary.press("Enter")
    expect(menu.get_by_role("link")).to_have_text(ROOM_TITLES)
    for link in menu.get_by_role("link").all():
        box = link.bounding_box()
        assert box is not None and box["height"] >= 44 and box["x"] + box["width"] <= PHONE["width"]
    expect(menu.locator("[aria-current=page]")).to_have_text("规则")
    expect(menu.get_by_role("list", name="规则和资金").get_by_role("link")).to_have_text(
        ["资金", "规则", "抽签与候补", "双人复核", "商户"]
    )
    menu.get_by_role("link", name="热线").press("Enter")
    expect(summary).to_have_text(re.compile("热线"))
    visit.open("/desk/search?q=驿站")
    assert page.locator("[aria-current=page]").count() == 0, "a search lies in no room"
    visit.close()
