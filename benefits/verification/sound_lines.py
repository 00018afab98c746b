"""Read the lines of an export that is sound: each must be, byte for byte, how its row is written today.

No key stands twice or in another order, no number and no instant has another form. So the digest of a line's
bytes is that of its row.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Column, Table

from benefits.tables.bundles import BUNDLE_TABLES, Record, canonical_record, runner_columns
from benefits.tables.exported import CANONICAL_TABLES, EXPORTED, RUN_TABLES, SEAL_TABLES
from benefits.tables.lines import (
    BODY_START,
    LOOSE,
    REST,
    WHOLE,
    WHOLE_LENGTH,
    explanation_digest,
    short_digest,
)
from benefits.verification.export_reading import PLACEHOLDERS, kind_of, row_shape

BUNDLES = 2  # the rank of decisions and their rows, between seals and the other tables
_VALUES: Mapping[type, type] = {date: str, datetime: str}  # of a column → of its value in JSON


class OddExportError(Exception):
    """An export that may be sound or not: its lines must be read one by one."""


def parse_line(line: bytes) -> Record:
    """Parse a line. *Raises*: OddExportError if its row is written in another way today, ValueError."""
    row: Record = from_json(line)
    if to_json(row) != line:
        raise OddExportError
    return row


@dataclass(frozen=True, slots=True)
class LineShape:
    """How the lines of a table are written: the order of all keys, and the types of the columns' values."""

    rank: int  # of the table in the order of an export
    is_complete: bool  # in an export with seals
    keys: tuple[str, ...]
    rest: tuple[str, ...]
    loose: tuple[str, ...]
    text: str | None  # the column with facts about a person
    mark: bytes | None  # what follows the body, if anything does
    pick: Callable[[Record], tuple[object, ...]]
    absent: Mapping[str, object]  # what stands for columns that no export holds
    types: tuple[frozenset[type], ...]
    days: tuple[str, ...]
    instants: tuple[str, ...]
    statement: str
    met: set[tuple[type, ...]] = field(default_factory=set)

    def check(self, row: Record, line: bytes) -> str:
        """Compare a line with its digests, add the columns behind its body to the row, return the body's digest.

        *Raises*: OddExportError, KeyError, TypeError, ValueError.
        """
        if tuple(row) != self.keys:
            raise OddExportError
        tail = WHOLE_LENGTH if self.is_complete else 1
        end = line.index(self.mark, BODY_START) if self.mark else len(line) - tail
        digest = short_digest(line[BODY_START:end])
        if digest != row[self.keys[0]]:
            raise OddExportError
        if self.text and row[f"{self.text}_digest"] != explanation_digest(row[self.text]):
            raise OddExportError
        row |= self.absent
        if not self.is_complete:
            return digest
        if row[WHOLE] != short_digest(line[:-WHOLE_LENGTH]):
            raise OddExportError
        for key, names in ((REST, self.rest), (LOOSE, self.loose)):
            if names:
                columns = row[key]
                if type(columns) is not dict or tuple(columns) != names:
                    raise OddExportError
                row |= columns
        return digest

    def values(self, row: Record) -> tuple[object, ...]:
        """Return the values as SQLite stores them. *Raises*: OddExportError, KeyError, TypeError, ValueError."""
        for name in self.instants:
            row[name] = _stored_instant(row[name])
        values = self.pick(row)
        types = tuple(map(type, values))
        if types not in self.met:
            if not all(type_ in allowed for type_, allowed in zip(types, self.types, strict=True)):
                raise OddExportError
            self.met.add(types)
        for name in self.days:
            _check_day(row[name])
        return values


@lru_cache(maxsize=10_000)
def _check_day(text: str | None) -> None:
    if text is not None and date.fromisoformat(text).isoformat() != text:
        raise OddExportError


@lru_cache(maxsize=10_000)
def _stored_instant(text: str | None) -> str | None:
    if text is None:
        return None
    at = datetime.fromisoformat(text).astimezone(UTC)
    if to_json(at)[1:-1].decode() != text:
        raise OddExportError
    return at.isoformat(timespec="microseconds")


@cache
def line_shapes(is_complete: bool) -> Mapping[str, LineShape]:
    """Return how the lines of all tables are written, in an export with seals or without."""
    found = {
        name: _shape(BUNDLES, EXPORTED[name], EXPORTED[name].columns, (), is_complete)
        for name in BUNDLE_TABLES
    }
    before, after = (SEAL_TABLES, (*CANONICAL_TABLES, *RUN_TABLES)) if is_complete else ((), CANONICAL_TABLES)
    for rank, one in (*enumerate(before), *enumerate(after, BUNDLES + 1)):
        columns, loose = (one.columns, one.loose_columns) if is_complete else (one.canonical_columns, ())
        found[one.table.name] = _shape(rank, one.table, columns, sorted(loose), is_complete)
    return found


def _shape(
    rank: int, table: Table, columns: Iterable[Column[Any]], loose: Sequence[str], is_complete: bool
) -> LineShape:
    here = {column.name: column for column in columns}
    fixed = {name: column for name, column in here.items() if name not in loose}
    body, rest = list(canonical_record(fixed)), list(runner_columns(fixed)) if is_complete else []
    text = next((name for name in ("explanation", "decision") if name in body), None)
    if text:
        body.remove(text)
        body.append(f"{text}_digest")
    if table.name == "transactions":
        body.append("lines")
    # Keys after the body, and how their values begin.
    behind: list[tuple[str, str]] = [(text, '"')] if text else []
    behind += [(key, "{") for key, names in ((REST, rest), (LOOSE, loose)) if names]
    stored = row_shape(table.name, False)
    kinds = {name: kind_of(table.c[name]) for name in stored.names}
    return LineShape(
        rank=rank,
        is_complete=is_complete,
        keys=(
            *("sha256" if is_complete else "digest", "table", *body),
            *(key for key, _ in behind),
            *([WHOLE] if is_complete else []),
        ),
        rest=tuple(rest),
        loose=tuple(loose),
        text=text,
        mark=',"{}":{}'.format(*behind[0]).encode() if behind else None,
        pick=itemgetter(*kinds) if len(kinds) > 1 else lambda row: tuple(row[name] for name in kinds),
        absent={
            name: None if table.c[name].nullable else PLACEHOLDERS[kind]
            for name, kind in kinds.items()
            if name not in {*body, *rest, *loose, text}
        },
        types=tuple(
            frozenset({_VALUES.get(kind, kind)} | ({type(None)} if table.c[name].nullable else set()))
            for name, kind in kinds.items()
        ),
        days=tuple(name for name, kind in kinds.items() if kind is date),
        instants=tuple(name for name, kind in kinds.items() if kind is datetime),
        statement=stored.statement,
    )
