from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from shutil import copy

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser

from geo.registry.diff import Register
from geo.registry.keys import issue_keeper_key
from geo.registry.stations import import_stations
from geo.station import Access, Entry, Kind, Station, Status
from tests import quick_fastapi
from tests.yihui.demo_folder import mark_demo
from tests.yihui.http.riding import Visit, Visits, served
from tests.yihui.http.two_districts import TwoDistricts, build_two_districts
from tests.yihui.services.conftest import QUICK, draw_once
from yihui.access import passwords
from yihui.access.actor import Actor
from yihui.access.audit import AuditEntry
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.files import pictures
from yihui.http import app, form_acts
from yihui.http.app import create_app
from yihui.http.guard.allowances import Allowances
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.audiences import Audience

quick_fastapi.install()


NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # Friday, 10:00 in Beijing
HOSTILE = "<img src=x onerror=alert(1)>“&"
HERE = (117.0204, 36.6683)
RIDERS = ServingOptions(chosen=frozenset({Audience.RIDERS}))
OFFICERS = ServingOptions(chosen=frozenset({Audience.OFFICERS}))

STATIONS = [
    Station(
        id="quancheng", name="泉城路户外劳动者驿站", kind=Kind.OUTDOOR_STATION, lon=117.0210, lat=36.6690,
        address="泉城路 180 号", district="370102", district_name="历下区", hours_text="08:00-18:00",
        entry=Entry.WALK_IN, access=Access.PUBLIC, facilities=frozenset({"water", "toilet"}), phone="0531-12351",
        verified_on=date(2026, 10, 1), source="示例：由人口普查数据生成", sample=True,
    ),
    Station(
        id="night", name="夜间驿站", kind=Kind.OUTDOOR_STATION, lon=117.0205, lat=36.6684,
        district="370102", district_name="历下区", hours_text="20:00-23:00", entry=Entry.SCAN, access=Access.PUBLIC,
        accepts=frozenset({"summer-cooling"}),
    ),
    Station(
        id="hostile", name=HOSTILE, kind=Kind.MOTHER_ROOM, lon=117.0230, lat=36.6700, address=HOSTILE,
        district="370102", district_name="历下区", hours_text="看门口通知", entry=Entry.STAFF, access=Access.UNKNOWN,
        note="第一行\n第二行", source=HOSTILE,
    ),
    Station(
        id="staff", name="某公司妈妈小屋", kind=Kind.MOTHER_ROOM, lon=117.0206, lat=36.6685,
        district="370102", district_name="历下区", hours_text="24小时", access=Access.EMPLOYER,
        employer="某公司",
    ),
    Station(
        id="gone", name="已撤站点", kind=Kind.OUTDOOR_STATION, lon=117.0207, lat=36.6686,
        district="370102", district_name="历下区", hours_text="24小时", access=Access.PUBLIC, status=Status.CLOSED_FOR_GOOD,
    ),
    Station(
        id="unplaced", name="没有坐标的驿站", kind=Kind.OUTDOOR_STATION, district="370402", district_name="市中区",
        address="光明路 1 号", hours_text="24小时", access=Access.PUBLIC,
    ),
]  # fmt: skip


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give each operation of a described API a node id of its own: pytest takes its function's name for all."""
    if getattr(item, "operation_label", None) and item.parent:
        item._id = item.parent.id.child(item.name)


@pytest.fixture(autouse=True)
def demo_installation(request: pytest.FixtureRequest) -> None:
    """Makes a test's own folder a demo's, whose routes of officers ask nobody to log in.

    What they ask of those who log in is in test_route_rights.py.
    """
    if "tmp_path" in request.fixturenames:
        mark_demo(request.getfixturevalue("tmp_path"))


@pytest.fixture(scope="module", autouse=True)
def less_work() -> Iterator[None]:
    """Hashes passwords and draws files with as little work as tests of services do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "_draw", draw_once)
        patch.setattr(passwords, "_hasher", lambda: QUICK)
        patch.setattr(passwords, "_nobodys_hash", lambda: QUICK.hash("nobody's"))
        yield


# Forms whose act may have nothing to store in the database: one changes a file, two are a test's.
WITHOUT_TRANSACTION = {
    "planning.run.options",
    "members.change.nothing",
    "members.change.test",
}


@pytest.fixture(scope="session", autouse=True)
def acts_record_themselves() -> Iterator[None]:
    """Fails each form whose act's own transaction appended no entry that says what was done to what."""
    finish = form_acts.finish_submission

    def finish_strictly(
        wiring: Wiring, actor: Actor, key: str, outcome: str, unrecorded: AuditEntry | None
    ) -> None:
        assert unrecorded is None or unrecorded.act in WITHOUT_TRANSACTION, unrecorded
        finish(wiring, actor, key, outcome, unrecorded)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(form_acts, "finish_submission", finish_strictly)
        yield


