"""Write the canonical export of a ledger, with or without what makes it provable."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, String, select

from benefits.tables.bundles import (
    Record,
    canonical_record,
    iter_decision_bundles,
    iter_orphan_records,
    runner_columns,
)
from benefits.tables.exported import CANONICAL_TABLES, RUN_TABLES, SEAL_TABLES, ExportedTable
from benefits.tables.lines import render_complete_line, render_export_line
from store import read_records

START_TABLE = "export"  # the table name of the first line of an export with seals
END_TABLE = "end"  # the table name of the last line, which states the number of lines
FORMAT = 2  # of exports with seals; docs/ledger_format.md describes it


def canonical_export_lines(connection: Connection, *, seals: bool = False) -> Iterator[str]:
    """Yield one JSON object a line, each with a digest: decisions by id with their rows, then other tables.

    The last line states the number of lines. With ``seals`` the export holds all that ``verify_ledger``
    reads: hash chains, times and acts, days due, codes by their digests; only secrets and events are left
    out. Published heads then prove it; without seals, whoever changes an export can also recompute its
    digests. An export with seals differs between equal ledgers.
    """
    lines = _complete_lines(connection) if seals else _canonical_lines(connection)
    written = 0
    for line in lines:
        written += 1
        yield line.decode()
    end = {"lines": written + 1}
    last = render_complete_line(END_TABLE, end, {}, {}) if seals else render_export_line(END_TABLE, end)[0]
    yield last.decode()


def _canonical_lines(connection: Connection) -> Iterator[bytes]:
    for table, row in _decided(connection):
        yield render_export_line(table, canonical_record(row))[0]
    for one in CANONICAL_TABLES:
        for row in _rows(connection, one, one.canonical_columns):
            yield render_export_line(one.table.name, row)[0]


def _complete_lines(connection: Connection) -> Iterator[bytes]:
    yield render_complete_line(START_TABLE, {"format": FORMAT}, {}, {})
    for one in SEAL_TABLES:
        yield from _complete(connection, one)
    for table, row in _decided(connection):
        yield render_complete_line(table, canonical_record(row), runner_columns(row), {})
    for one in (*CANONICAL_TABLES, *RUN_TABLES):
        yield from _complete(connection, one)


def _complete(connection: Connection, one: ExportedTable) -> Iterator[bytes]:
    loose_names = one.loose_columns
    for row in _rows(connection, one, one.columns):
        loose = {name: row.pop(name) for name in sorted(loose_names)}
        yield render_complete_line(one.table.name, canonical_record(row), runner_columns(row), loose)


def _decided(connection: Connection) -> Iterator[tuple[str, Record]]:
    for bundle in iter_decision_bundles(connection):
        yield from bundle.records()
    yield from iter_orphan_records(connection)


def _rows(connection: Connection, one: ExportedTable, columns: Sequence[Column[Any]]) -> Iterator[Record]:
    query = select(*columns).order_by(*(_bytewise(one.table.c[name], connection) for name in one.keys))
    return read_records(connection.execute(query.execution_options(yield_per=100)))


def _bytewise(column: Column[Any], connection: Connection) -> ColumnElement[Any]:
    """Sort text by its bytes, whatever the collation of the database."""
    if connection.dialect.name == "postgresql" and isinstance(column.type, String):
        return column.collate("C")
    return column
