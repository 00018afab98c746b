"""A full disk, a held lock, a lost server, lost races, a clock that goes back: told, and gone on from.

Nothing is lost, nothing doubled: the disturbed ledger comes to the undisturbed one, row by row.
"""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, text

from benefits import seal_batches, verify_ledger
from events import EventRunner, InboundEvent, parse_event, process_batch
from events.retries import MAX_TRIES
from rules import RuleLibrary
from store import Database, DatabaseLocked, StoreError, migrate_database, open_database
from tests.events.lives import Step, everything, ledger_of, life
from tests.events.running import accept
from tests.events.running import count as rows_of
from tests.tiers import budget
from tests.transactions import change_in, read_in, value_in
from tests.yihui.commands import commands_through
from tools.servers import postgres
from tools.servers.sending import NOW, Sender, ledger

SEEDS = range(budget(3))


def calm_ledger(folder: Path, steps: list[Step]) -> list[str]:
    """What an undisturbed life comes to."""
    database = open_database(str(folder / "calm.db"))
    migrate_database(database)
    for step in steps:
        step.do(database)
    with closing(database):
        return ledger_of(database)


def assert_came_to(database: Database, wanted: list[str]) -> None:
    assert ledger_of(database) == wanted
    assert read_in(database, verify_ledger).disagreements == ()


@pytest.fixture
def steady(tmp_path: Path) -> Iterator[Database]:
    database = open_database(str(tmp_path / "disturbed.db"), busy_timeout_s=0.02)
    migrate_database(database)
    yield database
    database.close()


@pytest.mark.deeper
@pytest.mark.parametrize("seed", SEEDS)
def test_with_a_full_disk_nothing_is_half_written_and_the_run_continues_later(
    seed: int, steady: Database, tmp_path: Path
) -> None:
    """SQLite is let have as many pages as it has, and some more each time it complains."""
    steps, path, full = life(seed, 20), Path(steady.target), 0
    room = {"pages": 0}

    def limit(connection: sqlite3.Connection, *_: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0] + room["pages"]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(steady.engine, "checkout", limit)
    for step in steps:
        before = everything(path)
        room["pages"] = 0
        while True:
            try:
                step.do(steady)
                break
            except StoreError as error:
                assert error.code == "store.disk_full"
                full += 1
                room["pages"] += 1
                assert everything(path) == before
    assert full > 5, "the disk was hardly ever full: the test proves nothing"
    assert_came_to(steady, calm_ledger(tmp_path, steps))


@pytest.mark.deeper
@pytest.mark.parametrize("seed", SEEDS)
def test_while_another_program_holds_the_lock_nothing_happens_then_it_continues(
    seed: int, steady: Database, tmp_path: Path
) -> None:
    steps, path = life(seed, 20), Path(steady.target)
    other = sqlite3.connect(path, isolation_level=None)
    for step in steps:
        before = everything(path)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseLocked):
            step.do(steady)
        other.execute("ROLLBACK")
        assert everything(path) == before
        step.do(steady)
    other.close()
    assert_came_to(steady, calm_ledger(tmp_path, steps))


def test_a_clock_that_goes_back_changes_nothing_that_was_decided(
    database: Database, library: RuleLibrary, tmp_path: Path
) -> None:
    """Each batch is handled and sealed at an earlier instant than the one before, or at any."""
    send = Sender()
    lines = [line for n in range(12) for line in (send.joined(f"m-{n}"), send.birthday(f"m-{n}"))]
    hours = [timedelta(hours=n) for n in range(6)]
    clocks = [
        [NOW + h for h in hours],
        [NOW - h for h in hours],
        [NOW + h for h in random.Random(1).sample(hours, 6)],
    ]
    found = []
    for number, clock in enumerate(clocks):
        own = open_database(str(tmp_path / f"{number}.db")) if number else database
        migrate_database(own)
        for batch, now in enumerate(clock):
            handle_in_one(own, library, lines[batch * 4 : batch * 4 + 4], now)
        assert read_in(own, verify_ledger).disagreements == ()
        found.append(ledger(own))
    assert found[0] == found[1] == found[2]
    assert len(found[0]) > 24


def handle_in_one(database: Database, library: RuleLibrary, lines: list[str], now: datetime) -> None:
    with database.write() as connection:
        outcomes = process_batch(
            [InboundEvent(parse_event(line, NOW), "test") for line in lines], connection, library, now
        )
        seal_batches(connection, now)
    assert outcomes.handled == len(lines)


# ---- PostgreSQL: what only a server can do to us ---------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server of these tests' own: it is stopped and started."""
    with postgres.cluster() as url:
        yield url


_numbers = count(1)


@pytest.fixture
def remote(server: str) -> Iterator[Database]:
    database = open_database(postgres.create_database(server, f"disturbed_{next(_numbers)}", ""))
    migrate_database(database)
    yield database
    database.close()


