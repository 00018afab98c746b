"""Rows that are sealed in batches: one digest for all rows that a transaction writes into a table.

The rows of a hot table (inbox, journal, …) would be too many to be named one by one in a seal. A batch has a
number, the count of its rows and one digest; ``row_batches`` holds these, and is sealed itself. A row that is
erased lawfully leaves its digest in ``erased_rows``, so that the digest of its batch can still be computed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import groupby
from typing import Any

from pydantic_core import to_json
from sqlalchemy import ColumnElement, Connection, Row, RowMapping, Table, delete, insert, select, update

from store.insertion import append_rows
from store.tables import erased_rows, inbox, metadata, outbox, row_batches

DIGEST_LENGTH = 32  # hexadecimal digits: 128 bits of SHA-256
ERASED_PREFIX = '{"erased":"'  # of a text that was erased; its digest follows
_PORTION = 1_000
Values = Mapping[str, Any] | RowMapping


@dataclass(frozen=True, slots=True)
class BatchedTable:
    """A table whose rows are sealed in batches: the columns that a digest covers, and the order of rows.

    Of ``texts`` it covers the digests alone: these can be erased while their row stays proved.
    """

    table: Table
    columns: tuple[str, ...]
    order: tuple[str, ...] = ("sequence",)
    texts: frozenset[str] = frozenset()


OUTBOX_BATCHES = BatchedTable(outbox, ("id", "key", "type", "data", "recorded_at", "traceparent"))
INBOX_BATCHES = BatchedTable(inbox, ("source", "id", "digest", "recorded_at"), ("source", "id"))


def row_digest(batched: BatchedTable, row: Values) -> str:
    """Return the digest of one row."""
    texts = batched.texts
    values = [text_digest(row[name]) if name in texts else row[name] for name in batched.columns]
    plain = [value.astimezone(UTC) if isinstance(value, datetime) else value for value in values]
    return sha256(to_json(plain)).hexdigest()[:DIGEST_LENGTH]


def text_digest(text: str) -> str:
    """Return the digest of a text; an erased one contains the digest that it had."""
    if text.startswith(ERASED_PREFIX):
        return text[len(ERASED_PREFIX) : len(ERASED_PREFIX) + DIGEST_LENGTH]
    return sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]


def batch_digest(digests: Iterable[str]) -> str:
    """Return the digest of a batch from those of its rows, in their order."""
    return sha256("".join(digests).encode()).hexdigest()[:DIGEST_LENGTH]


def open_batch(connection: Connection, batched: BatchedTable, now: datetime) -> int:
    """Begin a batch whose rows aren't known yet, and return its number."""
    row = {"table_name": batched.table.name, "row_count": 0, "digest": "", "recorded_at": now}
    return int(
        connection.execute(insert(row_batches).values(row).returning(row_batches.c.number)).scalar_one()
    )


def close_batch(
    connection: Connection, batched: BatchedTable, number: int, rows: Sequence[Values]
) -> list[str]:
    """Record what was written in a batch; one without rows is forgotten."""
    here = row_batches.c.number == number
    if not rows:
        connection.execute(delete(row_batches).where(here))
        return []
    digest = batch_digest(row_digest(batched, row) for row in rows)
    connection.execute(update(row_batches).where(here).values(row_count=len(rows), digest=digest))
    return [str(number)]


def find_rows_to_erase(
    connection: Connection, batched: BatchedTable, where: ColumnElement[bool]
) -> list[dict[str, Any]]:
    """Return what ``erase_recorded_rows`` records of rows and erases: where they stand, and their digests."""
    table = batched.table
    found = connection.execute(select(table).where(where).order_by(table.c.sequence)).mappings().all()
    return [_record_row_to_erase(batched, row) for row in found]


def _record_row_to_erase(batched: BatchedTable, row: Values) -> dict[str, Any]:
    """Return what ``erase_recorded_rows`` records of one row."""
    return {
        "id": f"{batched.table.name}:{row['sequence']}",
        "table_name": batched.table.name,
        "batch": row["batch"],
        "sequence": row["sequence"],
        "digest": row_digest(batched, row),
    }


def erase_recorded_rows(
    connection: Connection, rows: Sequence[Mapping[str, Any]], act: int, now: datetime
) -> list[str]:
    """Record rows and the officer's act that erases them, and delete them; return the ids of the records.

    The record comes first: without it the database refuses the deletion (``store.guards``).
    """
    append_rows(connection, erased_rows, [{**row, "act": act, "recorded_at": now} for row in rows])
    by_table: dict[str, list[int]] = {}
    for row in rows:
        by_table.setdefault(row["table_name"], []).append(row["sequence"])
    for name, numbers in by_table.items():
        table = metadata.tables[name]
        for start in range(0, len(numbers), _PORTION):
            some = numbers[start : start + _PORTION]
            connection.execute(delete(table).where(table.c.sequence.in_(some)))
    return [row["id"] for row in rows]


@dataclass(frozen=True, slots=True)
class BatchState:
    """The rows of a batch as they are now; ``first`` names the earliest."""

    number: int
    digest: str
    present: int
    erased: int
    first: str


def read_batch_states(connection: Connection, batched: BatchedTable) -> Iterator[BatchState]:
    """Yield every batch of which rows are there or were erased, with the digest computed anew."""
    table = batched.table
    gone: dict[int, list[tuple[tuple[Any, ...], str]]] = {}
    query = select(erased_rows.c.batch, erased_rows.c.sequence, erased_rows.c.digest)
    for row in connection.execute(query.where(erased_rows.c.table_name == table.name)):
        gone.setdefault(row.batch, []).append(((row.sequence,), row.digest))
    names = {*batched.columns, *batched.order, "batch"}
    ordered = select(*(table.c[name] for name in sorted(names))).order_by(table.c.batch)
    rows = connection.execute(ordered.execution_options(yield_per=1_000)).mappings()
    for number, some in groupby(rows, key=lambda row: int(row["batch"])):
        met = [(tuple(row[name] for name in batched.order), row_digest(batched, row)) for row in some]
        yield _state(number, met, gone.pop(number, []))
    for number, left in gone.items():
        yield _state(number, [], left)


def _state(
    number: int, met: list[tuple[tuple[Any, ...], str]], gone: list[tuple[tuple[Any, ...], str]]
) -> BatchState:
    whole = sorted(met + gone)
    first = " ".join(str(part) for part in whole[0][0])
    return BatchState(number, batch_digest(digest for _, digest in whole), len(met), len(gone), first)


def read_row_batches(connection: Connection, batched: BatchedTable) -> dict[int, Row[Any]]:
    """Return the batches of a table as they were recorded, by number."""
    query = select(row_batches).where(row_batches.c.table_name == batched.table.name)
    return {row.number: row for row in connection.execute(query)}
