"""Inserts: many rows at once, and rows that may be there already."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Engine, Table, event
from sqlalchemy.dialects import postgresql, sqlite

_COPY = "COPY "
Row = Mapping[str, object]


def insert_into(connection: Connection, table: Table) -> postgresql.Insert:
    """An INSERT with ``on_conflict_do_nothing`` and ``on_conflict_do_update``.

    SQLite's class has the same methods as PostgreSQL's, so that one type stands for both.
    """
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)  # type: ignore[return-value]


def append(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert many rows with the same columns, in their order: the fastest way that the database has.

    PostgreSQL takes them by COPY, in a third of the time of as many INSERTs.
    """
    if not rows:
        return
    names = list(rows[0])
    columns = [_column(connection, table, name, list(map(itemgetter(name), rows))) for name in names]
    connection.exec_driver_sql(_statement(connection, table, names), list(zip(*columns, strict=True)))


def _column(connection: Connection, table: Table, name: str, values: list[Any]) -> list[Any]:
    """The values as the driver wants them: dates become texts in SQLite, each one once."""
    type_ = table.c[name].type.dialect_impl(connection.dialect)
    process = type_.bind_processor(connection.dialect)
    if process is None:
        return values
    made = {value: process(value) for value in set(values)}
    return [made[value] for value in values]


def _statement(connection: Connection, table: Table, names: Sequence[str]) -> str:
    quote = connection.dialect.identifier_preparer.quote
    into = f"{quote(table.name)} ({', '.join(map(quote, names))})"
    if connection.dialect.name == "postgresql":
        return f"{_COPY}{into} FROM STDIN"
    return f"INSERT INTO {into} VALUES ({', '.join('?' * len(names))})"


def copies(engine: Engine) -> None:
    """Have an engine for PostgreSQL run ``COPY … FROM STDIN`` with the rows given to it."""
    event.listen(engine, "do_executemany", _copy)
    event.listen(engine, "do_execute", _copy_one)


def _copy_one(cursor: Any, statement: str, row: Sequence[object], context: object) -> bool:
    """A list of one row is run as a single statement."""
    return _copy(cursor, statement, [row], context)


def _copy(cursor: Any, statement: str, rows: Sequence[Sequence[object]], _context: object) -> bool:
    """Whether it was a COPY; errors and events are those of any statement."""
    if not statement.startswith(_COPY):
        return False
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
    return True
