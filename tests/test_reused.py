"""A PostgreSQL database that a test hands back is as new, or gone."""

import psycopg
import pytest

from tests.reused import _SEQUENCES as SEQUENCES
from tests.reused import _TABLES as TABLES
from tests.reused import ReusedDatabases, _copied, _schema

pytestmark = pytest.mark.needs("postgres")


@pytest.fixture
def reused(postgres_url: str, migrated_name: str) -> ReusedDatabases:
    return ReusedDatabases(postgres_url, migrated_name)


def _all_of(url: str) -> tuple[object, ...]:
    with psycopg.connect(url) as connection:
        names = [str(name) for (name,) in connection.execute(TABLES)]
        rows = {name: _copied(connection, name) for name in names}
        return _schema(connection), rows, sorted(connection.execute(SEQUENCES).fetchall())


def _changed(url: str, *statements: str) -> None:
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _fill(url: str) -> None:
    """Rows, one of them in a table that only takes more, changed first rows, and a step of every sequence."""
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE rulebook SET epoch = epoch + 1")
        connection.execute(
            "INSERT INTO ingress (event, accepted_at) SELECT '{}', now() FROM generate_series(1, 3)"
        )
        connection.execute(
            "INSERT INTO erased_rows VALUES ('a', 'b', 1, 1, 'c', 7, now())"
        )  # guarded, and of no act
        for name, *_ in connection.execute(SEQUENCES).fetchall():
            connection.execute("SELECT nextval(%s)", (name,))


def test_rows_and_sequences_are_as_at_first_and_the_database_is_the_same_one(reused: ReusedDatabases) -> None:
    with reused.lent() as first:
        new, oid = _all_of(first), _oid(first)
        _fill(first)
        assert _all_of(first) != new
    with reused.lent() as second:
        assert _all_of(second) == new
        assert _oid(second) == oid
        assert second != first


def _oid(url: str) -> object:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()


@pytest.mark.endure
def test_rows_lie_in_the_order_in_which_they_come_even_after_a_vacuum(reused: ReusedDatabases) -> None:
    """Vacuum hands out the room of deleted rows: a table that was emptied by DELETE fills its holes first."""
    for _ in range(2):
        with reused.lent() as url, psycopg.connect(url, autocommit=True) as connection:
            for _ in range(2):
                connection.execute(
                    "INSERT INTO ingress (event, accepted_at) SELECT '{}', now() FROM generate_series(1, 2000)"
                )
                connection.execute("VACUUM ingress")
            numbers = [number for (number,) in connection.execute("SELECT sequence FROM ingress").fetchall()]
            assert numbers == sorted(numbers)


CHANGES = [
    "ALTER TABLE ingress ADD COLUMN more text",
    "CREATE TABLE more (id integer)",
    "ALTER TABLE ingress ALTER COLUMN event DROP NOT NULL",
    "CREATE INDEX more ON ingress (accepted_at)",
    "CREATE FUNCTION more() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "CREATE SCHEMA more",
    "SELECT lo_create(0)",
    "DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET work_mem = 65'; END $$",
]


@pytest.mark.parametrize(
    "statement",
    [CHANGES[0], *(pytest.param(statement, marks=pytest.mark.endure) for statement in CHANGES[1:])],
)
def test_a_database_whose_schema_was_changed_is_dropped(reused: ReusedDatabases, statement: str) -> None:
    with reused.lent() as first:
        new, oid = _all_of(first), _oid(first)
        _changed(first, statement)
    with reused.lent() as second:
        assert _oid(second) != oid
        assert _all_of(second) == new


def test_every_disabled_guard_is_noticed(reused: ReusedDatabases) -> None:
    with reused.lent() as first:
        oid = _oid(first)
        with psycopg.connect(first) as connection:
            trigger = connection.execute("SELECT tgrelid::regclass::text FROM pg_trigger LIMIT 1").fetchone()
            assert trigger is not None
            connection.execute(f"ALTER TABLE {trigger[0]} DISABLE TRIGGER ALL".encode())
    with reused.lent() as second:
        assert _oid(second) != oid


@pytest.mark.endure
def test_who_goes_on_with_a_database_that_was_handed_back_is_cut_off(reused: ReusedDatabases) -> None:
    with reused.lent() as first:
        left = psycopg.connect(first)
        left.execute("UPDATE rulebook SET epoch = 9")
    with pytest.raises(psycopg.OperationalError):
        left.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(first)
    left.close()


@pytest.mark.endure
def test_two_that_are_lent_at_once_are_two(reused: ReusedDatabases) -> None:
    with reused.lent() as first, reused.lent() as second:
        assert _oid(first) != _oid(second)
    with reused.lent() as third:
        assert _oid(third) in reused_oids(third)


def reused_oids(url: str) -> list[object]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT oid FROM pg_database WHERE datname LIKE 'yihui_lent_%'").fetchall()
