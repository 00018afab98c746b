"""The quick way to a new file's schema leads to what the migrations lead to, word for word."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from store import HEAD_REVISION, Database, database_revision, migrate_database, open_database
from tests.schema import real_migrations


def _dump(path: Path) -> list[str]:
    """Sorted: in which order a table's indices are made differs from one migration to the next."""
    with closing(sqlite3.connect(path)) as opened:
        return sorted(opened.iterdump())


def _migrated(path: Path) -> Database:
    opened = open_database(str(path))
    assert migrate_database(opened) is True
    assert opened.has_written
    return opened


def test_the_quick_way_makes_what_the_migrations_make(tmp_path: Path) -> None:
    quick, real = tmp_path / "quick.db", tmp_path / "real.db"
    _migrated(quick).close()
    with real_migrations():
        _migrated(real).close()
    assert _dump(quick) == _dump(real)
    assert len(_dump(quick)) > 100


@pytest.mark.needs("postgres")
def test_a_postgresql_database_is_migrated_really(postgres_database: str) -> None:
    opened = open_database(postgres_database)
    assert migrate_database(opened) is True
    with opened.read() as connection:
        assert database_revision(connection) == HEAD_REVISION
    opened.close()
