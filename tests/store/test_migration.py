"""What a database looks like after migration, and what happens where it can't be migrated."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

import yihui.schema  # noqa: F401
from store import (
    HEAD_REVISION,
    Database,
    DatabaseReadOnly,
    StoreError,
    database_revision,
    metadata,
    migrate_database,
    open_database,
)
from store.migration import known_revisions
from store.monthly_tables import MONTH_COLUMN, MONTHLY_TABLES, is_partition
from tests.schema import real_migrations


@pytest.fixture(autouse=True, scope="module")
def _migrated_as_users_are() -> Iterator[None]:
    """Here the migrations themselves are tested: no new file gets its schema another way."""
    with real_migrations():
        yield


@pytest.mark.both_databases
def test_the_migrations_make_the_very_tables_that_the_rooms_declare(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    assert [
        d
        for d in differences
        if not _only_a_comment(d) and not _of_expressions(d) and not _of_search(d) and not _of_months(d)
    ] == []


UNIQUE_BY_MONTH = {"ix_journal_source_event_id", "ix_postings_transaction_id_line"}


def _of_months(difference: object) -> bool:
    """PostgreSQL's monthly tables have a column, keys and partitions that the rooms needn't know."""
    if not isinstance(difference, tuple):
        return False
    kind, thing = difference[0], difference[-1]
    if kind == "remove_column":
        return difference[2] in MONTHLY_TABLES and thing.name == MONTH_COLUMN
    if kind in ("remove_table", "remove_index"):
        table = thing.name if kind == "remove_table" else thing.table.name
        return is_partition(table) or thing.name in UNIQUE_BY_MONTH
    if kind == "add_index":
        return thing.name in UNIQUE_BY_MONTH
    if kind == "add_fk":
        return all(element.column.table.name in MONTHLY_TABLES for element in thing.elements)
    return False


# Indexes over expressions differ by database: the migration makes them, and no table declares them.
OVER_EXPRESSIONS = {
    f"ix_member_changes_{fact}" for fact in ("birthday", "joined_on", "hardship_level", "lunar")
}


def _of_expressions(difference: object) -> bool:
    return isinstance(difference, tuple) and getattr(difference[1], "name", "") in OVER_EXPRESSIONS


def _of_search(difference: object) -> bool:
    """Whether it is the index of the articles: SQLite's are tables, PostgreSQL's is over an expression."""
    name = str(getattr(difference[1], "name", "")) if isinstance(difference, tuple) else ""
    return "_fts" in name or name == "ix_hotline_article_versions_search"


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


def test_a_database_of_another_program_is_refused(empty_target: str) -> None:
    database = open_database(empty_target)
    with database.write() as connection:
        connection.execute(text("CREATE TABLE invoices (id INTEGER)"))
    with pytest.raises(StoreError, match="tables of another program"):
        migrate_database(database)
    database.close()


def test_a_database_that_may_only_be_read_is_not_migrated(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    open_database(str(path)).engine.connect().close()
    with pytest.raises(DatabaseReadOnly):
        migrate_database(open_database(str(path), read_only=True))
