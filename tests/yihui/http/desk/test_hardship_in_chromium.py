"""The pages of case files in a browser: readable by everybody with every form open, small, and by keyboard alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from members.hardship.case import FileAct
from tests.members.organisations.acting import codes_of, event_of, handle
from tests.yihui.http.desk.readers import (
    FOR_EACH_READER,
    LAPTOP,
    Reader,
    planted_site,
    require_readable_pages,
)
from tests.yihui.http.riding import NOW, Visit
from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Settings, build_wiring
from yihui.services.hardship.case_files import ActOnFile, FileIntake, open_file, record_measure, review_file
from yihui.services.hardship.intake import WrittenPerson
from yihui.services.hardship.visits import VisitPlan, plan_visit, release_visit

pytestmark = pytest.mark.needs("chromium")

COUNTY = "370102"
PATHS = (
    "/desk/hardship",
    "/desk/hardship?only=due",
    "/desk/hardship?only=closed",
    "/desk/hardship/1",
    "/desk/hardship/2",
)
FIRST, SECOND = (Actor(f"console:{name}", name, ActorKind.CONSOLE) for name in ("li.min", "wang.fang"))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    with planted_site(folder, plant) as running:
        yield running


def plant(folder: Path) -> None:
    """Put one household on file, with a planned and a released visit; another one waits for its first review."""
    wiring = build_wiring(Settings(str(folder / "yihui.db"), folder), now=lambda: NOW)
    acts = [event_of("organisation.founded", COUNTY, "2020-01-01", name="历下区总工会")]
    acts += [
        event_of("member.joined", one, "2026-03-01", organisation=COUNTY, joined_on="2026-03-01")
        for one in ("m-1", "m-2")
    ]
    with wiring.database.write() as connection:
        assert codes_of(handle(connection, *acts)) == []
    for member in ("m-1", "m-2"):
        persons = [WrittenPerson("self", member, "2400"), WrittenPerson("child")]
        open_file(
            wiring, FIRST, FileIntake(COUNTY, "深度困难", persons, ["illness", "schooling"], "申请大病救助")
        )
    review_file(wiring, SECOND, ActOnFile(1, FileAct.REVIEW, None, "已核对"), "深度困难")
    record_measure(wiring, FIRST, ActOnFile(1, FileAct.MEASURE), "job", "推荐保洁岗位")
    for _ in range(2):
        plan = VisitPlan("m-1", NOW.date(), "1000", "中秋慰问")
        plan_visit(wiring, FIRST, ActOnFile(1, FileAct.PLAN_VISIT), plan)
    release_visit(wiring, SECOND, ActOnFile(1, FileAct.RELEASE_VISIT), 1)
    wiring.close()


@FOR_EACH_READER
def test_everybody_can_read_each_page_with_all_forms_open_and_it_is_small(
    browser: Browser, address: str, reader: Reader
) -> None:
    require_readable_pages(browser, address, reader, PATHS)


def test_a_second_officer_releases_money_by_keyboard_alone(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, LAPTOP)
    page = visit.open("/desk/hardship/1?lang=zh")
    page.locator("article[aria-labelledby=visit-2] summary", has_text="放款").focus()
    page.keyboard.press("Enter")
    for _ in range(2):  # past the reason, to the tick
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".done")).to_contain_text("已放款")
    expect(page.locator("#visit-2")).to_contain_text("已放款")
    visit.close()
