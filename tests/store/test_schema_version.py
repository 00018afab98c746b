"""Two versions of the program beside each other: what a database says of the programs that work with it."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

from store import (
    HEAD_REVISION,
    Database,
    SchemaVersion,
    StoreError,
    database_schema_version,
    migrate_database,
    require_migrated,
)
from store.backup import write_backup
from store.migration import _config, find_oldest_program, known_revisions, upgrade_schema

FUTURE = "9999"
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def _say(database: Database, oldest: str | None) -> None:
    """A later version has migrated the database."""
    said = text("UPDATE alembic_version SET version_num = :revision, oldest_program = :oldest")
    with database.write() as connection:
        connection.execute(said, {"revision": FUTURE, "oldest": oldest})


def test_a_migrated_database_names_the_oldest_program_that_works_with_it(database: Database) -> None:
    with database.read() as connection:
        found = database_schema_version(connection)
    assert found == SchemaVersion(HEAD_REVISION, find_oldest_program(HEAD_REVISION))


@pytest.mark.parametrize("oldest", ["0081", HEAD_REVISION])
def test_a_newer_database_that_was_only_added_to_is_worked_with_and_left_alone(
    database: Database, oldest: str
) -> None:
    _say(database, oldest)
    require_migrated(database)
    assert not migrate_database(database)
    with database.read() as connection:
        assert database_schema_version(connection) == SchemaVersion(FUTURE, oldest)


@pytest.mark.parametrize("oldest", [None, FUTURE, "0999"])
def test_a_newer_database_that_was_changed_otherwise_is_refused(
    database: Database, oldest: str | None
) -> None:
    _say(database, oldest)
    for refused in (require_migrated, migrate_database):
        with pytest.raises(StoreError, match=f"newer version of Yihui \\(revision {FUTURE}\\)"):
            refused(database)


def test_a_newer_database_is_not_taken_back(database: Database) -> None:
    _say(database, HEAD_REVISION)
    with pytest.raises(StoreError, match="only go forward"):
        migrate_database(database, "0081")


def test_a_newer_database_is_backed_up_by_the_newer_program_alone(database: Database, tmp_path: Path) -> None:
    """Only that one knows all tables; a backup that lacks some would be restored as if it had none."""
    _say(database, HEAD_REVISION)
    with pytest.raises(StoreError, match="newer version"):
        write_backup(database, tmp_path / "backup.gz", NOW)
    assert list(tmp_path.glob("backup*")) == []


def test_the_oldest_program_is_the_last_one_that_changed_what_was_there() -> None:
    assert find_oldest_program("0081") == "0081"
    assert find_oldest_program("0082") == "0081"


@pytest.mark.endure
def test_a_migration_that_says_so_only_adds() -> None:
    """The former program's statements still succeed: what they read is there, and what they leave out may stay empty."""
    scripts, engine = ScriptDirectory.from_config(_config()), create_engine("sqlite://")
    with engine.begin() as connection:
        for before, revision in pairwise(sorted(known_revisions())):
            script = scripts.get_revision(revision)
            assert script is not None
            if getattr(script.module, "is_additive", False):
                upgrade_schema(connection, before)
                earlier = _described(connection)
                upgrade_schema(connection, revision)
                _assert_only_added(revision, earlier, _described(connection))
    engine.dispose()


def _assert_only_added(revision: str, earlier: "_Schema", later: "_Schema") -> None:
    assert earlier.keys() <= later.keys(), f"{revision} drops a table"
    for table, what in earlier.items():
        columns, rest = what
        now_columns, now_rest = later[table]
        assert now_rest == rest, f"{revision} changed constraints or triggers of {table}"
        assert columns.items() <= now_columns.items(), f"{revision} changed columns of {table}"
        for name in now_columns.keys() - columns.keys():
            _, nullable, default = now_columns[name]
            assert nullable or default is not None, f"{revision}: {table}.{name} may not stay empty"


_Schema = dict[str, tuple[dict[str, tuple[str, bool, Any]], list[str]]]


def _described(connection: Connection) -> _Schema:
    """Of each table its columns, and what refuses rows: keys, unique indexes, checks and triggers."""
    inspector = inspect(connection)
    made = {}
    for table in inspector.get_table_names():
        columns = {
            column["name"]: (str(column["type"]), column["nullable"], column["default"])
            for column in inspector.get_columns(table)
        }
        statements = connection.execute(
            text("SELECT sql FROM sqlite_master WHERE tbl_name = :table AND type <> 'table' AND sql <> ''"),
            {"table": table},
        )
        refusing = [
            inspector.get_pk_constraint(table),
            *inspector.get_foreign_keys(table),
            *inspector.get_unique_constraints(table),
            *inspector.get_check_constraints(table),
            *(each for each in statements.scalars() if each.startswith(("CREATE UNIQUE", "CREATE TRIGGER"))),
        ]
        made[table] = (columns, sorted(map(str, refusing)))
    return made
