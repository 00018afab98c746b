"""A server whose clock stands still, and visits of riders who lose the network."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from geo.registry.diff import Register
from geo.registry.stations import import_stations
from geo.station import Station
from tests.geo.nearest.brute_force import NOW, register
from tests.yihui.http.serving import serving
from yihui.bootstrap import Settings, build_wiring

_CONTROLLED = """() => new Promise((held, never) => {
  setTimeout(() => never(new Error("no worker holds the page")), 30_000);
  if (navigator.serviceWorker.controller) held();
  navigator.serviceWorker.addEventListener("controllerchange", () => held(), { once: true });
})"""
PHONE = {"width": 360, "height": 740}


class Served:
    """A running site over a database that a test may change."""

    def __init__(self, address: str, folder: Path) -> None:
        self.address, self.folder = address, folder

    def bring_in(self, stations: list[Station]) -> None:
        wiring = build_wiring(
            Settings(database=str(self.folder / "yihui.db"), data_folder=self.folder), lambda: NOW
        )
        source = Register(name="test", source="test", file="test.csv", digest=str(hash(tuple(stations))))
        with wiring.database.write() as connection:
            import_stations(connection, source, stations, NOW, confirmed=True)
        wiring.database.close()


@pytest.fixture(scope="session")
def stations() -> list[Station]:
    return register(5, 900)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, stations: list[Station]) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("site")
    Served("", folder).bring_in(stations)
    with serving(folder, YIHUI_NOW=NOW.isoformat()) as address:
        yield Served(address, folder)


@contextmanager
def phone(browser: Browser, **more: object) -> Iterator[BrowserContext]:
    """A phone whose clock stands where the server's does; timers run on."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN", **more)  # type: ignore[arg-type]
    context.clock.set_fixed_time(NOW)
    try:
        yield context
    finally:
        context.close()


def saved(page: Page) -> str:
    """The version of the region that the page has saved, once it has."""
    page.locator("html[data-saved]").wait_for(state="attached")
    version = page.locator("html").get_attribute("data-saved")
    assert version
    return version


def controlled(page: Page) -> None:
    """Once the service worker holds the page."""
    page.evaluate(_CONTROLLED)
