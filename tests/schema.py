"""The schema of a new SQLite file in a moment: a copy of a file that the real migrations made.

Migrating costs 0.4 s of processor time, more than most tests, and thousands of tests begin with a new file.
The file that is copied is made once in each process. Databases that are there already, PostgreSQL and
`tests/store` go through the migrations themselves.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import yihui.schema  # noqa: F401
from store import Database, migration, open_database

migrate_really = migration._upgrade


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
    """What `store.migration` does in its place: nothing but a copy appears where no file is."""
    if database.is_sqlite and wanted == migration.HEAD_REVISION and _place_copy(Path(database.target)):
        with database.write():
            return
    migrate_really(database, wanted)


def _place_copy(place: Path) -> bool:
    """Put a migrated file in a place at once; return False, and leave all as it is, where that can't be done."""
    if place.exists() or place.name == ":memory:":
        return False
    with suppress(OSError), tempfile.NamedTemporaryFile(dir=place.parent) as copy:
        copy.write(_read_migrated_file())
        copy.flush()
        os.link(copy.name, place)  # fails where another process or thread was quicker
        return True
    return False


@cache
def _read_migrated_file() -> bytes:
    """Return the bytes of a file that the migrations made."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "yihui.db"
        opened = open_database(str(place))
        migrate_really(opened, migration.HEAD_REVISION)
        opened.close()
        return place.read_bytes()
