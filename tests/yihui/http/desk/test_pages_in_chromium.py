"""The officers' pages in a browser: readable by everybody, small, by keyboard alone and without script."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from events import InvalidEvent, parse_event
from events.dead_letters import build_dead_letter, record_dead_letters
from members.hotline.article import Article
from members.hotline.callers import Caller
from members.hotline.case import CaseAct
from tests.members.organisations.acting import codes_of, event_of, handle
from tests.yihui.http.desk.readers import (
    FOR_EACH_READER,
    LAPTOP,
    Reader,
    planted_site,
    require_readable_pages,
)
from tests.yihui.http.riding import NOW, PHONE, Visit
from tests.yihui.http.test_rider_access_in_chromium import found_by_axe
from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.services.hotline.articles import add_article
from yihui.services.hotline.cases import ActOnCase, dispatch_case, open_case
from yihui.services.hotline.intake import CaseIntake
from yihui.services.members.vault_upkeep import create_vault_key

pytestmark = pytest.mark.needs("chromium")

UNION = "370102001-00001"
LETTER = {"specversion": "1.0", "id": "odd-1", "source": "/test", "type": "member.promoted", "subject": "m-1"}
ROOM_TITLES = [
    "待办", "站点", "规划", "会员", "入会申请", "申请", "热线", "组织", "困难帮扶", "医疗互助",
    "资金", "规则", "抽签与候补", "双人复核", "商户", "审计", "事件流",
]  # fmt: skip
PATHS = {
    "home": "/desk",
    "search": "/desk/search?q=驿站",
    "nothing": "/desk/search?q=没有这个",
    "stations": "/desk/stations",
    "map": "/desk/stations?map=1",
    "station": "/desk/stations/spring",
    "reports": "/desk/stations/reports",
    "import": "/desk/stations/import",
    "members": "/desk/members",
    "member": "/desk/members/m-1",
    "joins": "/desk/joins",
    "batch": "/desk/members/batch",
    "unmask": "/desk/members/m-1/unmask",
    "applications": "/desk/applications",
    "application": "/desk/applications/1",
    "notices": "/desk/applications/notices",
    "poster": "/desk/applications/notices?poster=1",
    "hotline": "/desk/hotline",
    "new case": "/desk/hotline/new",
    "case": "/desk/hotline/cases/1",
    "why": "/desk/hotline/cases/1?why=1",
    "rates": "/desk/hotline/rates",
    "articles": "/desk/hotline/articles?q=热水",
    "article": "/desk/hotline/articles/1",
    "new version": "/desk/hotline/articles/1/edit",
    "reviews": "/desk/hotline/articles/reviews",
    "organisation": f"/desk/organisations/{UNION}",
    "overdue": "/desk/organisations/overdue",
    "correction": "/desk/members/m-1/correct",
    "correction of a fact": "/desk/members/m-1/correct?fact=birthday",
    "publishing": "/desk/applications/publishing",
    "statistics": "/desk/organisations/370102/statistics",
    "budgets": "/desk/money",
    "payouts": "/desk/money/payouts",
    "reversals": "/desk/money/reversals",
    "debts": "/desk/money/debts",
    "report of benefits": "/desk/money/reports",
    "reconciliation": "/desk/money/reconciliation",
    "lost codes": "/desk/money/lost-codes",
    "merchants": "/desk/merchants",
    "appeals": "/desk/money/appeals",
    "rules": "/desk/rules",
    "rule": "/desk/rules/birthday-cake",
    "writing": "/desk/rules/new?source=item",
    "notice": "/desk/rules/form",
    "table": "/desk/rules/new/table?source=winter-warmth",
    "draws": "/desk/draws",
    "draw": "/desk/draws/birthday-cake",
    "audit": "/desk/audit",
    "verify": "/desk/audit/verify",
    "stream": "/desk/stream",
    "problem": "/desk/members/m-unknown",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    with planted_site(folder, plant) as running:
        yield running


def plant(folder: Path) -> None:
    """Found a union with a member, and leave a dead letter."""
    wiring = build_wiring(Settings(str(folder / "yihui.db"), folder), now=lambda: NOW)
    acts = [
        event_of("organisation.founded", code, "2020-01-01", name=name)
        for code, name in (
            ("370102", "历下区总工会"),
            ("370102001", "解放路街道工会"),
            (UNION, "泉城物流工会"),
        )
    ]
    acts.append(event_of("member.joined", "m-1", "2026-03-01", organisation=UNION, joined_on="2026-03-01"))
    aid = {"programme": "困难帮扶", "year": 2026, "case_level": "深度困难"}
    acts.append(event_of("application.submitted", "m-1", "2026-03-02", **aid))
    acts += [
        event_of(
            "application.reviewed",
            "m-1",
            f"2026-03-0{day}",
            **aid,
            accepted=True,
            stage=stage,
            reviewer=stage_by,
        )
        for day, stage, stage_by in ((3, "基层工会", "li.min"), (4, "县级工会", "zhao.yan"))
    ]
    acts.append(event_of("application.published", "m-1", "2026-09-30", **aid))
    invalid = parse_event(json.dumps(LETTER), NOW)
    assert isinstance(invalid, InvalidEvent)
    with wiring.database.write() as connection:
        assert codes_of(handle(connection, *acts)) == []
        record_dead_letters(connection, [build_dead_letter(invalid, invalid.faults, "test.jsonl:1", NOW)])
    plant_hotline(wiring)
    wiring.database.close()


def plant_hotline(wiring: Wiring) -> None:
    """Take a call in, dispatch it, and write an article."""
    create_vault_key(wiring)
    agent = Actor("console:agent-1", "agent-1", ActorKind.CONSOLE)
    caller = Caller("张三", "13800001234", "热水机坏了三天")
    intake = CaseIntake(
        "370102", "call", "station", "驿站没有热水", member="m-1", place="370102", caller=caller
    )
    case = open_case(wiring, agent, intake).case
    dispatch_case(wiring, agent, ActOnCase(case.number, CaseAct.DISPATCH, case.version), "370102")
    add_article(
        wiring,
        agent,
        Article(
            kind="question",
            title="驿站有热水吗",
            text="有。\n全天供应。",
            source="示例指南",
            valid_from=NOW.date(),
        ),
    )


@FOR_EACH_READER
def test_everybody_can_read_each_page_and_it_is_small(browser: Browser, address: str, reader: Reader) -> None:
    require_readable_pages(browser, address, reader, PATHS.values(), refused="422")


def test_an_act_is_done_by_keyboard_alone(browser: Browser, address: str) -> None:
    """From the first page to a suspended membership: skip link, search, form, confirmation."""
    visit = Visit(browser, address, LAPTOP)
    page = visit.open("/desk")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(2):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "find"
    page.keyboard.type("m-1")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="m-1", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("m-1")
    page.locator("#kind").focus()
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    assert page.locator("#kind").input_value() == "suspend"
    page.locator("#reason").focus()
    page.keyboard.type("欠费")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("[role=status]")).to_have_text("已办理并记录。")
    visit.close()


def test_a_form_acts_and_a_refused_one_says_why_without_script(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, PHONE, java_script_enabled=False)
    page = visit.open("/desk/money")
    page.locator("#budget").fill("tea")
    page.locator("#yuan").fill("一千")
    page.locator("#budget-reason").fill("年度预算")
    page.get_by_label("我已核对").check()
    page.get_by_role("button", name="设定").click()
    expect(page.locator("[role=alert]")).to_contain_text("一千")
    assert page.locator("#budget-reason").input_value() == "年度预算"
    page.locator("#yuan").fill("1000")
    page.get_by_label("我已核对").check()
    page.get_by_role("button", name="设定").click()
    expect(page.locator("[role=status]")).to_have_text("预算已设定。")
    expect(page.locator("table")).to_contain_text("1,000")
    visit.close()


def test_a_list_reloads_without_its_page_and_the_checks_come_after_it(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, LAPTOP)
    page = visit.open("/desk/stations")
    page.evaluate("document.body.dataset.stayed = 'yes'")
    page.locator("#kind").select_option("mother_room")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    assert page.locator("body[data-stayed=yes]").count() == 1 and "kind=mother_room" in page.url
    page.get_by_role("link", name="明湖妈妈小屋").click()
    expect(page.get_by_role("link", name="检查这个站点")).to_have_count(0, timeout=60_000)
    expect(page.locator("section", has_text="检查结果")).to_contain_text("提醒")
    assert visit.complaints == []
    visit.close()


def test_the_knowledge_base_is_searched_while_typing_and_without_script(
    browser: Browser, address: str
) -> None:
    visit = Visit(browser, address, LAPTOP)
    page = visit.open("/desk/hotline/articles")
    page.evaluate("document.body.dataset.stayed = 'yes'")
    page.locator("#q").focus()
    page.keyboard.type("有没有热水")
    expect(page.locator("#list a").first).to_have_text("驿站有热水吗")
    assert page.locator("body[data-stayed=yes]").count() == 1
    assert page.evaluate("document.activeElement.id") == "q", "the officer goes on typing"
    assert visit.complaints == []
    visit.close()
    without = Visit(browser, address, LAPTOP, java_script_enabled=False)
    page = without.open("/desk/hotline/articles")
    page.locator("#q").fill("有没有热水")
    page.locator("main").get_by_role("button", name="搜索").click()
    expect(page.locator("#list a").first).to_have_text("驿站有热水吗")
    without.close()


def test_a_case_is_taken_in_and_answered_from_the_ledger_without_script(
    browser: Browser, address: str
) -> None:
    visit = Visit(browser, address, PHONE, java_script_enabled=False)
    page = visit.open("/desk/hotline/new")
    page.locator("#summary").fill("没有收到生日蛋糕券")
    page.locator("#category").select_option("benefit")
    page.locator("#organisation").fill("370102")
    page.locator("#member").fill("m-1")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator("[role=status]")).to_have_text("工单已登记。")
    page.locator("#rule").select_option("birthday-cake")
    page.get_by_role("button", name="按账本答复并办结").click()
    expect(page.locator("[role=status]")).to_have_text("已按账本答复并办结。")
    expect(page.locator("ol li").last).to_contain_text("按账本答复，工单办结")
    visit.close()


def test_a_case_is_accepted_by_keyboard_alone(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, LAPTOP)
    page = visit.open("/desk/hotline?queue=open")
    page.get_by_role("link", name="驿站没有热水").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("驿站没有热水")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "受理此单":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("[role=status]")).to_have_text("工单已受理。")
    visit.close()


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


def test_the_unfolded_menu_of_a_phone_is_readable_by_everybody(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, PHONE)
    visit.open("/desk/money").locator("nav.rooms-menu summary").press("Enter")
    assert found_by_axe(visit) == []
    visit.close()


def test_a_desk_shows_every_room_at_once(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, LAPTOP)
    page = visit.open("/desk/money/payouts")
    expect(page.locator("nav.rooms-menu")).to_be_hidden()
    for link in page.locator("nav.rooms a").all():
        box = link.bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= LAPTOP["width"]
    expect(page.locator("nav.rooms [aria-current=page]")).to_have_text("资金")
    visit.close()
