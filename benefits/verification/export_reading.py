"""Read an export into a scratch database, so that the checks of a database judge it as well.

Every line is compared with its own digests while it is read, so that a changed byte is reported with its
line. What the rows say is left to ``verify_ledger``.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Column, Connection, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError

from benefits.tables.bundles import Record
from benefits.tables.decisions import postings
from benefits.tables.exported import EXPORTED, SEAL_TABLES, SECRET_COLUMNS
from benefits.tables.lines import LOOSE, REST, WHOLE, is_complete_line_intact, is_line_intact
from benefits.verification.bundles import disagreement
from benefits.verification.export import END_TABLE, FORMAT, START_TABLE
from benefits.verification.extent import Extent
from core.faults import Fault
from core.text_marks import N_
from store import Instant

STRANGE = (ValueError, AttributeError, KeyError, TypeError, OverflowError)  # raised by rows of another shape
_AT_ONCE = 1_000  # rows of a table in memory
_UNREADABLE = N_("line {id} can't be read")
_SEALED_ONLY = frozenset(one.table.name for one in SEAL_TABLES)
_DIGESTS = ("explanation_digest", "decision_digest")
_Values = tuple[object, ...]


@dataclass(slots=True)
class ExportReading:
    """What was read of an export. ``is_complete``: it was written with seals."""

    faults: list[Fault] = field(default_factory=list)
    is_complete: bool = False
    lines: int = 0
    _ended: bool = False
    _lacks_start: bool = False

    @property
    def extent(self) -> Extent:
        """Return which rows the export holds."""
        return Extent.SEALED_EXPORT if self.is_complete else Extent.EXPORT

    def rows(self, lines: Iterable[bytes]) -> Iterator[tuple[int, str, Record]]:
        """Yield the number, table and row of every intact line; the faults of all others are collected."""
        for line in lines:
            self.lines += 1
            found = self._parse(line.rstrip(b"\r\n") if line.endswith(b"\n") else line)
            if found is None:
                continue
            table, row = found
            if table == START_TABLE:
                self._start(row)
            elif table == END_TABLE:
                self._end(row)
            elif table in _SEALED_ONLY and not self.is_complete:
                self._lacks_start = True
            elif table in EXPORTED:
                yield self.lines, table, row
            else:
                self.add(N_("line {line}: an export has no table {table}"), line=self.lines, table=table)
        self._close()

    def add(self, message: str, **params: object) -> None:
        """Add a fault."""
        self.faults.append(disagreement(message, **params))

    def _parse(self, line: bytes) -> tuple[str, Record] | None:
        try:
            row = from_json(line, cache_strings="keys")
            is_complete = self.is_complete or row["table"] == START_TABLE
            whole = is_complete_line_intact(line, row) if is_complete else is_line_intact(line, row)
            table = str(row.pop("table", ""))
            if whole:
                for name in (*_DIGESTS, *(("sha256", WHOLE) if is_complete else ("digest",))):
                    row.pop(name, None)
                if is_complete:
                    row |= row.pop(REST, {}) | row.pop(LOOSE, {})
                return table, row
        except STRANGE:
            self.add(_UNREADABLE, id=self.lines)
            return None
        told = N_("line {line} ({table} {id}) is not what was written")
        self.add(told, line=self.lines, table=table, id=_name(row))
        return None

    def _start(self, row: Record) -> None:
        if self.lines > 1 or row.get("format") != FORMAT:
            self.add(_UNREADABLE, id=self.lines)
        self.is_complete = True

    def _end(self, row: Record) -> None:
        self._ended = True
        if row.get("lines") != self.lines:
            told = N_("the export has {lines} lines, its last one says {expected}")
            self.add(told, lines=self.lines, expected=row.get("lines"))

    def _close(self) -> None:
        if not self._ended:
            self.add(N_("the export ends at line {id} without its last line"), id=self.lines)
        if self._lacks_start:
            self.add(N_("the seals of this export can't be compared: it lacks its first line; write it anew"))


def _name(row: Record) -> str:
    """Return the id or key that names a row in a message."""
    for name in ("id", "limit_key", "key", "grant_id", "transaction_id", "hash", "places"):
        if name in row:
            return str(row[name])
    return "—"


def load_export(connection: Connection, lines: Iterable[bytes]) -> ExportReading:
    """Read an export into a scratch database that has the empty tables ``EXPORTED``."""
    reading, loading = ExportReading(), _Loading(connection)
    for number, table, row in reading.rows(lines):
        try:
            loading.add(number, table, row, may_lack=not reading.is_complete)
        except STRANGE:
            reading.add(_UNREADABLE, id=number)
    loading.finish()
    reading.faults += loading.faults
    return reading


@dataclass(slots=True)
class _Loading:
    """Rows on their way into the scratch database, by table, each with the number of its line."""

    connection: Connection
    faults: list[Fault] = field(default_factory=list)
    _waiting: defaultdict[str, list[tuple[int, _Values]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, number: int, table: str, row: Record, *, may_lack: bool) -> None:
        lines = row.pop("lines", ()) if table == "transactions" else ()
        if table == postings.name:
            row.pop("sequence", None)  # the database's own number
        self._queue(number, table, row_shape(table, may_lack).values(row))
        recorded_at = _instant(row.get("recorded_at", _EPOCH)) if lines else None
        for line, account, amount, unit in lines:
            values = (row["id"], _integer(line), _text(account), _integer(amount), _text(unit), recorded_at)
            self._queue(number, postings.name, values)

    def _queue(self, number: int, table: str, values: _Values) -> None:
        waiting = self._waiting[table]
        waiting.append((number, values))
        if len(waiting) >= _AT_ONCE:
            self._flush(table)

    def _flush(self, table: str) -> None:
        rows, statement = self._waiting.pop(table), row_shape(table, False).statement
        try:
            with self.connection.begin_nested():
                self.connection.exec_driver_sql(statement, [values for _, values in rows])
        except IntegrityError:
            for number, values in rows:
                self._insert(number, table, statement, values)

    def _insert(self, number: int, table: str, statement: str, values: _Values) -> None:
        try:
            with self.connection.begin_nested():
                self.connection.exec_driver_sql(statement, values)
        except IntegrityError:
            told = N_("line {line} repeats a row of the table {table}")
            self.faults.append(disagreement(told, line=number, table=table))

    def finish(self) -> None:
        """Write what still waits, and create the indexes."""
        for table in list(self._waiting):
            self._flush(table)
        self.faults += create_indexes(self.connection)


def create_indexes(connection: Connection) -> Iterator[Fault]:
    """Create the indexes of all tables of a scratch database, and yield the unique ones that can't be."""
    for found in EXPORTED.values():
        for index in sorted(found.indexes, key=lambda index: str(index.name)):
            try:
                with connection.begin_nested():
                    index.create(connection)
            except IntegrityError:
                columns = ", ".join(column.name for column in index.columns)
                told = N_("two rows of the table {table} have the same {columns}")
                yield disagreement(told, table=found.name, columns=columns)


