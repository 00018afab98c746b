"""Places are suggested while a rider types: by keys, by touch, and never in the way of the form."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.street_town import build_town_names
from tests.yihui.http.riding import PHONE, Visit, served

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    streets = build_town_names(tmp_path_factory.mktemp("town") / "streets")
    with served(folder, YIHUI_STREETS=str(streets)) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    opened = Visit(browser, address, PHONE)
    yield opened
    opened.close()


def typing(visit: Visit, text: str, field: str = "#q", path: str = "/") -> Page:
    """Type into a field; what suggests is loaded when the field has the focus."""
    page = visit.open(path)
    page.locator("#by-hand").evaluate("details => { details.open = true; }")
    page.locator(field).focus()
    expect(page.locator(field)).to_have_attribute("role", "combobox")
    page.locator(field).press_sequentially(text)
    return page


def options(page: Page, field: str = "q") -> list[str]:
    return [text.split("\n")[0] for text in page.locator(f"#{field}-suggestions li").all_inner_texts()]


def test_a_suggestion_is_chosen_by_keys_and_answers(visit: Visit) -> None:
    page = typing(visit, "quanchengl")
    page.locator("#q").fill("泉城路200号")
    expect(page.locator("#q-suggestions li").first).to_contain_text("门牌号")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("#q").get_attribute("aria-activedescendant")
    expect(page.locator(f"#{chosen}")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")  # from the first one to the last
    assert (
        page.locator("#q").get_attribute("aria-activedescendant") == f"q-suggestions-{len(options(page)) - 1}"
    )
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#answer[data-state=answered] .card").first).to_be_visible()
    assert "lon=117.01400" in page.url
    assert "q=" not in page.url