def import_into(wiring: Wiring, stations: list[Station]) -> None:
    register = Register(name="test", source="test", file="test.csv", digest=str(len(stations)))
    with wiring.database.write() as connection:
        import_stations(connection, register, stations, NOW, confirmed=True)


@dataclass
class Clock:
    """A clock that a test sets; it begins at `NOW`."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def later(self, **by: int) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def register_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the small register, to be copied."""
    folder = tmp_path_factory.mktemp("register")
    made = build_wiring(Settings(database=str(folder / "yihui.db"), data_folder=folder), now=lambda: NOW)
    import_into(made, STATIONS)
    made.close()
    return folder / "yihui.db"


def wire_register(register_file: Path, folder: Path, now: Callable[[], datetime] = lambda: NOW) -> Wiring:
    """Return the wiring of a demo in a folder, over a copy of the small register."""
    settings = Settings(database=str(copy(register_file, folder / "yihui.db")), data_folder=mark_demo(folder))
    return build_wiring(settings, now=now)


@pytest.fixture
def wiring(register_file: Path, tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    made = wire_register(register_file, tmp_path, clock)
    yield made
    made.database.close()


def nearest_places(client: TestClient, **asked: str) -> dict[str, str]:
    """Return what usable places are near, with their states, and the reasons why others aren't."""
    near = {"lon": str(HERE[0]), "lat": str(HERE[1]), "datum": "wgs84", "kind": "outdoor_station"}
    params = {**near, "usable": "true", "lang": "zh", **asked}
    found = client.get("/api/v1/stations/nearest", params=params).json()
    return {hit["id"]: hit["state"] for hit in found["results"]} | {
        skip["id"]: skip["reason"] for skip in found["skipped"]
    }


@pytest.fixture
def riders(wiring: Wiring) -> TestClient:
    """The riders' site over `wiring`, without what runs beside its requests: a fifth of the site's routes."""
    return TestClient(create_app(wiring, RIDERS))


@pytest.fixture
def key(wiring: Wiring) -> str:
    """A keeper's, of the station “quancheng”."""
    with wiring.database.write() as connection:
        return issue_keeper_key(connection, "quancheng", NOW).text


@pytest.fixture(scope="module")
def filled(register_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiring]:
    """As `wiring`, made once for all of a file: its tests write nothing that others of them read."""
    made = wire_register(register_file, tmp_path_factory.mktemp("filled"))
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def filled_riders(filled: Wiring) -> TestClient:
    """The riders' site over `filled`."""
    return TestClient(create_app(filled, RIDERS))


@dataclass
class StillClock:
    """In seconds, as ``time.monotonic``: no moment passes by itself."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> StillClock:
    """That of the allowances of each app which the test makes: what is refused doesn't depend on how long it took."""
    clock = StillClock()
    monkeypatch.setattr(app, "Allowances", lambda per_client: Allowances(per_client, clock))
    return clock


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("site")) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    made = Visit(browser, address)
    yield made
    made.close()


@pytest.fixture
def visits(browser: Browser, address: str) -> Iterator[Visits]:
    """Opens phones, and closes them all."""
    made: list[Visit] = []

    def visit(**options: object) -> Visit:
        made.append(Visit(browser, address, **options))  # type: ignore[arg-type]
        return made[-1]

    yield visit
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def union(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[TwoDistricts]:
    """Two districts with members and requests to join, for all tests of a file."""
    made = build_two_districts(tmp_path_factory.mktemp("union"), migrated_file)
    yield made
    made.wiring.close()


@pytest.fixture
def fresh_union(tmp_path: Path, migrated_file: Path) -> Iterator[TwoDistricts]:
    """Two districts for one test, which may change them."""
    made = build_two_districts(tmp_path, migrated_file)
    yield made
    made.wiring.close()