@pytest.mark.endure
@pytest.mark.needs("postgres")
@pytest.mark.parametrize("seed", SEEDS)
def test_where_connections_are_cut_in_the_middle_nothing_is_half_written(
    seed: int, remote: Database, server: str, tmp_path: Path
) -> None:
    """As when a server fails over: every backend is ended at a statement of each step."""
    steps, chance = life(seed, 15), random.Random(seed)
    left, cut = 0, 0

    def end_backends(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            end_all_backends(server)

    event.listen(remote.engine, "before_cursor_execute", end_backends)
    for step in steps:
        before = ledger_of(remote)
        left = chance.randint(1, 12)
        try:
            step.do(remote)
        except StoreError as error:
            assert error.code == "store.unreachable"
            cut += 1
            left = 0
            assert ledger_of(remote) == before
            step.do(remote)
        left = 0
    assert cut > 5, "hardly anything was cut: the test proves little"
    assert_came_to(remote, calm_ledger(tmp_path, steps))


@pytest.mark.needs("postgres")
def test_a_server_that_is_started_anew_is_found_again_without_starting_us_anew(
    remote: Database, server: str, library: RuleLibrary
) -> None:
    """What was accepted waits; nobody is given a connection from before the restart."""
    send = Sender()
    runner = EventRunner(remote, lambda _: library, lambda: NOW, batch_size=5)
    events = [line for n in range(20) for line in (send.joined(f"m-{n}"), send.birthday(f"m-{n}"))]
    accept(remote, events)
    batches = runner.run_ingress()
    assert next(batches).handled == 5
    with remote.read(), remote.read(), remote.read():
        pass  # more than one connection waits in the pool
    started = _started_at(remote)
    postgres.restart(server)
    assert sum(outcomes.handled for outcomes in runner.run_ingress()) == len(events) - 5
    assert _started_at(remote) > started
    assert rows_of(remote) == len(events)
    found = read_in(remote, verify_ledger)
    assert (found.grants, found.disagreements) == (40, ())


def _started_at(remote: Database) -> datetime:
    return value_in(remote, text("SELECT pg_postmaster_start_time()"))


@pytest.mark.endure
@pytest.mark.needs("postgres")
def test_a_server_that_is_down_is_told_with_a_way_out(
    server: str,
    remote: Database,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(tmp_path))
    yihui = commands_through(capsys)
    url = remote.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    (tmp_path / "events.jsonl").write_text(Sender().joined("m-1"), encoding="utf-8")
    with postgres.stopped(server):
        for arguments in (
            ["run", tmp_path / "events.jsonl"],
            ["ledger", "verify"],
            ["backup", "--to", tmp_path / "a.yihui"],
        ):
            done = yihui(*arguments, "--db", url)
            assert done.code == 3
            assert "连不上" in done.err
            assert "→" in done.err
    assert list(tmp_path.glob("a.yihui*")) == []
    assert yihui("run", tmp_path / "events.jsonl", "--db", url).code == 0


_LOSES = """
CREATE SEQUENCE lost;
CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF nextval('lost') <= {times} THEN
    RAISE EXCEPTION 'another was faster' USING ERRCODE = '{state}';
  END IF;
  RETURN NEW;
END $$;
CREATE {kind} TRIGGER lose {when} INSERT ON decisions {options} FOR EACH ROW EXECUTE FUNCTION lose();
"""
_AT_STATEMENT = {"kind": "", "when": "BEFORE", "options": ""}
_AT_COMMIT = {"kind": "CONSTRAINT", "when": "AFTER", "options": "DEFERRABLE INITIALLY DEFERRED"}


@pytest.mark.needs("postgres")
@pytest.mark.parametrize(
    ("state", "where"),
    [
        pytest.param("40001", _AT_COMMIT, id="serialization at the commit"),
        pytest.param("40P01", _AT_STATEMENT, id="deadlock at a statement"),
        pytest.param("40001", _AT_STATEMENT, id="serialization at a statement", marks=pytest.mark.endure),
        pytest.param("40P01", _AT_COMMIT, id="deadlock at the commit", marks=pytest.mark.endure),
    ],
)
def test_work_that_lost_against_another_is_done_again(
    state: str, where: dict[str, str], migrated_copy: Database, library: RuleLibrary, tmp_path: Path
) -> None:
    send = Sender()
    lines = [line for n in range(6) for line in (send.joined(f"m-{n}"), send.birthday(f"m-{n}"))]
    change_in(migrated_copy, text(_LOSES.format(times=MAX_TRIES - 1, state=state, **where)))
    runner = EventRunner(migrated_copy, lambda _: library, lambda: NOW)
    items = [InboundEvent(parse_event(line, NOW), "test") for line in lines]
    assert sum(outcomes.handled for outcomes in runner.run_events(items)) == len(lines)
    calm = open_database(str(tmp_path / "calm.db"))
    migrate_database(calm)
    handle_in_one(calm, library, lines, NOW)
    assert ledger(migrated_copy) == ledger(calm)


@pytest.mark.needs("postgres")
def test_work_that_loses_every_time_stops_with_nothing_done(
    migrated_copy: Database, library: RuleLibrary
) -> None:
    change_in(migrated_copy, text(_LOSES.format(times=10**6, state="40001", **_AT_COMMIT)))
    runner = EventRunner(migrated_copy, lambda _: library, lambda: NOW)
    send = Sender()
    items = [
        InboundEvent(parse_event(line, NOW), "test") for line in (send.joined("m-1"), send.birthday("m-1"))
    ]
    with pytest.raises(DatabaseLocked):
        list(runner.run_events(items))
    assert rows_of(migrated_copy) == 0


def end_all_backends(server: str) -> None:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
