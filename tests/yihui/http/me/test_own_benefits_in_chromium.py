"""What scripts add on a phone: answers that met no session are ticked again after the log-in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.yihui.http.me.members import log_in_browser
from tests.yihui.http.riding import NOW
from tests.yihui.http.serving import serving
from tests.yihui.services.joining_people import Clock
from tests.yihui.taking_part import MEMBERS, build_taking_part
from yihui.bootstrap import Wiring

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


@pytest.fixture(scope="module")
def polls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Wiring]]:
    folder: Path = tmp_path_factory.mktemp("taking")
    wiring = build_taking_part(str(folder / "yihui.db"), folder, Clock(NOW))
    with serving(folder, YIHUI_NOW=NOW.isoformat()) as address:
        yield address, wiring
    wiring.close()


def test_answers_that_met_no_session_are_ticked_again_after_the_log_in(
    browser: Browser, polls: tuple[str, Wiring]
) -> None:
    address, wiring = polls
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
