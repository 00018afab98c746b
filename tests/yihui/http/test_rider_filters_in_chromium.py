"""Filters, cards, shared links, one place after the other: without loading the page anew."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.awaited import awaited
from tests.yihui.http.riding import NEAR, Visit

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    made = Visit(browser, address)
    yield made
    assert (made.foreign, made.complaints, made.refused) == ([], [], [])
    made.close()


def more(page: Page) -> None:
    """What the first card keeps folded."""
    page.locator("#answer .card").first.get_by_text("更多").click()


def test_a_share_hands_over_the_place_and_not_the_rider(visit: Visit) -> None:
    visit.context.add_init_script("navigator.share = async (given) => { window.shared = given; };")
    page = visit.open(NEAR)
    more(page)
    page.get_by_role("link", name="分享").click()
    awaited(page, "window.shared")
    assert page.evaluate("window.shared") == {"title": "泉边驿站", "url": f"{visit.address}/?station=spring"}
