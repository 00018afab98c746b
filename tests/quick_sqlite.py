"""SQLite in this process without what costs time and tests nothing: waits for the disk, the same SQL compiled anew.

A commit waits 6 ms for the disk here, and a close 30; a power failure is no test's affair, and a killed process
loses nothing that it gave to the system. Each engine compiles a statement once, and a test opens many engines.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

import store.database

_COMPILED: LRUCache[Any, Any] = LRUCache(1_000)
_DATABASE: Any = store.database
_create_engine, _set_pragmas = _DATABASE.create_engine, _DATABASE._sqlite_pragmas


def install() -> None:
    """All SQLite databases that this process opens are opened this way."""
    SQLiteDialect_pysqlite.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
    SQLiteDialect_pysqlite.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign]
    _DATABASE.create_engine = _create_engine_sharing_statements
    _DATABASE._sqlite_pragmas = _need_not_sync


def _create_engine_sharing_statements(*arguments: Any, **options: Any) -> Engine:
    engine: Engine = _create_engine(*arguments, **options)
    if engine.dialect.name == "sqlite":
        engine._compiled_cache = _COMPILED
    return engine


def _need_not_sync(connection: Any, record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")  # the pragmas wait for the disk too
    _set_pragmas(connection, record)
    connection.execute("PRAGMA synchronous=OFF")


@contextmanager
def waiting_for_the_disk() -> Iterator[None]:
    """Databases that are opened meanwhile wait for the disk as users' do."""
    _DATABASE._sqlite_pragmas = _set_pragmas
    try:
        yield
    finally:
        _DATABASE._sqlite_pragmas = _need_not_sync
