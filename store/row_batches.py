"""Rows that are sealed in batches: one digest for all rows that a transaction writes into a table.

The rows of a hot table (inbox, journal, …) would be too many to be named one by one in a seal. A batch has a
number, the count of its rows and one digest; ``row_batches`` holds these, and is sealed itself. A row that is
erased lawfully leaves its digest in ``erased_rows``, so that the digest of its batch can still be computed.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import groupby
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import ColumnElement, Connection, Row, RowMapping, Table, delete, insert, select, update

from store.insertion import append_rows
from store.tables import Instant, erased_rows, inbox, metadata, outbox, row_batches

DIGEST_LENGTH = 32  # hexadecimal digits: 128 bits of SHA-256
ERASED_PREFIX = '{"erased":"'  # of a text that was erased; its digest follows
_DATA, _ERASED = "data", "erased"
_PORTION = 1_000
_OPEN = insert(row_batches).returning(row_batches.c.number)
Values = Mapping[str, Any] | RowMapping


@dataclass(frozen=True, slots=True)
class BatchedTable:
    """A table whose rows are sealed in batches: the columns that a digest covers, and the order of rows.

    Of ``texts`` it covers the digests alone: these can be erased while their row stays proved. Of the JSON ``data``,
    in which ``typed`` names can be emptied, it covers the digest and all other values. With ``singly`` each row is a
    batch of its own, so that a fault names the row.
    """

    table: Table
    columns: tuple[str, ...]
    order: tuple[str, ...] = ("sequence",)
    texts: frozenset[str] = frozenset()
    typed: frozenset[str] = frozenset()
    singly: bool = False


OUTBOX_BATCHES = BatchedTable(outbox, ("id", "key", "type", "data", "recorded_at"))
INBOX_BATCHES = BatchedTable(inbox, ("source", "id", "digest", "recorded_at"), ("source", "id"))


def row_digests(batched: BatchedTable, rows: Sequence[Values]) -> list[str]:
    """Return the digest of each row."""
    columns = [_digested(batched, name, [row[name] for row in rows]) for name in batched.columns]
    return [sha256(to_json(values)).hexdigest()[:DIGEST_LENGTH] for values in zip(*columns, strict=True)]


def _digested(batched: BatchedTable, name: str, values: list[Any]) -> list[Any]:
    """Return the values of a column as digests cover them."""
    if name in batched.texts:
        return [text_digest(text) for text in values]
    if name == _DATA and batched.typed:
        return [(text_digest(text), _without_typed(text, batched.typed)) for text in values]
    if isinstance(batched.table.c[name].type, Instant):
        return [instant and instant.astimezone(UTC) for instant in values]
    return values


def text_digest(text: str) -> str:
    """Return the digest of a text; an erased one contains the digest that it had."""
    if text.startswith(ERASED_PREFIX):
        return text[len(ERASED_PREFIX) : len(ERASED_PREFIX) + DIGEST_LENGTH]
    return sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]


def _without_typed(text: str, typed: frozenset[str]) -> object:
    """Return the values of a history's data that no erasure changes; of a text that isn't such data, the text."""
    try:
        data = from_json(text)
    except ValueError:
        return text
    if not isinstance(data, dict):
        return text
    return sorted((name, value) for name, value in data.items() if name not in typed and name != _ERASED)


def batch_digest(digests: Iterable[str]) -> str:
    """Return the digest of a batch from those of its rows, in their order."""
    return sha256("".join(digests).encode()).hexdigest()[:DIGEST_LENGTH]


def open_batch(
    connection: Connection, batched: BatchedTable, now: datetime, rows: Sequence[Values] = ()
) -> int:
    """Record a batch of rows, and return its number; ``close_batch`` follows where its rows aren't known yet."""
    digest = batch_digest(row_digests(batched, rows)) if rows else ""
    return int(connection.execute(_OPEN, _batch_row(batched, now, len(rows), digest)).scalar_one())


def open_single_batches(
    connection: Connection, batched: BatchedTable, now: datetime, rows: Sequence[Values]
) -> list[int]:
    """Record a batch for each row, and return their numbers."""
    made = [_batch_row(batched, now, 1, batch_digest([one])) for one in row_digests(batched, rows)]
    opened = insert(row_batches).returning(row_batches.c.number, sort_by_parameter_order=True)
    return [*connection.execute(opened, made).scalars()]


