"""The proof page of a lottery in a browser: readable by everybody, on a phone, without script, before and after the draw."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from benefits import list_published_draws
from store import open_database
from tests.benefits.drawing import LOTTERY, house, names
from tests.yihui.http.riding import DESK, PHONE, Visit, served
from tests.yihui.http.test_rider_access_in_chromium import found_by_axe
from yihui.runtime.demo_marker import DEMO_MARKER_FILE

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


@pytest.fixture
def address(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A site with one lottery that was drawn among eight members, and the path of its page."""
    (tmp_path / DEMO_MARKER_FILE).touch()
    with served(tmp_path) as running:
        database = open_database(str(tmp_path / "yihui.db"))
        there = house(database, LOTTERY)
        there.enter(names(8))
        there.fix()
        there.draw()
        with database.read() as connection:
            (drawn,) = list_published_draws(connection, "draw")
        database.close()
        yield running, f"/lottery/{drawn.commitment}"


def test_everybody_can_read_the_proof_of_a_lottery(browser: Browser, address: tuple[str, str]) -> None:
    running, path = address
    for size, scheme, language in ((PHONE, "dark", "zh"), (DESK, "light", "en")):
        visit = Visit(browser, running, size, color_scheme=scheme)
        page = visit.open(f"{path}?lang={language}&pseudonym=m-01")
        assert found_by_axe(visit) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert "m-01" in page.locator("[role=status]").inner_text()
        assert visit.foreign == []
        visit.close()
    visit = Visit(browser, running, PHONE, java_script_enabled=False)
    page = visit.open(f"{path}?lang=zh")
    page.locator("#pseudonym").fill("m-99")
    page.locator("form button").click()
    assert "m-99 不在报名名单中" in page.locator("[role=status]").inner_text()
    visit.close()
