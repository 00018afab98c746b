"""Draws the rider's and the keeper's page as the tests of a day at a station see them: ``python -m tools.pictures.riders [docs/pictures]``."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize

from tests.awaited import awaited
from tests.end_to_end.keeper import keeper, key_for
from tests.end_to_end.rider import AT_A_DESK, DARK, PLAIN, Circumstances, Rider, rider
from tests.end_to_end.town import ALWAYS, NEAR, SQUARE, STATIONS
from tests.geo.nearest.whole_registers import read_demo
from tests.street_map_town import build_town_map, make_mapped_town
from tests.yihui.http.riding import served
from tests.yihui.offline.conftest import controlled, saved
from tools.browser import open_chromium, save_screenshot

NIGHT = datetime.fromisoformat("2026-11-20T23:10+08:00")
MORNING = datetime.fromisoformat("2026-02-10T10:00+08:00")
TWO_AT_NIGHT = datetime.fromisoformat("2026-11-24T02:00+08:00")
NATIONAL_DAY = datetime.fromisoformat("2026-10-01T12:00+08:00")
_AT_NIGHT = {"palace": "工人文化宫", "station": "驿站", "mother-room": "妈妈小屋", "toilet": "厕所"}
_BORDER = (116.25, 37.45)  # in Decheng, 2 km from Hebei
_PHONE: ViewportSize = {"width": 390, "height": 844}
_IS_DRAWN = """() => {
  const tiles = [...document.querySelectorAll("#map canvas.leaflet-tile")];
  return tiles.length && tiles.every((one) => Number(one.style.opacity) === 1);
}"""


def main() -> None:
    to = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures")
    with open_chromium() as browser:
        at_night(browser, to)
        in_the_morning(browser, to)
        with_streets(browser, to)
        in_the_province(browser, to)


def at_night(browser: Browser, to: Path) -> None:
    """The list, why a place was skipped, the map, the dark, a desk, a tunnel."""
    with _town(NIGHT) as (address, _):
        with rider(browser, address, PLAIN, NIGHT, viewport=_PHONE) as newcomer:
            newcomer.page.goto(address)
            newcomer.page.locator("#locate button").wait_for()
            save_screenshot(newcomer.page, to / "rider-first.png")
        for how, name in ((PLAIN, "phone"), (DARK, "dark")):
            _take(browser, address, how, to / f"rider-{name}.png", lambda _: None)
        _take(browser, address, AT_A_DESK, to / "rider-desk.png", _at_a_desk)
        _take(browser, address, PLAIN, to / "rider-skipped.png", _shows_skipped)
        _take(browser, address, PLAIN, to / "rider-map.png", _shows_map)
        _take(browser, address, PLAIN, to / "rider-offline.png", _loses_the_network)


def in_the_morning(browser: Browser, to: Path) -> None:
    """A way across the town, a report, and what the keeper sees of it."""
    with _town(MORNING) as (address, folder):
        with rider(browser, address, PLAIN, MORNING, viewport=_PHONE) as on_the_way:
            on_the_way.page.goto(
                f"{address}/?lon=117.0204&lat=36.6683&to_lon=117.0700&to_lat=36.6500&within=1000&to_name=洪山"
            )
            _settled(on_the_way.page)
            save_screenshot(on_the_way.page, to / "rider-along.png")
        _take(browser, address, PLAIN, to / "rider-report.png", _reports, MORNING)
        with keeper(browser, key_for(NEAR.id, address, folder, MORNING)) as door:
            door.set_viewport_size(_PHONE)
            save_screenshot(door, to / "keeper.png")
            door.locator("summary", has_text="特殊日期").click()
            door.get_by_label("春节").check()
            door.get_by_label("这几天几点到几点").fill("10:00-15:00")
            door.locator("#read-back .understood").wait_for()
            door.get_by_label("春节").scroll_into_view_if_needed()
            save_screenshot(door, to / "keeper-days.png")
            door.locator("details.entry > summary", has_text="开放时间").click()
            door.get_by_label("照门上写的写").fill("周一至周五 8:00-20:00，周末休息")
            door.get_by_role("button", name="先看一周怎么显示").click()
            door.locator("#week").wait_for()
            save_screenshot(door, to / "keeper-week.png")


def with_streets(browser: Browser, to: Path) -> None:
    """The map with streets, by day and in the dark."""
    with tempfile.TemporaryDirectory() as name:
        streets = build_town_map(Path(name), make_mapped_town())
        with served(Path(name), STATIONS, NIGHT, YIHUI_STREETS=str(streets)) as address:
            for how, picture in ((PLAIN, "rider-streets.png"), (DARK, "rider-streets-dark.png")):
                _take(browser, address, how, to / picture, _shows_streets)


def in_the_province(browser: Browser, to: Path) -> None:
    """The demo's register: each kind at 02:00, a toilet from a bed in Lixia, the border, National Day."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        stations = read_demo(folder).index.stations
        with served(folder, stations, TWO_AT_NIGHT, YIHUI_AREA="370000") as address:
            for name, typed in _AT_NIGHT.items():
                _ask(browser, address, TWO_AT_NIGHT, to / f"rider-two-{name}.png", typed=typed)
            _ask(browser, address, TWO_AT_NIGHT, to / "rider-border.png", _BORDER)
        with served(folder, stations, NATIONAL_DAY, YIHUI_AREA="370000") as address:
            _ask(browser, address, NATIONAL_DAY, to / "rider-holiday.png")


