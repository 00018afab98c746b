"""A keeper's phone in a browser, and the site that it visits."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from geo.registry.keys import issue_keeper_key
from tests.yihui.http.conftest import Clock
from tests.yihui.http.keeper_pages import Desk, app_of
from tests.yihui.http.riding import NOW, Visit, served
from tests.yihui.http.serving import until
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http import drain
from yihui.http.keeper import page as keeper_page

LATE_MS = 30_000  # an act that is not in force after 3 s is looked at again each second


@dataclass(frozen=True)
class Place:
    """A site with its database, so that keys can be made and taken away."""

    address: str
    wiring: Wiring

    def new_key(self, station: str = "spring") -> str:
        with self.wiring.database.write() as connection:
            return issue_keeper_key(connection, station, NOW).text

    def report(self, **said: str) -> str:
        url = f"{self.address}/api/v1/stations/{said.pop('station', 'spring')}/reports"
        number = str(httpx.post(url, json=said, timeout=30).json()["number"])
        # As soon as it is handled its number is known.
        until(lambda: httpx.get(f"{self.address}/api/v1/reports/{number}", timeout=30).status_code == 200)
        return number


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("keep")
    with served(folder) as address:
        wiring = build_wiring(
            Settings(database=str(folder / "yihui.db"), data_folder=folder), now=lambda: NOW
        )
        yield Place(address, wiring)
        wiring.database.close()


@pytest.fixture(scope="module", autouse=True)
def only_acts() -> Iterator[None]:
    """Leaves out what a site does once a day, and waits for an act that a busy machine handles late."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drain, "run_upkeep_and_seal", lambda _wiring, _is_ending: None)
        patch.setattr(keeper_page, "_MAX_WAIT_S", 60.0)
        yield


class Keeper:
    """A keeper who counts the taps."""

    def __init__(self, browser: Browser, place: Place, **options: object) -> None:
        self.visit = Visit(browser, place.address, **options)  # type: ignore[arg-type]
        self.page: Page = self.visit.page
        self.asked: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.taps = 0

    def opens(self, key: str) -> Page:
        self.visit.open(f"/keep#{key}")
        expect(self.page.locator("#live")).to_be_visible()
        return self.page

    def taps_on(self, target: Locator) -> None:
        target.click()
        self.taps += 1

    def section(self, name: str) -> Locator:
        return self.page.locator("summary", has_text=name)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def is_told(self, words: str) -> int:
        """The page says so after an act, however busy the site is; how many taps that took."""
        expect(self.page.locator("#done")).to_contain_text(words, timeout=LATE_MS)
        taken, self.taps = self.taps, 0
        return taken


@pytest.fixture
def desk(wiring: Wiring, clock: Clock) -> Iterator[Desk]:
    """A keeper who has opened the page of a station."""
    with app_of(wiring) as client:
        keeper = Desk(wiring, clock, client)
        keeper.key = keeper.add_key()  # type: ignore[attr-defined]
        assert keeper.opens(keeper.key).url.path == "/keep"  # type: ignore[attr-defined]
        yield keeper


@pytest.fixture
def keeper(browser: Browser, place: Place) -> Iterator[Keeper]:
    made = Keeper(browser, place)
    yield made
    made.visit.close()


def chip(page: Page, name: str) -> Locator:
    return page.locator("label.chip:visible", has_text=name)
