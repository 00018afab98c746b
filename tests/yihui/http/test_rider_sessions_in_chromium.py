"""Sessions of a station on its page: on a phone, with and without the page's script, in both languages."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from geo.registry import Register, import_stations
from tests.yihui.http.riding import NOW, PHONE, STATIONS, Visit
from tests.yihui.http.serving import serving
from tests.yihui.http.test_sessions_api import YOGA
from yihui.bootstrap import Settings, build_wiring
from yihui.services.benefits.sessions import close_session, create_session
from yihui.services.rules.life import RuleService

pytestmark = pytest.mark.needs("chromium")

CARE = """
id: summer-care
title: 暑期托管班<b>
kind: childcare
station: palace
owner: "370000"
basis: [{kind: example, note: 测试用}]
from: 2027-07-05
until: 2027-07-30
weekdays: [1, 2, 3, 4, 5]
begins: "08:00"
ends: "17:30"
places: 20
enrolment: {mode: lottery, from: 2027-06-01, until: 2027-06-20}
"""
FILES = {
    "yoga": YOGA.replace("quancheng", "palace"),
    "summer-care": CARE,
    "draft": CARE.replace("summer-care", "draft").replace("暑期托管班<b>", "没批准的班"),
    "closed": YOGA.replace("id: yoga", "id: closed")
    .replace("瑜伽课", "停办的课")
    .replace("quancheng", "palace"),
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    wiring = build_wiring(Settings(database=str(folder / "yihui.db"), data_folder=folder), now=lambda: NOW)
    with wiring.database.write() as connection:
        source = Register(name="test", source="test", file="test.csv", digest="1")
        import_stations(connection, source, list(STATIONS), NOW - timedelta(days=9), confirmed=True)
    for name, text in FILES.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
        create_session(wiring, folder / f"{name}.yaml", "li.min")
        if name != "draft":
            RuleService(wiring).approve(name, "gh-017", seen=True)
    close_session(wiring, "closed", "gh-017", "教室装修")
    wiring.database.close()
    with serving(folder, YIHUI_NOW=NOW.isoformat()) as running:
        yield running


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_stations_page_shows_the_sessions_that_members_can_attend(
    browser: Browser, address: str, script: bool
) -> None:
    visit = Visit(browser, address, PHONE, java_script_enabled=script)
    page = visit.open("/?station=palace")
    sessions = page.locator("#answer .card .sessions li")
    expect(sessions).to_have_count(2)
    yoga, care = sessions.all()
    for text in (
        "瑜伽课",
        "2026-11-16 至 2026-11-30，18:00–19:30；本周 11-20",
        "名额 1 个，还剩 1 个",
        "先到先得",
    ):
        expect(yoga).to_contain_text(text)
        expect(yoga.get_by_text(text).first).to_be_visible()
    expect(care).to_contain_text("暑期托管班<b>")
    expect(care).to_contain_text("抽签决定名额")
    assert _is_within_the_screen(page)
    assert visit.complaints == [] and visit.refused == []
    visit.close()


def test_a_station_without_sessions_and_a_list_have_no_such_part(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, PHONE)
    for path in ("/?station=spring", "/?lon=117.0150&lat=36.6600&datum=wgs84"):
        page = visit.open(path)
        expect(page.locator("#answer .card").first).to_be_visible()
        expect(page.locator("#answer .sessions")).to_have_count(0)
    visit.close()


def test_the_page_says_it_in_english_on_the_narrowest_phone(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, {"width": 320, "height": 640}, locale="en-GB")
    page = visit.open("/?station=palace&lang=en")
    expect(page.locator(".sessions li").first).to_contain_text("first come first served")
    assert _is_within_the_screen(page)
    visit.close()


def _is_within_the_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
