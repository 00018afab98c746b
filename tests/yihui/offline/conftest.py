"""A server whose clock stands still, and visits of riders who lose the network."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from geo.registry import Register, import_stations
from geo.station import Station
from tests.geo.locating import NOW, register
from yihui.bootstrap import Settings, wire

_CONTROLLED = """() => new Promise((held, never) => {
  setTimeout(() => never(new Error("no worker holds the page")), 15_000);
  if (navigator.serviceWorker.controller) held();
  navigator.serviceWorker.addEventListener("controllerchange", () => held(), { once: true });
})"""
PHONE = {"width": 360, "height": 740}


class Served:
    """A running site over a database that a test may change."""

    def __init__(self, address: str, folder: Path) -> None:
        self.address, self.folder = address, folder

    def bring_in(self, stations: list[Station]) -> None:
        wiring = wire(Settings(database=str(self.folder / "yihui.db"), data_folder=self.folder), lambda: NOW)
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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = Served(f"http://127.0.0.1:{port}", folder)
    made.bring_in(stations)
    environment = os.environ | {
        "YIHUI_DATABASE_URL": str(folder / "yihui.db"),
        "YIHUI_DATA_FOLDER": str(folder),
        "YIHUI_NOW": NOW.isoformat(),
    }
    command = [sys.executable, "-m", "yihui", "--lang", "zh", "serve", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert f":{port}/" in server.stdout.readline()
        Thread(target=server.stdout.read, daemon=True).start()  # a full pipe would stop the server
        with httpx.Client(transport=httpx.HTTPTransport(retries=6)) as client:
            assert client.get(f"{made.address}/healthz").json()["status"] == "ok"
        yield made
        server.terminate()
        assert server.wait(20) == 0


@contextmanager
def phone(browser: Browser, **more: object) -> Iterator[BrowserContext]:
    """A phone whose clock stands where the server's does; timers run on."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN", **more)  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
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
