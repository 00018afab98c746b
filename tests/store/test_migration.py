"""What a database looks like after migration, and what happens where it can't be migrated."""

import pkgutil
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

import benefits.tables
from store import (
    HEAD_REVISION,
    Database,
    DatabaseNewer,
    DatabaseReadOnly,
    ForeignDatabase,
    database_revision,
    metadata,
    migrate_database,
    open_database,
)
from store.migration import known_revisions

TABLES = (
    *(f"benefits.tables.{module.name}" for module in pkgutil.iter_modules(benefits.tables.__path__)),
    "events.tables",
    "geo.registry.tables",
    "members.tables",
)


def test_the_migrations_make_the_very_tables_that_the_rooms_declare(database: Database) -> None:
    for module in TABLES:  # they join the one metadata when their module is imported
        import_module(module)
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    assert [d for d in differences if not _only_a_comment(d)] == []


def _only_a_comment(difference: object) -> bool:
    return isinstance(difference, tuple) and "comment" in str(difference[0])


def test_the_head_is_the_newest_revision_that_there_is() -> None:
    assert max(known_revisions()) == HEAD_REVISION


def test_migrating_twice_does_nothing_the_second_time(empty_target: str) -> None:
    database = open_database(empty_target)
    assert migrate_database(database)
    assert not migrate_database(database)
    with database.read() as connection:
        assert database_revision(connection) == HEAD_REVISION
    database.close()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseNewer, match="9999"):
        migrate_database(database)


def test_a_database_of_another_program_is_refused(empty_target: str) -> None:
    database = open_database(empty_target)
    with database.write() as connection:
        connection.execute(text("CREATE TABLE invoices (id INTEGER)"))
    with pytest.raises(ForeignDatabase):
        migrate_database(database)
    database.close()


def test_a_database_that_may_only_be_read_is_not_migrated(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    open_database(str(path)).engine.connect().close()
    with pytest.raises(DatabaseReadOnly):
        migrate_database(open_database(str(path), read_only=True))
