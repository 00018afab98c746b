"""The schema of a new SQLite file in a moment: the statements that the real migrations led to, executed again.

Migrating costs 0.15 s of processor time, more than most tests, and thousands of tests begin with a new file.
The statements come from the real migrations, once in each process; `tests/test_schema.py` compares the two.
Databases that hold anything already, PostgreSQL and `tests/store` go through the migrations themselves.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, create_engine

from store import Database, lock_exclusive, migration

Statement = tuple[str, tuple[Any, ...]]
migrate_really = migration._upgrade
# A full-text index is one statement, which makes the tables behind it (…_fts_data and so on) with their rows.
_MADE = (
    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND name NOT GLOB '*_fts_*' "
    "ORDER BY rowid"
)
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '*_fts*' ORDER BY rowid"


def install() -> None:
    """New SQLite files of this process get their schema this way."""
    migration._upgrade = create_schema


@contextmanager
def real_migrations() -> Iterator[None]:
    """New SQLite files are migrated meanwhile as users' are."""
    before, migration._upgrade = migration._upgrade, migrate_really
    try:
        yield
    finally:
        migration._upgrade = before


def create_schema(database: Database, wanted: str) -> None:
    """What `store.migration` does in its place, in one transaction under the same lock."""
    if not database.is_sqlite or wanted != migration.HEAD_REVISION:
        migrate_really(database, wanted)
        return
    with database.write() as connection:
        lock_exclusive(connection, "migration")
        if (
            connection.exec_driver_sql(_MADE).first() is not None
        ):  # of an earlier revision, or somebody was quicker
            migration.upgrade_schema(connection, "head")
            return
        for statement, values in schema_statements():
            connection.exec_driver_sql(statement, values)


@cache
def schema_statements() -> tuple[Statement, ...]:
    """What makes the schema and its first rows, read from a database in memory that the migrations made."""
    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            migration.upgrade_schema(connection, "head")
            return tuple(_read(connection))
    finally:
        engine.dispose()


def _read(connection: Connection) -> Iterator[Statement]:
    for made in connection.exec_driver_sql(_MADE).scalars().all():
        yield made, ()
    for table in connection.exec_driver_sql(_TABLES).scalars().all():
        for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"').all():
            yield f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(row))})', tuple(row)
