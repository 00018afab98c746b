"""The officers' pages in a browser: readable by everybody, small, by keyboard alone and without script."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from events import InvalidEvent, parse_event
from events.dead_letters import build_dead_letter, record_dead_letters
from tests.members.organisations.acting import codes_of, event_of, handle
from tests.yihui.http.riding import DESK, NOW, PHONE, Visit, served
from tests.yihui.http.test_rider_access_in_chromium import found_by_axe
from yihui.bootstrap import Settings, build_wiring
from yihui.runtime.demo_marker import DEMO_MARKER_FILE

pytestmark = pytest.mark.needs("chromium")

LAPTOP: ViewportSize = {"width": 1024, "height": 768}
UNION = "370102001-00001"
MAX_PAGE_BYTES = 150_000
LETTER = {"specversion": "1.0", "id": "odd-1", "source": "/test", "type": "member.promoted", "subject": "m-1"}
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
    "applications": "/desk/applications",
    "application": "/desk/applications/1",
    "notices": "/desk/applications/notices",
    "poster": "/desk/applications/notices?poster=1",
    "organisation": f"/desk/organisations/{UNION}",
    "overdue": "/desk/organisations/overdue",
    "statistics": "/desk/organisations/370102/statistics",
    "budgets": "/desk/money",
    "payouts": "/desk/money/payouts",
    "appeals": "/desk/money/appeals",
    "rules": "/desk/rules",
    "rule": "/desk/rules/birthday-cake",
    "writing": "/desk/rules/new?source=item",
    "notice": "/desk/rules/form",
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
    (folder / DEMO_MARKER_FILE).touch()
    with served(folder) as running:
        plant(folder)
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
    wiring.database.close()


@pytest.mark.parametrize(
    ("size", "scheme", "language"),
    [(PHONE, "dark", "zh"), (LAPTOP, "light", "en"), (DESK, "dark", "en")],
    ids=["phone", "laptop", "desk"],
)
def test_everybody_can_read_each_page_and_it_is_small(
    browser: Browser, address: str, size: ViewportSize, scheme: str, language: str
) -> None:
    visit = Visit(browser, address, size, color_scheme=scheme)
    sent: list[int] = []
    visit.page.on("response", lambda answer: sent.append(answer.request.sizes()["responseBodySize"]))
    for name, path in PATHS.items():
        sent.clear()
        page = visit.open(f"{path}{'&' if '?' in path else '?'}lang={language}")
        page.wait_for_load_state("networkidle")
        assert found_by_axe(visit) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
        assert sum(sent) <= MAX_PAGE_BYTES, (name, sum(sent))
    assert visit.foreign == [] and [one for one in visit.complaints if "422" not in one] == []
    visit.close()


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
