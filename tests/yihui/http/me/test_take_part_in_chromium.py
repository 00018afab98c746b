"""Take part, points and deletion on a phone, without script: readable at 320 px, large, in both languages, clean for axe."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from benefits import list_participations
from tests.yihui.http.me.members import log_in_browser
from tests.yihui.http.riding import Visit
from tests.yihui.http.serving import serving
from tests.yihui.http.test_rider_access_in_chromium import found_by_axe
from tests.yihui.services.joining_people import Clock
from tests.yihui.taking_part import MEMBERS, build_taking_part
from yihui.bootstrap import Wiring
from yihui.http.me.visit import LARGE_COOKIE

pytestmark = pytest.mark.needs("chromium")
NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
PAGES = (
    "take-part",
    "take-part/polls/best-station",
    "take-part/draws/waiting",
    "points",
    "data/deletion",
    "data/deletion/confirm?understood=yes",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Wiring]]:
    folder: Path = tmp_path_factory.mktemp("taking")
    wiring = build_taking_part(str(folder / "yihui.db"), folder, Clock(NOW))
    with serving(folder, YIHUI_NOW=NOW.isoformat()) as address:
        yield address, wiring
    wiring.close()


def waiting_one(wiring: Wiring) -> tuple[str, str]:
    """Return a member who waits, and her place's id."""
    with wiring.database.read() as connection:
        for member in MEMBERS:
            [one] = list_participations(connection, member)
            if one.position == 3:
                return member, one.id
    raise AssertionError("nobody waits")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("width", "height", "language", "is_large"),
    [(360, 740, "zh", False), (320, 640, "en", False), (320, 640, "zh", True), (1440, 900, "zh", False)],
)
def test_a_page_is_read_without_script_at_every_size(
    browser: Browser,
    site: tuple[str, Wiring],
    tmp_path: Path,
    name: str,
    width: int,
    height: int,
    language: str,
    is_large: bool,
) -> None:
    address, wiring = site
    visit = Visit(browser, address, {"width": width, "height": height})
    member, draw = waiting_one(wiring)
    log_in_browser(visit.context, address, wiring, member)
    if is_large:
        visit.context.add_cookies([{"name": LARGE_COOKIE, "value": "yes", "url": address}])
    path = name.replace("draws/waiting", f"draws/{draw}")
    answer = visit.page.goto(f"{address}/me/{path}{'&' if '?' in path else '?'}lang={language}")
    assert answer is not None
    assert answer.status == 200
    assert len(answer.body()) < 100_000
    visit.page.screenshot(path=tmp_path / "page.png", full_page=True)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    assert visit.page.locator("main script").count() == 0
    assert found_by_axe(visit) == []
    assert visit.foreign == []
    visit.context.close()


def test_answers_that_met_no_session_are_ticked_again_after_the_log_in(
    browser: Browser, site: tuple[str, Wiring]
) -> None:
    address, wiring = site
    context = browser.new_context(locale="zh-CN", service_workers="block")
    log_in_browser(context, address, wiring, MEMBERS[0])
    page, path = context.new_page(), f"{address}/me/take-part/polls/best-station"
    page.goto(path)
    ticked = ["q-best=大明湖", "q-needs=热水", "q-needs=座位", "q-score=4"]
    for one in ticked:
        name, value = one.split("=")
        page.check(f'[name="{name}"][value="{value}"]', force=True)
    page.fill("[name=q-why]", "离家近👍")
    context.clear_cookies()
    page.locator("form[data-draft] button.main").click()
    page.wait_for_url("**/me/login?*")
    log_in_browser(context, address, wiring, MEMBERS[0])
    page.goto(path)
    found = "[...document.querySelectorAll('main :checked')].map((one) => `${one.name}=${one.value}`)"
    assert page.evaluate(found) == ticked and page.input_value("[name=q-why]") == "离家近👍"
    page.locator("form[data-draft] button.main").click()
    page.wait_for_function("!localStorage.getItem('me-drafts')?.includes('离家近')")
    context.close()
