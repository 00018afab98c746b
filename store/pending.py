"""Rows of sealed tables that a transaction appends: collected, and written together before its commit.

A batch of events appends to the same few tables at each day that it passes. Collected, the rows of a table are
one INSERT and one batch (``store.row_batches``), and everything that is to be sealed is one row of the queue.

Nothing in the transaction sees the difference: a statement that names one of these tables makes the collected
rows be written first. Outside of ``Database.write`` nothing is collected, and each call writes at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection, Engine, bindparam, event, func, insert

from store.insertion import append_rows
from store.row_batches import BatchedTable, Values, open_batch, open_single_batches
from store.tables import row_batches, unsealed

SEAL_LANES = 8
_KEY = "yihui.pending"
_WRITES = ("INSERT", "UPDATE")
_MOST_WAITING = (
    5_000  # rows or ids: more are written at once, so that neither memory nor a seal grows without bound
)
_WRITTEN_WITH_THEM = (unsealed.name, row_batches.name)
_QUEUE = insert(unsealed).values(rows=bindparam("rows"), recorded_at=bindparam("recorded_at"))


@dataclass(slots=True)
class _PendingBatch:
    """Rows of one table with the same columns, in order; ``now`` is when the first of them was appended."""

    batched: BatchedTable
    now: datetime
    rows: list[Values] = field(default_factory=list)


@dataclass(slots=True)
class PendingRows:
    """What a transaction has appended and not written yet."""

    batches: dict[str, _PendingBatch] = field(default_factory=dict)
    queued: dict[str, list[str]] = field(default_factory=dict)  # table → ids that are to be sealed
    queued_at: datetime | None = None
    count: int = 0  # of rows and ids

    def is_read_by(self, statement: str) -> bool:
        """Return whether a statement names a table whose rows wait, or reads the batches or the queue.

        No INSERT and no UPDATE reads the batches or the queue.
        """
        if not (self.batches or self.queued):
            return False
        if any(name in statement for name in self.batches):
            return True
        return not statement.startswith(_WRITES) and any(name in statement for name in _WRITTEN_WITH_THEM)

    def append(self, batched: BatchedTable, rows: Sequence[Values], now: datetime) -> None:
        waiting = self.batches.setdefault(batched.table.name, _PendingBatch(batched, now))
        waiting.rows += rows
        self.count += len(rows)

    def fits(self, batched: BatchedTable, rows: Sequence[Values]) -> bool:
        """Return whether rows have the columns of those that wait."""
        waiting = self.batches.get(batched.table.name)
        return waiting is None or waiting.rows[0].keys() == rows[0].keys()

    def queue(self, rows: Mapping[str, Sequence[str]], now: datetime) -> None:
        for table, ids in rows.items():
            if ids:
                self.queued.setdefault(table, []).extend(ids)
                self.count += len(ids)
                self.queued_at = self.queued_at or now

    def write(self, connection: Connection) -> None:
        """Write what waits: the rows, their batches, and one row of the queue."""
        batches, queued, at = self.batches, self.queued, self.queued_at
        self.forget()
        for waiting in batches.values():
            queued.setdefault(row_batches.name, []).extend(_write_batch(connection, waiting))
            at = at or waiting.now
        if at is not None:
            lane = func.mod(func.pg_backend_pid(), SEAL_LANES) if _is_postgresql(connection) else 0
            connection.execute(
                _QUEUE.values(lane=lane), {"rows": to_json(queued).decode(), "recorded_at": at}
            )

    def write_many(self, connection: Connection) -> None:
        """Write what waits, if that is much."""
        if self.count >= _MOST_WAITING:
            self.write(connection)

    def forget(self) -> None:
        self.batches, self.queued, self.queued_at, self.count = {}, {}, None, 0


def _is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _write_batch(connection: Connection, waiting: _PendingBatch) -> list[str]:
    batched, now, rows = waiting.batched, waiting.now, waiting.rows
    if batched.singly:
        numbers = open_single_batches(connection, batched, now, rows)
    else:
        numbers = [open_batch(connection, batched, now, rows)] * len(rows)
    numbered = zip(rows, numbers, strict=True)
    append_rows(connection, batched.table, [{**row, "batch": number} for row, number in numbered])
    return [*dict.fromkeys(map(str, numbers))]


def append_batch(
    connection: Connection, batched: BatchedTable, rows: Sequence[Values], now: datetime
) -> None:
    """Append rows of a sealed table, in order, to the transaction's batch of this table."""
    if not rows:
        return
    pending: PendingRows | None = connection.info.get(_KEY)
    if pending is None:
        alone = PendingRows()
        alone.append(batched, rows, now)
        alone.write(connection)
        return
    if not pending.fits(batched, rows):
        pending.write(connection)
    pending.append(batched, rows, now)
    pending.write_many(connection)


def enqueue_for_sealing(connection: Connection, rows: Mapping[str, Sequence[str]], now: datetime) -> None:
    """Queue the rows that this transaction wrote, as ids by table: decisions, transactions, reversals.

    A decision is sealed with its entry or place on the waiting list, a transaction with its lines, and a
    promise also with its grant and slots. Batches of rows (``append_batch``) are queued by themselves.
    An uncommitted row is not queued. SQLite has one writer and one lane; PostgreSQL spreads its connections
    over several lanes, so that sealing one lane blocks no other.
    """
    pending: PendingRows | None = connection.info.get(_KEY)
    if pending is not None:
        pending.queue(rows, now)
        pending.write_many(connection)
        return
    alone = PendingRows()
    alone.queue(rows, now)
    alone.write(connection)


@contextmanager
def collect_pending_rows(connection: Connection) -> Iterator[None]:
    """Collect what a transaction appends, and write it at the end of the block; forget it on an exception."""
    info = connection.info  # a connection that was lost gives none any more
    pending = info[_KEY] = PendingRows()
    try:
        yield
        pending.write(connection)
    finally:
        if info.get(_KEY) is pending:  # of a lost connection another transaction may have the same by now
            del info[_KEY]


def write_pending_rows_before_reading(engine: Engine) -> None:
    """Make an engine write collected rows before a statement that names their table, and before a savepoint."""
    event.listen(engine, "before_cursor_execute", _write_if_read)
    event.listen(engine, "savepoint", _write)
    event.listen(engine, "rollback_savepoint", _forget)


def _write_if_read(connection: Connection, _cursor: object, statement: str, *_: Any) -> None:
    pending: PendingRows | None = connection.info.get(_KEY)
    if pending is not None and pending.is_read_by(statement):
        pending.write(connection)


def _write(connection: Connection, _name: str) -> None:
    pending: PendingRows | None = connection.info.get(_KEY)
    if pending is not None:
        pending.write(connection)


def _forget(connection: Connection, _name: str, _context: object) -> None:
    if connection.invalidated:  # it was lost, and the transaction with it
        return
    pending: PendingRows | None = connection.info.get(_KEY)
    if pending is not None:
        pending.forget()


def write_before_shared_locks(connection: Connection) -> None:
    """On PostgreSQL write what waits: the caller now locks rows for which other writers wait until the commit."""
    pending: PendingRows | None = connection.info.get(_KEY)
    if pending is not None and _is_postgresql(connection):
        pending.write(connection)
