"""The room of rules in a browser: readable by everybody, small, and by keyboard alone."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.yihui.http.desk.readers import FOR_EACH_READER, LAPTOP, Reader, require_readable_pages
from tests.yihui.http.riding import NOW, Visit, served
from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Settings, build_wiring
from yihui.runtime.demo_marker import DEMO_MARKER_FILE
from yihui.services.rules.comments import comment_on_version
from yihui.services.rules.desk import submit_version
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.lookup import draft_rule

pytestmark = pytest.mark.needs("chromium")

AUTHOR = Actor("wang.fang", "wang.fang", ActorKind.DEMO)


class Room:
    """A site with a version that waits, on which its author has commented."""

    def __init__(self, address: str, version: str) -> None:
        self.address, self.page = address, f"/desk/rules/versions/{version}"

    def paths(self) -> tuple[str, ...]:
        return (
            self.page,
            f"{self.page}/comments",
            f"{self.page}/document",
            "/desk/approvals",
            "/desk/rules/new?source=birthday-cake",
        )


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("site")
    (folder / DEMO_MARKER_FILE).touch()
    with served(folder) as address:
        yield Room(address, plant(folder))


def plant(folder: Path) -> str:
    wiring = build_wiring(Settings(str(folder / "yihui.db"), folder), now=lambda: NOW)
    draft = draft_rule(wiring, "birthday-cake", date(2027, 1, 1), None, None)
    done = submit_version(wiring, AUTHOR, RuleFile("rule.yaml", draft.text, draft.tables), takes_over=True)
    comment_on_version(wiring, AUTHOR, done.candidate.stated.hash, "按新通知调整，请审核。\n依据见第一条。")
    wiring.close()
    return done.candidate.stated.hash


@FOR_EACH_READER
def test_everybody_can_read_each_page_with_all_forms_open_and_it_is_small(
    browser: Browser, room: Room, reader: Reader
) -> None:
    require_readable_pages(browser, room.address, reader, room.paths())


def test_a_second_officer_answers_a_comment_by_keyboard_alone(browser: Browser, room: Room) -> None:
    visit = Visit(browser, room.address, LAPTOP)
    page = visit.open(f"{room.page}?lang=zh")
    expect(page.locator("#comments")).to_contain_text("按新通知调整")
    page.get_by_label("您的意见").focus()
    page.keyboard.type("第二条的金额请再核对。")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".done")).to_contain_text("意见已提交")
    expect(page.locator("#comments li").last).to_contain_text("第二条的金额请再核对。")
    visit.close()


def test_what_is_found_appears_as_one_types_and_leads_to_its_line(browser: Browser, room: Room) -> None:
    visit = Visit(browser, room.address, LAPTOP)
    page = visit.open("/desk/rules/new?source=birthday-cake&lang=zh")
    area = page.locator("#text")
    text = area.input_value().replace("P60D", "P60Q")
    line = 1 + next(n for n, one in enumerate(text.splitlines()) if "P60Q" in one)
    area.fill(text)  # one input, as a paste
    found = page.locator(f"#preview [data-line='{line}']").first
    expect(found).to_have_text(f"第{line}行")
    found.focus()
    page.keyboard.press("Enter")
    expect(area).to_be_focused()
    begin = page.evaluate("document.getElementById('text').selectionStart")
    assert text[:begin].count("\n") == line - 1
    assert visit.complaints == []
    visit.close()


# The browser types so much only in half a minute: it is put there as a paste would.
PASTE = (
    "area => { area.value = '# 长长长长长长长长\\n'.repeat(7000);"
    " area.dispatchEvent(new Event('input', {bubbles: true})); }"
)


def test_a_text_that_is_too_long_is_named_at_once(browser: Browser, room: Room) -> None:
    visit = Visit(browser, room.address, LAPTOP)
    page = visit.open("/desk/rules/new?source=birthday-cake&lang=zh")
    page.locator("#text").evaluate(PASTE)
    expect(page.locator("#too-long")).to_be_visible()
    visit.close()


def test_a_long_text_that_stood_there_before_the_program_came_is_named(browser: Browser, room: Room) -> None:
    visit = Visit(browser, room.address, LAPTOP)
    held: list[Route] = []
    visit.page.route("**/rule_text-*.js", lambda route: held.append(route))
    page = visit.open("/desk/rules/new?source=birthday-cake&lang=zh")
    page.locator("#text").evaluate(PASTE)
    expect(page.locator("#too-long")).to_be_hidden()
    held[0].continue_()
    expect(page.locator("#too-long")).to_be_visible()
    visit.close()


def test_a_check_that_fails_is_said_and_forgotten_when_the_next_one_answers(
    browser: Browser, room: Room
) -> None:
    visit = Visit(browser, room.address, LAPTOP)
    page = visit.open("/desk/rules/new?source=birthday-cake&lang=zh")
    page.route("**/desk/rules/new/check", lambda route: route.abort())
    area = page.locator("#text")
    text = area.input_value()
    area.fill(text + "# 一\n")
    expect(page.locator("#not-checked")).to_be_visible()
    page.unroute("**/desk/rules/new/check")
    area.fill(text + "# 二\n")
    expect(page.locator("#not-checked")).to_be_hidden()
    visit.close()


def test_a_paste_fills_the_grid_and_its_faulty_cell_is_marked(browser: Browser, room: Room) -> None:
    visit = Visit(browser, room.address, LAPTOP)
    page = visit.open("/desk/rules/new/table?source=winter-warmth&lang=zh")
    last = page.locator("table.grid tbody tr").count() - 1
    paste = """([id, text]) => {
        const data = new DataTransfer();
        data.setData('text/plain', text);
        return !document.getElementById(id).dispatchEvent(
            new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
    }"""  # true once the grid's script, which comes after the page, has taken the paste
    page.wait_for_function(paste, arg=[f"g0_{last}_0", "一般困难\t1100\n非深度困难\t800\n"])
    expect(page.locator(f"#g0_{last + 1}_1")).to_have_value("800")
    faulty = page.locator(f"#g0_{last + 1}_0")
    expect(faulty).to_have_attribute("aria-invalid", "true")
    faulty.fill("深度困难")
    expect(faulty).not_to_have_attribute("aria-invalid", "true")
    assert visit.complaints == []
    visit.close()
