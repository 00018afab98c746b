"""What the scripts of the room of rules add: a text is checked as one types."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.yihui.http.desk.readers import LAPTOP, planted_site
from tests.yihui.http.riding import Visit

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with planted_site(tmp_path_factory.mktemp("site")) as running:
        yield running


def test_what_is_found_appears_as_one_types_and_leads_to_its_line(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, LAPTOP)
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


def test_a_check_that_fails_is_said_and_forgotten_when_the_next_one_answers(
    browser: Browser, address: str
) -> None:
    visit = Visit(browser, address, LAPTOP)
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
