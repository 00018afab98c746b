"""Insert many rows at once, or rows that may exist already."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json
from sqlalchemy import Connection, Dialect, Engine, Table, bindparam, event, text

from store.tables import Instant

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

EventKey = tuple[str, str]  # source and id

_INSERT = """
INSERT INTO inbox (source, id, digest, recorded_at, batch)
SELECT {}, {}, {}, :now, :batch FROM {} WHERE {}
ON CONFLICT DO NOTHING RETURNING source, id
"""
# A key of PostgreSQL's inbox is unique within a month alone, so the other months are looked through before: event by
# event in the index of each month. Without the second OFFSET the planner may read and hash the whole inbox for each
# batch; without the first one the JSON is read again for each month.
_ROWS = MappingProxyType(
    {
        "sqlite": (*(f"json_extract(value, '$[{place}]')" for place in range(3)), "json_each(:rows)", "true"),
        "postgresql": (
            *("new.source", "new.id", "new.digest"),
            "(SELECT value ->> 0 AS source, value ->> 1 AS id, value ->> 2 AS digest"
            " FROM json_array_elements(CAST(:rows AS json)) OFFSET 0) AS new",
            "NOT EXISTS (SELECT 1 FROM inbox AS i WHERE i.source = new.source AND i.id = new.id OFFSET 0)",
        ),
    }
)


def insert_unseen_events(
    connection: Connection, digests: Mapping[EventKey, str], now: datetime, batch: int
) -> set[EventKey]:
    """Insert the events that are not yet in the inbox, as rows of a batch; return their keys.

    Another writer of the same event waits here until this transaction ends. Rows are in the order of keys,
    so that two writers can't deadlock.
    """
    rows = [(*key, digest) for key, digest in sorted(digests.items())]
    insert = text(_INSERT.format(*_ROWS[connection.dialect.name])).bindparams(bindparam("now", type_=Instant))
    found = connection.execute(insert, {"rows": to_json(rows).decode(), "now": now, "batch": batch})
    return {(source, id) for source, id in found}


_COPY = "COPY "
Row = Mapping[str, object]


def insert_into(connection: Connection, table: Table) -> "postgresql.Insert":
    """Return an INSERT with ``on_conflict_do_nothing`` and ``on_conflict_do_update``.

    SQLite's class has the same methods as PostgreSQL's, so one type is declared for both.
    """
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)  # type: ignore[return-value]


def append_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert many rows with the same columns, in order, by the database's fastest method.

    PostgreSQL uses COPY, which takes a third of the time of as many INSERTs.
    """
    if rows:
        insertion = _insertion(table, tuple(rows[0]), connection.dialect)
        connection.exec_driver_sql(insertion.statement, insertion.values(rows))


def append_missing_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows with the same columns, in order; skip those whose key is there already."""
    if rows:
        insertion = _insertion(table, tuple(rows[0]), connection.dialect)
        connection.exec_driver_sql(insertion.skipping, insertion.values(rows))


@dataclass(frozen=True, slots=True)
class _Insertion:
    """The statements that insert some columns of a table, and what the driver expects of each column."""

    statement: str
    skipping: str  # those that exist
    columns: Sequence[tuple[str, Callable[[Any], Any] | None]]

    def values(self, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
        columns = [_column([row[name] for row in rows], process) for name, process in self.columns]
        return list(zip(*columns, strict=True))


def _column(values: list[Any], process: Callable[[Any], Any] | None) -> list[Any]:
    """Return the values as the driver expects them; SQLite's text of each distinct date is built once."""
    if process is None:
        return values
    made = {value: process(value) for value in set(values)}
    return [made[value] for value in values]


@lru_cache(maxsize=500)  # every table of a database, with the columns that its rows have
def _insertion(table: Table, names: tuple[str, ...], dialect: Dialect) -> _Insertion:
    quote, is_postgresql = dialect.identifier_preparer.quote, dialect.name == "postgresql"
    into = f"{quote(table.name)} ({', '.join(map(quote, names))})"
    plain = f"INSERT INTO {into} VALUES ({', '.join(['%s' if is_postgresql else '?'] * len(names))})"
    types = [table.c[name].type.dialect_impl(dialect) for name in names]
    columns = [(name, type_.bind_processor(dialect)) for name, type_ in zip(names, types, strict=True)]
    copy = f"{_COPY}{into} FROM STDIN"
    return _Insertion(copy if is_postgresql else plain, f"{plain} ON CONFLICT DO NOTHING", columns)


def enable_copy(engine: Engine) -> None:
    """Make an engine for PostgreSQL run ``COPY … FROM STDIN`` with the rows passed to it."""
    event.listen(engine, "do_executemany", _copy)
    event.listen(engine, "do_execute", _copy_one)


def _copy_one(cursor: Any, statement: str, row: Sequence[object], context: object) -> bool:
    """Run a COPY of one row; SQLAlchemy executes it as a single statement."""
    return _copy(cursor, statement, [row], context)


def _copy(cursor: Any, statement: str, rows: Sequence[Sequence[object]], _context: object) -> bool:
    """Run a COPY and return whether the statement was one; errors and events are as for any statement."""
    if not statement.startswith(_COPY):
        return False
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
    return True