def _batch_row(batched: BatchedTable, now: datetime, count: int, digest: str) -> dict[str, object]:
    return {"table_name": batched.table.name, "row_count": count, "digest": digest, "recorded_at": now}


def close_batch(
    connection: Connection, batched: BatchedTable, number: int, rows: Sequence[Values]
) -> list[str]:
    """Record what was written in a batch; one without rows is forgotten."""
    here = row_batches.c.number == number
    if not rows:
        connection.execute(delete(row_batches).where(here))
        return []
    digest = batch_digest(row_digests(batched, rows))
    connection.execute(update(row_batches).where(here).values(row_count=len(rows), digest=digest))
    return [str(number)]


def find_rows_to_erase(
    connection: Connection, batched: BatchedTable, where: ColumnElement[bool]
) -> list[dict[str, Any]]:
    """Return what ``erase_recorded_rows`` records of rows and erases: where they stand, and their digests."""
    table = batched.table
    found = connection.execute(select(table).where(where).order_by(table.c.sequence)).mappings().all()
    return [
        {
            "id": f"{table.name}:{row['sequence']}",
            "table_name": table.name,
            "batch": row["batch"],
            "sequence": row["sequence"],
            "digest": digest,
        }
        for row, digest in zip(found, row_digests(batched, found), strict=True)
    ]


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


def are_as_sealed(connection: Connection, batched: BatchedTable, where: ColumnElement[bool]) -> bool:
    """Return whether the batches of some rows are as they were recorded: nobody has changed these rows."""
    c = row_batches.c
    numbers = [*connection.execute(select(batched.table.c.batch).where(where).distinct()).scalars()]
    own = c.number.in_(numbers) & (c.table_name == batched.table.name)
    recorded = connection.execute(select(c.number, c.row_count, c.digest).where(own))
    states = read_batch_states(connection, batched, numbers)
    there = [(one.number, one.present + one.erased, one.digest) for one in states]
    return sorted(there) == sorted(tuple(row) for row in recorded) and len(there) == len(numbers)


def read_batch_states(
    connection: Connection, batched: BatchedTable, numbers: Collection[int] | None = None
) -> Iterator[BatchState]:
    """Yield every batch, or some, of which rows are there or were erased, by number, with the digest computed anew."""
    table = batched.table
    gone: dict[int, list[tuple[tuple[Any, ...], str]]] = {}
    query = select(erased_rows.c.batch, erased_rows.c.sequence, erased_rows.c.digest)
    for row in connection.execute(query.where(erased_rows.c.table_name == table.name)):
        if numbers is None or row.batch in numbers:
            gone.setdefault(row.batch, []).append(((row.sequence,), row.digest))
    names = {*batched.columns, *batched.order, "batch"}
    ordered = select(*(table.c[name] for name in sorted(names))).order_by(table.c.batch)
    if numbers is not None:
        ordered = ordered.where(table.c.batch.in_(numbers))
    rows = connection.execute(ordered.execution_options(yield_per=1_000)).mappings()
    left = deque(sorted(gone))
    for number, some in groupby(rows, key=lambda row: int(row["batch"])):
        while left and left[0] < number:
            erased = left.popleft()
            yield _state(erased, [], gone.pop(erased))
        if left and left[0] == number:
            left.popleft()
        present = list(some)
        keys = [tuple(row[name] for name in batched.order) for row in present]
        met = [*zip(keys, row_digests(batched, present), strict=True)]
        yield _state(number, met, gone.pop(number, []))
    for number in left:
        yield _state(number, [], gone[number])


def _state(
    number: int, met: list[tuple[tuple[Any, ...], str]], gone: list[tuple[tuple[Any, ...], str]]
) -> BatchState:
    whole = sorted(met + gone)
    first = " ".join(str(part) for part in whole[0][0])
    return BatchState(number, batch_digest(digest for _, digest in whole), len(met), len(gone), first)


def read_row_batches(connection: Connection, batched: BatchedTable) -> Iterator[Row[Any]]:
    """Yield the batches of a table as they were recorded, by number."""
    query = select(row_batches).where(row_batches.c.table_name == batched.table.name)
    ordered = query.order_by(row_batches.c.number).execution_options(yield_per=1_000)
    yield from connection.execute(ordered)