_EPOCH = "1970-01-01T00:00:00Z"
PLACEHOLDERS: Mapping[type, object] = {str: "", int: 0, bool: False, date: "1970-01-01", datetime: _EPOCH}


@dataclass(frozen=True, slots=True)
class RowShape:
    """How a row of a table is written into SQLite: its columns, and the insert statement."""

    columns: tuple[tuple[str, Callable[[object], object], object, bool], ...]
    statement: str

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the columns, in the order of the statement."""
        return tuple(name for name, *_ in self.columns)

    def values(self, row: Mapping[str, object]) -> _Values:
        """Return the values in the order of the columns. *Raises*: ValueError, TypeError, KeyError."""
        found, met = [], 0
        for name, read, placeholder, may_lack in self.columns:
            if name in row:
                met += 1
                found.append(read(row[name]))
            elif may_lack:
                found.append(placeholder)
            else:
                raise KeyError(name)
        if met != len(row):
            raise ValueError(f"unknown columns: {sorted(row)}")
        return tuple(found)


@cache
def row_shape(name: str, may_lack: bool) -> RowShape:
    table = EXPORTED[name]
    written = [column for column in table.columns if column is not postings.c.sequence]
    secret = SECRET_COLUMNS.get(name, frozenset())
    columns = tuple((column.name, *_reader(column), may_lack or column.name in secret) for column in written)
    statement = insert(table).values({column.name: None for column in written})
    return RowShape(columns, str(statement.compile(dialect=sqlite.dialect())))


def kind_of(column: Column[Any]) -> type:
    """Return the type of a column's values in Python."""
    return datetime if isinstance(column.type, Instant) else column.type.python_type


def _reader(column: Column[Any]) -> tuple[Callable[[object], object], object]:
    """Return how a value of JSON becomes one of SQLite, and what stands for a value that is not there."""
    kind = kind_of(column)
    read, nullable = _READERS[kind], column.nullable

    def read_value(value: object) -> object:
        if value is None:
            if not nullable:
                raise ValueError(f"{column} has no value")
            return None
        return read(value)

    return read_value, None if nullable else read(PLACEHOLDERS[kind])


def _text(value: object) -> object:
    if type(value) is not str:
        raise TypeError(value)
    return value


def _integer(value: object) -> object:
    if type(value) is not int or not -(2**63) <= value < 2**63:
        raise TypeError(value)
    return value


def _boolean(value: object) -> object:
    if type(value) is not bool:
        raise TypeError(value)
    return value


def _day(value: object) -> object:
    return date.fromisoformat(str(value)).isoformat()


def _instant(value: object) -> object:
    return datetime.fromisoformat(str(value)).astimezone(UTC).isoformat(timespec="microseconds")


_READERS: Mapping[type, Callable[[object], object]] = {
    str: _text,
    int: _integer,
    bool: _boolean,
    date: _day,
    datetime: _instant,
}
