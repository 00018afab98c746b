"""A site as a user starts it, and a rider who visits it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, Geolocation, Locator, Page, ViewportSize, expect

import yihui.schema  # noqa: F401 every table is migrated
from geo.registry.diff import Register
from geo.registry.stations import import_stations
from geo.station import Access, Entry, Kind, Station
from store import migrate_database, open_database
from tests.yihui.http.serving import serving, until
from yihui.bootstrap import Settings, build_wiring

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # Friday, 10:00 in Beijing
PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1440, "height": 900}
HERE: Geolocation = {"longitude": 117.0204, "latitude": 36.6683}
NEAR = "/?lon=117.0204&lat=36.6683&datum=wgs84"
ALL = f"{NEAR}&k=20&travel=ebike&within_min=60"
TAP = "用我的位置"
# A phone that answers when the test says so.
SLOW_PHONE = """navigator.geolocation.watchPosition = (found) => {
  window.finds = (lon, lat, accuracy) => found({ coords: { longitude: lon, latitude: lat, accuracy } });
  return 1;
};
navigator.geolocation.clearWatch = (watch) => { window.cleared = watch; };"""

_AREA: dict[str, Any] = {"district": "370102", "district_name": "历下区", "access": Access.PUBLIC}
STATIONS = [
    Station(id="spring", name="泉边驿站", kind=Kind.OUTDOOR_STATION, lon=117.0210, lat=36.6690, hours_text="08:00-18:00",
            entry=Entry.WALK_IN, facilities=frozenset({"water", "toilet"}), phone="0531-12351", address="泉城路 180 号", **_AREA),
    Station(id="always", name="不打烊驿站", kind=Kind.OUTDOOR_STATION, lon=117.0290, lat=36.6700, hours_text="24小时",
            entry=Entry.SCAN, facilities=frozenset({"water", "charging", "ebike_parking"}), **_AREA),
    Station(id="mother", name="明湖妈妈小屋", kind=Kind.MOTHER_ROOM, lon=117.0215, lat=36.6720, hours_text="",
            entry=Entry.STAFF, facilities=frozenset({"sink", "mother_comfort"}), **_AREA),
    Station(id="palace", name="市工人文化宫", kind=Kind.CULTURAL_PALACE, lon=117.0150, lat=36.6600, hours_text="09:00-21:00",
            entry=Entry.WALK_IN, facilities=frozenset({"pool", "gym", "toilet"}), **_AREA),
    Station(id="night", name="夜间驿站", kind=Kind.OUTDOOR_STATION, lon=117.0205, lat=36.6684, hours_text="20:00-23:00",
            entry=Entry.SCAN, **_AREA),
    Station(id="own", name="本厂妈妈小屋", kind=Kind.MOTHER_ROOM, lon=117.0212, lat=36.6691, hours_text="24小时",
            entry=Entry.WALK_IN, **_AREA | {"access": Access.EMPLOYER}, employer="历下纺织厂"),
    *(Station(id=f"more{n}", name=f"第{n}驿站", kind=Kind.OUTDOOR_STATION, lon=117.05 + n / 100, lat=36.66,
              hours_text="24小时", entry=Entry.WALK_IN, **_AREA) for n in range(8)),
]  # fmt: skip


@contextmanager
def served(
    folder: Path, stations: Sequence[Station] = STATIONS, now: datetime = NOW, **environ: str
) -> Iterator[str]:
    """The address of a server over a small register, whose clock stands still."""
    database = str(folder / "yihui.db")
    Path(database).write_bytes(migrated_bytes())
    wiring = build_wiring(Settings(database=database, data_folder=folder), now=lambda: now)
    with wiring.database.write() as connection:
        source = Register(name="test", source="test", file="test.csv", digest="1")
        import_stations(connection, source, list(stations), now, confirmed=True)
    wiring.database.close()
    with serving(folder, YIHUI_NOW=now.isoformat(), **environ) as address:
        yield address


@cache
def migrated_bytes() -> bytes:
    """A migrated SQLite file that holds nothing: migrating takes longer than most tests."""
    with TemporaryDirectory() as folder:
        opened = open_database(f"{folder}/yihui.db")
        migrate_database(opened)
        opened.close()
        return Path(folder, "yihui.db").read_bytes()


class Visit:
    """A page, with what it asked others for and complained about. Nothing of an earlier visit is kept."""

    def __init__(self, browser: Browser, address: str, size: ViewportSize = PHONE, **options: Any) -> None:
        self.address = address
        self.context: BrowserContext = browser.new_context(
            **{"viewport": size, "locale": "zh-CN", "service_workers": "block", **options}
        )
        self.page: Page = self.context.new_page()
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        self.refused: list[str] = []
        self.page.on("request", lambda r: None if r.url.startswith(address) else self.foreign.append(r.url))
        self.page.on("console", lambda message: self._complain(message.text))
        self.page.on("response", lambda r: None if r.ok else self.refused.append(f"{r.status} {r.url}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _complain(self, text: str) -> None:
        if "Service Worker registration blocked" not in text:  # we asked for that
            self.complaints.append(text)

    def open(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page

    def names(self) -> list[str]:
        return self.page.locator("#answer .card [data-of=name]").all_inner_texts()

    def close(self) -> None:
        self.context.close()


Visits = Callable[..., Visit]  # opens phones, and closes them all


def tap(visit: Visit) -> None:
    visit.page.get_by_role("button", name=TAP).click()


def choose(visit: Visit, text: str) -> None:
    visit.page.locator("#filters .chip").filter(has_text=text).click()


def names_are(visit: Visit, *names: str) -> None:
    expect(visit.page.locator("#answer .card [data-of=name]")).to_have_text(list(names))


def card_of(page: Page, station: str) -> Locator:
    return page.locator(f'#answer .card[data-id="{station}"]')


def say(card: Locator, choice: str) -> None:
    """The two taps of a report."""
    card.locator("details.report > summary").click()
    card.get_by_role("button", name=choice, exact=True).click()


def followed(address: str, number: str) -> dict[str, object]:
    """What became of a report, as soon as it is handled."""
    with httpx.Client(base_url=address, timeout=30) as client:
        until(lambda: client.get(f"/api/v1/reports/{number}").status_code == 200)
        found: dict[str, object] = client.get(f"/api/v1/reports/{number}").json()
    return found


def from_another_phone(address: str, station: str, **said: str) -> None:
    """Send a report from another address, as another rider."""
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.2.2"), timeout=30) as client:
        answer = client.post(f"{address}/api/v1/stations/{station}/reports", json=said)
        assert answer.status_code == 202, answer.text
        until(lambda: client.get(address + answer.json()["follow"]).status_code == 200)  # it has been handled


def reports_of(page: Page) -> list[str]:
    """What the phone's own list says."""
    page.goto(f"{page.url.partition('/?')[0]}/reports")
    page.locator("#mine li").first.wait_for()
    return page.locator("#mine li").all_inner_texts()