def _ask(
    browser: Browser,
    address: str,
    now: datetime,
    to: Path,
    point: tuple[float, float] = SQUARE,
    typed: str = "",
) -> None:
    """Take a picture of the answer at a phone's position, to a need or kind that is typed there if any is."""
    with rider(browser, address, PLAIN, now, viewport=_PHONE) as visitor:
        visitor.context.set_geolocation({"longitude": point[0], "latitude": point[1], "accuracy": 12})
        page = visitor.page
        page.goto(address)
        page.get_by_role("button", name="用我的位置").click()
        page.locator("#answer[data-state=answered]").wait_for()
        if typed:
            before = page.url
            page.locator("#by-hand summary").first.click()
            page.locator("#q").fill(typed)
            page.get_by_role("button", name="搜索", exact=True).click()
            page.wait_for_url(lambda url: url != before)
            page.locator("#answer[data-state=answered]").wait_for()
        saved(page)
        page.locator("#found").evaluate("(title) => title.scrollIntoView({behavior: 'instant'})")
        save_screenshot(page, to)


def _shows_streets(visitor: Rider) -> None:
    visitor.page.locator("#answer [data-on-map]").first.dispatch_event("click")
    visitor.page.locator("#map .streets canvas").first.wait_for()
    _drawn(visitor)
    visitor.page.locator("#map .pin.chosen").wait_for()
    visitor.page.locator("#map .map-stage").evaluate(
        "(map) => map.scrollIntoView({block: 'center', behavior: 'instant'})"
    )


def _shows_skipped(visitor: Rider) -> None:
    visitor.passed_over()
    visitor.page.locator("#answer details.passed").evaluate(
        "(told) => told.scrollIntoView({block: 'center', behavior: 'instant'})"
    )


def _shows_map(visitor: Rider) -> None:
    visitor.page.locator("#map").evaluate(
        "(map) => map.scrollIntoView({block: 'center', behavior: 'instant'})"
    )
    _drawn(visitor)
    visitor.page.locator("#map").evaluate("(map) => map.scrollIntoView({block: 'end', behavior: 'instant'})")


def _loses_the_network(visitor: Rider) -> None:
    saved(visitor.page)
    controlled(visitor.page)
    visitor.context.set_offline(True)
    visitor.context.clock.set_fixed_time(NIGHT + timedelta(minutes=12))
    visitor.page.reload()
    visitor.page.locator("#answer .saved").scroll_into_view_if_needed()


def _reports(visitor: Rider) -> None:
    card = visitor.card(NEAR.name)
    card.locator("details.report > summary").click()
    card.get_by_role("button", name="门锁着").click()
    card.locator(".said .number").wait_for()
    card.evaluate("(one) => one.scrollIntoView({block: 'start', behavior: 'instant'})")
    other = visitor.card(ALWAYS.name)
    assert other.count() == 1


def _at_a_desk(visitor: Rider) -> None:
    _drawn(visitor)


def _drawn(visitor: Rider) -> None:
    """The map, whose ground comes out of nothing by the clock, which stands still here until all of it has come."""
    visitor.page.locator("#map .pin").first.wait_for()
    visitor.page.locator("#map .leaflet-container.drawn").wait_for()
    visitor.context.clock.set_fixed_time(NIGHT + timedelta(seconds=1))
    awaited(visitor.page, _IS_DRAWN)


def _take(
    browser: Browser,
    address: str,
    how: Circumstances,
    to: Path,
    act: Callable[[Rider], None],
    now: datetime = NIGHT,
) -> None:
    more = {} if how.desk else {"viewport": _PHONE}
    with rider(browser, address, how, now, **more) as visitor:
        visitor.asks_where_to_rest()
        _settled(visitor.page)
        act(visitor)
        save_screenshot(visitor.page, to)


def _settled(page: Page) -> None:
    page.locator("#answer .card").first.wait_for()
    saved(page)  # the last thing that a page does by itself


@contextmanager
def _town(now: datetime) -> Iterator[tuple[str, Path]]:
    with tempfile.TemporaryDirectory() as name, served(Path(name), STATIONS, now) as address:
        yield address, Path(name)


if __name__ == "__main__":
    main()
