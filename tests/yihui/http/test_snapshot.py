"""The site's stations in memory: what changes in the database, or by the clock alone, shows in the next answer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection

from geo.messages import Reported, StationPayload
from geo.nearest.query import NearestQuery
from geo.registry.reports import StationEvent
from geo.registry.statements import load_live_summaries, record_status_reports
from geo.station import OpeningState, Station
from geo.status.live import LiveSummary
from store import store_error
from store.changes import SERVER_MARK_PERIOD_S, CommitDetector
from tests.yihui.http.conftest import HERE, NOW, RIDERS, STATIONS, Clock, import_into
from tests.yihui.http.serving import until
from yihui.bootstrap import Settings, Wiring, build_wiring, load_settings
from yihui.http.app import create_app
from yihui.http.snapshot import SnapshotCache
from yihui.services.stations.snapshot import (
    Snapshot,
    SnapshotVersion,
    newest_snapshot_version,
)

DOOR = next(station for station in STATIONS if station.id == "quancheng")  # 08:00-18:00, water and toilet


@pytest.fixture
def on_server(migrated_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wiring]:
    """The small register on a PostgreSQL server, whose answers are waited for."""
    monkeypatch.setattr("yihui.http.snapshot._ANSWER_WITHIN_S", 30.0)
    made = build_wiring(load_settings({}, migrated_server))
    import_into(made, STATIONS)
    yield made
    made.close()


def import_elsewhere(wiring: Wiring, stations: list[Station]) -> SnapshotVersion:
    """Import in another process, which has its own connections; return the version that it has read."""
    other = build_wiring(wiring.settings, now=wiring.now)
    import_into(other, stations)
    version = newest_snapshot_version(other)
    other.close()
    return version


def say(wiring: Wiring, *payloads: StationPayload) -> None:
    now = wiring.now()
    events = [StationEvent("/test", f"{now} {n}", now, payload) for n, payload in enumerate(payloads)]
    with wiring.database.write() as connection:
        record_status_reports(connection, events, now)


def locked(reporter: str) -> Reported:
    return Reported.model_validate(
        {"station": "quancheng", "observation": "locked", "reporter": reporter * 16}
    )


def state(snapshot: Snapshot, now: datetime, id: str = "quancheng") -> OpeningState:
    (found,) = snapshot.index.nearest([HERE], NearestQuery(now, 10))
    return next(hit.opening.state for hit in found.results if hit.station.id == id)


def shows_door(client: TestClient, **headers: bytes) -> bool:
    page = client.get("/", params={"lon": HERE[0], "lat": HERE[1]}, headers=headers)
    assert page.status_code == 200
    return f'data-id="{DOOR.id}"' in page.text


def test_what_is_said_shows_in_the_next_answer_and_lapses_by_the_clock_alone(
    wiring: Wiring, clock: Clock
) -> None:
    snapshots = SnapshotCache(wiring)
    before = snapshots.current()
    assert state(before, NOW) is OpeningState.OPEN
    say(wiring, locked("a"), locked("b"))
    shut = snapshots.current()
    assert state(shut, NOW) is OpeningState.CLOSED
    assert state(before, NOW) is OpeningState.OPEN  # who holds the old one is not disturbed
    assert snapshots.current() is shut
    clock.now += timedelta(hours=2)
    assert state(snapshots.current(), clock.now) is OpeningState.OPEN
    assert snapshots.current().live == {}


@pytest.mark.parametrize("said", [False, True])
def test_a_few_changes_of_the_register_are_patched_in(wiring: Wiring, said: bool) -> None:
    snapshots = SnapshotCache(wiring)
    first = snapshots.current()
    if said:
        say(wiring, locked("a"), locked("b"))
    moved = DOOR.model_copy(update={"id": "quancheng", "lon": 117.0300})
    added = DOOR.model_copy(update={"id": "a-new-one", "lon": 117.0206})
    rest = [s for s in STATIONS if s.id not in ("quancheng", "night")]
    import_into(wiring, [*rest, moved, added])
    second = snapshots.current()
    fresh = SnapshotCache(wiring).current()
    assert second.stations == fresh.stations
    assert second.stated == fresh.stated
    assert second.index.change_count == 3
    assert second.index.stations == fresh.index.stations
    assert second.index.nearest([HERE], NearestQuery(NOW)) == fresh.index.nearest([HERE], NearestQuery(NOW))
    assert state(second, NOW) is (OpeningState.CLOSED if said else OpeningState.OPEN)
    assert len(first.stations) == len(STATIONS)


def test_what_is_at_hand_is_never_older_than_the_last_write_whoever_made_it(
    wiring: Wiring, clock: Clock
) -> None:
    snapshots = SnapshotCache(wiring)
    assert snapshots.peek_current() is None  # nobody has loaded it
    first = snapshots.current()
    assert snapshots.peek_current() is first
    say(wiring, locked("a"), locked("b"))
    assert snapshots.peek_current() is None
    shut = snapshots.current()
    assert snapshots.peek_current() is shut
    import_elsewhere(wiring, STATIONS[:-1])
    assert snapshots.peek_current() is None
    assert len(snapshots.current().stations) == len(STATIONS) - 1
    clock.now += timedelta(hours=2)  # what two riders said lapses by the clock alone
    assert snapshots.peek_current() is None
    assert state(snapshots.current(), clock.now) is OpeningState.OPEN
    assert snapshots.peek_current() is not None


@pytest.mark.parametrize("patience_s", [0.0, 60.0])
def test_a_reader_waits_briefly_for_a_load_and_then_takes_the_previous_snapshot(
    wiring: Wiring, monkeypatch: pytest.MonkeyPatch, patience_s: float
) -> None:
    snapshots = SnapshotCache(wiring, patience_s)
    before = snapshots.current()
    say(wiring, locked("a"), locked("b"))
    loads, may_load = Event(), Event()

    def slowly(connection: Connection, now: datetime) -> dict[str, LiveSummary]:
        loads.set()
        assert may_load.wait(60)
        return load_live_summaries(connection, now)

    monkeypatch.setattr("geo.registry.statements.load_live_summaries", slowly)
    with ThreadPoolExecutor(2) as readers:
        first = readers.submit(snapshots.current)
        assert loads.wait(60)
        second = readers.submit(snapshots.current)
        if not patience_s:
            assert second.result(60) is before
        may_load.set()
        after = first.result(60)
    assert after is not before
    assert second.result() is (after if patience_s else before)


@pytest.mark.needs("postgres")
def test_a_server_that_was_asked_a_moment_ago_is_asked_beside_the_answer(
    on_server: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server under load makes no rider wait; what another process wrote is in a later answer."""
    now = 100.0
    monkeypatch.setattr(CommitDetector.__init__, "__defaults__", (lambda: now,))
    snapshots = SnapshotCache(on_server)
    first = snapshots.current()
    import_elsewhere(on_server, STATIONS[:-1])
    may_answer = Event()

    def ask_slowly(wiring: Wiring) -> SnapshotVersion:
        assert may_answer.wait(30)
        return newest_snapshot_version(wiring)

    monkeypatch.setattr("yihui.http.snapshot.newest_snapshot_version", ask_slowly)
    assert snapshots.peek_current() is first
    now += SERVER_MARK_PERIOD_S
    assert snapshots.peek_current() is first  # the server hasn't answered yet
    may_answer.set()
    snapshots.current()  # waits for the question that was begun
    second = snapshots.peek_current()
    assert second is not None and len(second.stations) == len(STATIONS) - 1
    now += 2.0  # nobody has asked for a while: the next rider waits for the server
    assert snapshots.peek_current() is None
    say(on_server, locked("a"), locked("b"))  # what this process writes is in the next answer
    assert snapshots.peek_current() is None


