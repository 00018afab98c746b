"""Riders report, keepers answer, dates change: what one says is what others read."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from geo.station import Station
from tests.awaited import keeper_reads
from tests.end_to_end.keeper import keeper, key_for
from tests.end_to_end.rider import DENIED, IN_WECHAT, PLAIN, SCRIPTLESS, SLOW, Circumstances, Rider, rider
from tests.end_to_end.town import ALWAYS, CENTRE, NEAR, OTHERS, ROOM, STATIONS
from tests.yihui.http.riding import served

pytestmark = pytest.mark.needs("chromium")

MORNING = datetime.fromisoformat("2026-02-10T10:00+08:00")  # a Tuesday, a week before the Spring Festival
LOCKED = "1 人说门锁着"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("morning")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with served(folder, STATIONS, MORNING) as started:
        yield started


def _named(value: object) -> str | None:
    return value.name.replace(" ", "_") if isinstance(value, Circumstances | Station) else None


def _report_locked(reporter: Rider, station: Station) -> str:
    """In two taps; gives the number."""
    card = reporter.card(station.name)
    card.locator("details.report > summary").click()
    card.get_by_role("button", name="门锁着").click()
    if reporter.how.script:
        return card.locator(".said .number").inner_text()
    reporter.page.wait_for_url("**/reports/*")
    return reporter.page.url.rpartition("/")[2].partition("?")[0]


@pytest.mark.always
@pytest.mark.parametrize(
    ("how", "station", "keeper_has_script"),
    [
        (PLAIN, NEAR, True),
        pytest.param(DENIED, ALWAYS, False, marks=pytest.mark.endure),
        pytest.param(SLOW, ROOM, True, marks=pytest.mark.endure),
        pytest.param(SCRIPTLESS, CENTRE, True, marks=pytest.mark.endure),
        pytest.param(IN_WECHAT, OTHERS[0], False, marks=pytest.mark.endure),
    ],
    ids=_named,
)
def test_a_door_locked_report_reaches_a_second_browser_and_the_keeper_answers_it(
    browser: Browser,
    address: str,
    folder: Path,
    how: Circumstances,
    station: Station,
    keeper_has_script: bool,
) -> None:
    key = key_for(station.id, address, folder, MORNING)
    with (
        rider(browser, address, how, MORNING) as reporter,
        rider(browser, address, PLAIN, MORNING) as other,
        keeper(browser, key, script=keeper_has_script) as door,
    ):
        other.asks_where_to_rest("/?k=20")
        reporter.asks_where_to_rest("/?k=20")
        number = _report_locked(reporter, station)
        news = other.card(station.name).locator("[data-of=news]", has_text=LOCKED)
        news.wait_for()
        assert "还没有别人证实" in news.inner_text()
        assert other.card(station.name).get_attribute("data-state") == "open"  # told, not acted on
        if not keeper_has_script:
            door.reload()
        door.get_by_role("button", name="现在能进").click()
        keeper_reads(door, "已答复")
        news.wait_for(state="detached")
        reporter.page.goto(f"{address}/reports/{number}")
        assert reporter.page.locator("h1").inner_text() == station.name
        assert "站点管理员答复（10:00）：现在能进" in reporter.page.locator("main").inner_text()
        assert (reporter.complaints, other.complaints) == ([], [])
        assert (reporter.foreign, other.foreign) == ([], [])
