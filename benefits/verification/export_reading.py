"""Read the lines of an export: compare each with its own digests, and check the shape of its row.

A changed byte is reported with its line. What the rows say is for the checks of ``verify_ledger``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from hashlib import sha256
from operator import itemgetter
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Column
from sqlalchemy.dialects import sqlite

from benefits.tables.bundles import ADDED_LATER, Lines, Record
from benefits.tables.exported import EXPORTED, SEAL_TABLES, SECRET_COLUMNS
from benefits.tables.lines import LOOSE, REST, WHOLE, is_complete_line_intact, is_line_intact
from benefits.verification.bundles import disagreement
from benefits.verification.export import END_TABLE, FORMAT, START_TABLE
from benefits.verification.extent import Extent
from core.faults import Fault
from core.text_marks import N_
from store import Instant

STRANGE = (ValueError, AttributeError, KeyError, TypeError, OverflowError)  # raised by rows of another shape
UNREADABLE = N_("line {id} can't be read")
_SEALED_ONLY = frozenset(one.table.name for one in SEAL_TABLES)
_WITH_TEXT = frozenset({"decisions", "entries", "waiting_list"})  # their texts have digests of their own
_DIGESTED = _WITH_TEXT | {"grants", "transactions"}
_Digests = tuple[str, str] | None


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

    def rows(self, lines: Iterable[bytes]) -> Iterator[tuple[int, str, Record, _Digests]]:
        """Yield the number, table, row and digests of every intact line; the faults of all others are collected."""
        for line in lines:
            self.lines += 1
            found = self._parse(line.rstrip(b"\r\n") if line.endswith(b"\n") else line)
            if found is None:
                continue
            table, row, digests = found
            if table == START_TABLE:
                self._start(row)
            elif table == END_TABLE:
                self._end(row)
            elif table in _SEALED_ONLY and not self.is_complete:
                self._lacks_start = True
            elif table in EXPORTED:
                yield self.lines, table, row, digests
            else:
                self.add(N_("line {line}: an export has no table {table}"), line=self.lines, table=table)
        self._close()

    def add(self, message: str, **params: object) -> None:
        """Add a fault."""
        self.faults.append(disagreement(message, **params))

    def _parse(self, line: bytes) -> tuple[str, Record, _Digests] | None:
        try:
            row = from_json(line)
            is_complete = self.is_complete or row["table"] == START_TABLE
            whole = is_complete_line_intact(line, row) if is_complete else is_line_intact(line, row)
            table = str(row.pop("table", ""))
            if whole:
                return table, *_split(table, row, is_complete)
        except STRANGE:
            self.add(UNREADABLE, id=self.lines)
            return None
        told = N_("line {line} ({table} {id}) is not what was written")
        self.add(told, line=self.lines, table=table, id=_name(row))
        return None

    def _start(self, row: Record) -> None:
        if self.lines > 1 or row.get("format") != FORMAT:
            self.add(UNREADABLE, id=self.lines)
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


def _split(table: str, row: Record, is_complete: bool) -> tuple[Record, _Digests]:
    """Return a line's columns, and the two digests of a row that is sealed with its decision or transaction."""
    if table in _WITH_TEXT:
        row.pop("explanation_digest", row.pop("decision_digest", None))
    if not is_complete:
        row.pop("digest", None)
        return row, None
    digest, rest, loose = row.pop("sha256"), row.pop(REST, {}), row.pop(LOOSE, {})
    row.pop(WHOLE)
    digests = (digest, sha256(to_json(rest)).hexdigest()[:16]) if table in _DIGESTED else None
    row |= rest | loose
    return row, digests


def _name(row: Record) -> str:
    """Return the id or key that names a row in a message."""
    for name in ("id", "limit_key", "key", "grant_id", "transaction_id", "hash", "places"):
        if name in row:
            return str(row[name])
    return "—"


_EPOCH = "1970-01-01T00:00:00.000000+00:00"
_KINDS: Mapping[type, tuple[type, object]] = {  # of a column → of its value in JSON, and what stands for none
    str: (str, ""),
    int: (int, 0),
    bool: (bool, False),
    date: (str, "1970-01-01"),
    datetime: (str, _EPOCH),
}


@dataclass(frozen=True, slots=True)
class RowShape:
    """How a row of a table is written into SQLite. ``absent``: the values of columns that are not there."""

    statement: str
    pick: Callable[[Record], tuple[object, ...]]
    types: tuple[frozenset[type], ...]
    converted: tuple[tuple[int, Callable[[Any], object]], ...]
    absent: tuple[object, ...]
    _met: set[tuple[type, ...]] = field(default_factory=set)

    def values(self, row: Record) -> tuple[object, ...]:
        """Return the values in the order of the statement. *Raises*: ValueError, TypeError."""
        values = list(self.pick(row))
        types = tuple(map(type, values))
        if types not in self._met:
            if any(type_ not in allowed for type_, allowed in zip(types, self.types, strict=True)):
                raise TypeError(row)
            self._met.add(types)
        for place, convert in self.converted:
            values[place] = convert(values[place])
        return (*values, *self.absent)


@cache
def row_shape(table: str, names: tuple[str, ...], may_lack: bool) -> RowShape:
    """Return the shape of a table's rows with these columns. *Raises*: ValueError if it has no such rows."""
    columns, secret = EXPORTED[table].c, SECRET_COLUMNS.get(table, frozenset())
    absent = [column for column in columns if column.name not in names and column.autoincrement is not True]
    lacking = set() if may_lack else {column.name for column in absent} - secret - ADDED_LATER
    if lacking or not set(columns.keys()) >= set(names):
        raise ValueError(names)
    quote = sqlite.dialect().identifier_preparer.quote
    listed = ", ".join(quote(name) for name in (*names, *(column.name for column in absent)))
    marks = ", ".join("?" * (len(names) + len(absent)))
    present = [columns[name] for name in names]
    return RowShape(
        f"INSERT INTO {quote(table)} ({listed}) VALUES ({marks})",
        itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],),
        tuple(frozenset({_KINDS[_kind(c)][0], *([type(None)] if c.nullable else ())}) for c in present),
        tuple((place, _CONVERTED[_kind(c)]) for place, c in enumerate(present) if _kind(c) in _CONVERTED),
        tuple(None if column.nullable else _KINDS[_kind(column)][1] for column in absent),
    )


def _kind(column: Column[Any]) -> type:
    return datetime if isinstance(column.type, Instant) else column.type.python_type


def read_lines(found: object) -> Lines:
    """Return the postings of a transaction. *Raises*: ValueError, TypeError."""
    lines: Lines = tuple(map(tuple, found))  # type: ignore[call-overload]
    for number, account, amount, unit in lines:
        if not (type(number) is type(amount) is int and type(account) is type(unit) is str):
            raise TypeError(lines)
        _integer(number), _integer(amount)
    return lines


def _integer(value: int | None) -> int | None:
    if value is not None and not -(2**63) <= value < 2**63:
        raise ValueError(value)
    return value


@lru_cache(maxsize=10_000)
def _day(value: str | None) -> str | None:
    return None if value is None else date.fromisoformat(value).isoformat()


@lru_cache(maxsize=10_000)
def _instant(value: str | None) -> str | None:
    if value is None:
        return None
    return datetime.fromisoformat(value).astimezone(UTC).isoformat(timespec="microseconds")


_CONVERTED: Mapping[type, Callable[[Any], object]] = {int: _integer, date: _day, datetime: _instant}
