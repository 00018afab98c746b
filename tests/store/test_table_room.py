"""What PostgreSQL says of dead rows, while VACUUM is kept from them and after it has been there."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from store import migrate_database, open_database
from store.table_room import MOST_TRANSACTIONS, DatabaseRoom, TableRoom, read_database_room
from tools.servers import postgres
from yihui.bootstrap import Settings, build_wiring
from yihui.runtime.health import run_health_checks

ROWS = 30_000


@pytest.fixture
def url() -> Iterator[str]:
    with postgres.cluster() as server:
        yield f"{server}/postgres"


def read(url: str) -> DatabaseRoom:
    database = open_database(url)
    try:
        with database.read() as connection:
            found = read_database_room(connection)
    finally:
        database.close()
    assert found is not None
    return found


def room_state(url: str, folder: Path) -> str:
    wiring = build_wiring(Settings(url, folder))
    try:
        return next(one.state for one in run_health_checks(wiring) if one.id == "room")
    finally:
        wiring.close()


@pytest.mark.endure
@pytest.mark.needs("postgres")
def test_dead_rows_are_counted_told_and_gone_after_vacuum(url: str, tmp_path: Path) -> None:
    database = open_database(url)
    migrate_database(database)
    database.close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER TABLE counters SET (autovacuum_enabled = off)")
        connection.execute(f"INSERT INTO counters SELECT 'k' || n, 0 FROM generate_series(1, {ROWS}) n")
        connection.execute("UPDATE counters SET used = 1")
        connection.execute("SELECT pg_stat_force_next_flush()")
    room = read(url)
    (counters,) = (table for table in room.tables if table.name == "counters")
    assert (counters.live_rows, counters.dead_rows, counters.is_bloated) == (ROWS, ROWS, True)
    assert counters.size_bytes > ROWS * 20
    assert [table.size_bytes for table in room.tables] == sorted(
        (table.size_bytes for table in room.tables), reverse=True
    )
    assert room_state(url, tmp_path) == "missing"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM counters")
        connection.execute("SELECT pg_stat_force_next_flush()")
    (counters,) = (table for table in read(url).tables if table.name == "counters")
    assert (counters.dead_rows, counters.is_bloated) == (0, False)
    assert room_state(url, tmp_path) == "ok"


@pytest.mark.parametrize(
    ("live", "dead", "is_bloated"),
    [(0, 10_000, False), (0, 10_001, True), (100_000, 60_000, False), (100_000, 60_001, True)],
)
def test_few_dead_rows_are_nobodys_worry(live: int, dead: int, is_bloated: bool) -> None:
    assert TableRoom("counters", 1, live, dead).is_bloated is is_bloated


def test_a_database_that_is_not_frozen_any_more_is_told_in_time() -> None:
    assert not DatabaseRoom((), MOST_TRANSACTIONS).is_old
    assert DatabaseRoom((), MOST_TRANSACTIONS + 1).is_old
