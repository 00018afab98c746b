"""An officer in a browser simulates a rule without script, then moves the slider."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.members.organisations.acting import codes_of, event_of, handle
from tests.yihui.http.riding import DESK, NOW, PHONE, Visit, served
from tests.yihui.simulating import DRAFT
from yihui.bootstrap import Settings, build_wiring
from yihui.runtime.demo_marker import DEMO_MARKER_FILE

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]

UNION = "370102001-00001"
TEXT = DRAFT.format(title='"网上练兵"')
PAGE = "/desk/rules/simulations"
WITHIN_MS = 120_000  # a simulation on a busy machine


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("site")
    (made / DEMO_MARKER_FILE).touch()
    return made


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with served(folder) as running:
        plant(folder)
        yield running


def plant(folder: Path) -> None:
    """Found a union whose members completed courses."""
    wiring = build_wiring(Settings(str(folder / "yihui.db"), folder), now=lambda: NOW)
    acts = [event_of("organisation.founded", code, "2020-01-01", name=code) for code in ("370102", UNION)]
    for number in range(6):
        member = f"m-{number}"
        acts.append(
            event_of("member.joined", member, "2026-01-10", organisation=UNION, joined_on="2026-01-10")
        )
        acts += [
            event_of(
                "course.completed", member, f"2026-0{month}-1{number}", course="安全", score=50 + 5 * number
            )
            for month in (2, 3, 5)
        ]
    with wiring.database.write() as connection:
        assert codes_of(handle(connection, *acts)) == []
    wiring.close()


def wait_without_script(page: Page) -> None:
    """Reload as the page offers it until the job has ended."""
    again = page.get_by_role("link", name="查看当前进度")
    for _ in range(400):
        if not again.count():
            break
        again.click()
        page.wait_for_load_state()
    expect(page.get_by_role("link", name="查看结果")).to_be_visible(timeout=WITHIN_MS)


@pytest.fixture(scope="module")
def simulated(browser: Browser, address: str) -> str:
    """The path of a simulation that an officer began from a draft without script, and found again."""
    visit = Visit(browser, address, PHONE, java_script_enabled=False)
    page = visit.open("/desk/rules/new")
    page.locator("#text").fill(TEXT.replace("param.amount", "param.amounts"))
    page.get_by_role("button", name="先试算").click()
    page.locator("#place").fill("370000")
    page.get_by_role("button", name="在后台试算").click()
    expect(page.locator("[role=alert]")).to_contain_text("amounts")
    page.locator("#text").fill(TEXT)
    page.locator("#parameter").select_option("amount")
    for name, value in (("first", "50"), ("last", "200"), ("step", "50")):
        page.locator(f"#{name}").fill(value)
    page.get_by_role("button", name="在后台试算").click()
    wait_without_script(page)
    visit.open("/desk/jobs")
    page.get_by_role("link", name="网上练兵").first.click()
    page.get_by_role("link", name="查看结果").click()
    expect(page.locator("main")).to_contain_text("按月份")
    path = page.url.removeprefix(address)
    assert path.startswith(PAGE)
    page.locator("#value").fill("15000")
    page.get_by_role("button", name="显示数字").click()
    assert "value=15000" in page.url
    expect(page.locator("#chosen h3")).to_have_text("150 元")
    visit.close()
    return path


def test_the_slider_shows_other_figures_and_the_address_keeps_them(
    browser: Browser, address: str, simulated: str
) -> None:
    visit = Visit(browser, address, DESK)
    page = visit.open(simulated)
    expect(page.locator("#chosen h3")).to_have_text("50 元")
    page.locator("#value").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#chosen h3")).to_have_text("100 元")
    page.keyboard.press("End")
    expect(page.locator("#chosen h3")).to_have_text("200 元")
    page.reload()
    expect(page.locator("#chosen h3")).to_have_text("200 元")
    assert visit.foreign == [] and visit.complaints == []
    visit.close()