@pytest.mark.needs("postgres")
def test_the_page_is_of_the_last_second_unless_it_has_heard_of_more(
    on_server: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CommitDetector.__init__, "__defaults__", (lambda: 100.0,))
    # Without jobs, which would write
    client = TestClient(create_app(on_server, RIDERS), base_url="http://127.0.0.1")
    assert shows_door(client)
    before = newest_snapshot_version(on_server)
    heard = import_elsewhere(on_server, [station for station in STATIONS if station is not DOOR])
    for version in (str(before), "", "1", f"{heard}x", f"{'9' * 19}.0", "１２.３"):
        assert shows_door(client, **{"yihui-heard": version.encode()}), version
    assert not shows_door(client, **{"yihui-heard": str(heard).encode()})


@pytest.mark.needs("postgres")
def test_an_answer_on_its_way_is_none_to_a_page_that_has_heard_of_more(
    on_server: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(CommitDetector.__init__, "__defaults__", (lambda: now,))
    snapshots = SnapshotCache(on_server)
    first = snapshots.current()
    has_read, may_answer = Event(), Event()

    def ask_slowly(wiring: Wiring) -> SnapshotVersion:
        version = newest_snapshot_version(wiring)
        has_read.set()
        assert may_answer.wait(30)
        return version

    def release_and_wait(questions: Any, limit_s: float) -> Any:
        may_answer.set()  # not before somebody waits for this very question
        return wait(questions, limit_s)

    monkeypatch.setattr("yihui.http.snapshot.newest_snapshot_version", ask_slowly)
    now += SERVER_MARK_PERIOD_S
    assert snapshots.peek_current() is first  # begins a question beside the answer
    assert has_read.wait(30)
    heard = import_elsewhere(on_server, STATIONS[:-1])
    monkeypatch.setattr("yihui.runtime.background_job.wait", release_and_wait)
    assert not first.version.includes(heard)
    assert len(snapshots.recent(heard).stations) == len(STATIONS) - 1


@pytest.mark.needs("postgres")
def test_an_answer_that_comes_after_the_riders_patience_ends_the_outage(
    migrated_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wiring = build_wiring(Settings(migrated_server, tmp_path))
    cache, gate = SnapshotCache(wiring), Event()
    known = cache.current()
    monkeypatch.setattr("yihui.http.snapshot._ASKED_EVERY_S", 0.0)

    def refuse(_: object) -> None:
        raise store_error("locked", migrated_server)

    def answer_late(wiring: Wiring) -> SnapshotVersion:
        assert gate.wait(60)
        return newest_snapshot_version(wiring)

    monkeypatch.setattr("yihui.http.snapshot.newest_snapshot_version", refuse)
    assert cache.current() is known and cache.outdated_since is not None
    monkeypatch.setattr("yihui.http.snapshot.newest_snapshot_version", answer_late)
    assert cache.current() is known and cache.outdated_since is not None  # nobody waits for it
    gate.set()
    until(lambda: cache.outdated_since is None)
    wiring.close()


@pytest.mark.needs("postgres")
def test_a_defect_is_not_taken_for_a_database_that_is_away(
    migrated_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wiring = build_wiring(Settings(migrated_server, tmp_path))
    cache = SnapshotCache(wiring)
    cache.current()

    def fail(_: object) -> None:
        raise ValueError("a row that doesn't fit")

    monkeypatch.setattr("yihui.http.snapshot.newest_snapshot_version", fail)
    with pytest.raises(ValueError, match="a row that doesn't fit"):
        cache.current()
    assert cache.outdated_since is None
    wiring.close()
