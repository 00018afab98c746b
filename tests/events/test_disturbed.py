"""A full disk, a held lock, a lost server, lost races, a clock that goes back: told, and gone on from.

Nothing is lost, nothing doubled: the disturbed ledger comes to the undisturbed one, row by row.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import text

from benefits import seal_batches, verify_ledger
from events import EventRunner, InboundEvent, parse_event, process_batch
from events.retries import MAX_TRIES
from events.runner import accept_events
from rules import RuleLibrary
from store import Database, migrate_database, open_database
from tests import postgres
from tests.events.running import count as rows_of
from tests.events.sending import NOW, Sender, ledger


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
        with own.read() as connection:
            assert verify_ledger(connection).disagreements == ()
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


@pytest.mark.needs("postgres")
def test_a_server_that_is_started_anew_is_found_again_without_starting_us_anew(
    remote: Database, server: str, library: RuleLibrary
) -> None:
    """What was accepted waits; nobody is given a connection from before the restart."""
    send = Sender()
    runner = EventRunner(remote, lambda _: library, lambda: NOW, batch_size=5)
    events = [
        parse_event(line, NOW) for n in range(20) for line in (send.joined(f"m-{n}"), send.birthday(f"m-{n}"))
    ]
    with remote.write() as connection:
        accept_events(connection, events, NOW)
    batches = runner.run_ingress()
    assert next(batches).handled == 5
    with remote.read(), remote.read(), remote.read():
        pass  # more than one connection waits in the pool
    started = _started_at(remote)
    postgres.restart(server)
    assert sum(outcomes.handled for outcomes in runner.run_ingress()) == len(events) - 5
    assert _started_at(remote) > started
    assert rows_of(remote) == len(events)
    with remote.read() as connection:
        found = verify_ledger(connection)
    assert (found.grants, found.disagreements) == (40, ())


def _started_at(remote: Database) -> datetime:
    with remote.read() as connection:
        return connection.execute(text("SELECT pg_postmaster_start_time()")).scalar_one()


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
    with migrated_copy.write() as connection:
        connection.execute(text(_LOSES.format(times=MAX_TRIES - 1, state=state, **where)))
    runner = EventRunner(migrated_copy, lambda _: library, lambda: NOW)
    items = [InboundEvent(parse_event(line, NOW), "test") for line in lines]
    assert sum(outcomes.handled for outcomes in runner.run_events(items)) == len(lines)
    calm = open_database(str(tmp_path / "calm.db"))
    migrate_database(calm)
    handle_in_one(calm, library, lines, NOW)
    assert ledger(migrated_copy) == ledger(calm)
