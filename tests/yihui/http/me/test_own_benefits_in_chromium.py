"""What scripts add on a phone: a member's position, a code that can be scanned in the dark, answers ticked again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from geo.registry import Register, import_stations
from tests.yihui.http.me.members import log_in_browser
from tests.yihui.http.riding import HERE, NOW, PHONE, STATIONS, Visit
from tests.yihui.http.serving import serving
from tests.yihui.own_benefits import ME, build_own_benefits, grant_of
from tests.yihui.services.joining_people import Clock
from tests.yihui.taking_part import MEMBERS, build_taking_part
from yihui.bootstrap import Wiring
from yihui.services.benefits.own_benefit import give_own_code

pytestmark = [pytest.mark.endure, pytest.mark.needs("chromium")]


@dataclass(frozen=True, slots=True)
class Served:
    """The site with a member's benefits, and what a test needs to know of them."""

    address: str
    wiring: Wiring
    cake: str
    cooling: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("me")
    wiring = build_own_benefits(str(folder / "yihui.db"), folder)
    with wiring.database.write() as connection:
        source = Register(name="test", source="test", file="test.csv", digest="1")
        import_stations(connection, source, list(STATIONS), NOW, confirmed=True)
    cake, cooling = (grant_of(wiring, ME, rule) for rule in ("own-cake", "own-cooling"))
    give_own_code(wiring, ME, cake)
    with serving(folder, YIHUI_NOW=NOW.isoformat(), YIHUI_RULES=str(folder / "own-rules")) as address:
        yield Served(address, wiring, f"/me/benefits/{cake}", f"/me/benefits/{cooling}")
    wiring.close()


@pytest.fixture
def open_phone(browser: Browser, site: Served) -> Iterator[Callable[..., Visit]]:
    phones: list[Visit] = []

    def opened(size: ViewportSize = PHONE, **options: object) -> Visit:
        phones.append(Visit(browser, site.address, size, **options))
        log_in_browser(phones[-1].context, site.address, site.wiring, ME)
        return phones[-1]

    yield opened
    for phone in phones:
        phone.close()


def test_one_tap_finds_the_nearest_open_place_and_the_way(
    open_phone: Callable[..., Visit], site: Served
) -> None:
    visit = open_phone(geolocation=HERE, permissions=["geolocation"])
    page = visit.open(f"{site.cooling}/places")
    page.get_by_role("button", name="用我的位置").click()
    page.wait_for_url("**lon=117.0204**")
    names = page.locator("ol.places h3").all_inner_texts()
    assert names[0] == "泉边驿站" and "明湖妈妈小屋" not in names  # of a kind that doesn't take it
    passed = page.locator("main > details")  # nearer, and closed now: passed over, and why
    passed.locator("summary").click()
    expect(passed).to_contain_text("夜间驿站")
    assert "夜间驿站" not in names


def test_the_code_can_be_scanned(open_phone: Callable[..., Visit], site: Served, tmp_path: Path) -> None:
    for scheme in ("light", "dark"):
        page: Page = open_phone(color_scheme=scheme).open(site.cake)
        box = page.locator(".code").bounding_box()
        assert box is not None and box["width"] >= 200
        assert (
            page.locator(".code").evaluate("one => getComputedStyle(one).backgroundColor")
            == "rgb(255, 255, 255)"
        )


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
