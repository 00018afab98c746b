"""Compare the inbox, the outbox, the journal, the acts and members' changes with the sealed batches of their rows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, Row, select

from benefits.tables.rulebook import rule_acts
from core.faults import Fault, FaultTable
from core.text_marks import N_
from events.outcome_events import OUTBOX_RETENTION
from events.tables import ACT_BATCHES, JOURNAL_BATCHES
from members.tables import MEMBER_CHANGE_BATCHES
from store import (
    INBOX_BATCHES,
    OUTBOX_BATCHES,
    BatchedTable,
    erased_rows,
    outbox,
    read_batch_states,
    read_row_batches,
)

_REMEDY = N_("compare with a backup from before")
BATCH_FAULTS = FaultTable(
    "row_batch",
    {
        "changed": (
            N_(
                "{table}: the {count} rows of batch {batch}, of {at}, are not what was sealed: {present} are there, the first is {first}, and {erased} were erased"
            ),
            _REMEDY,
        ),
        "vanished": (
            N_("{table}: the {count} rows of batch {batch}, of {at}, are gone, and no erasure is recorded"),
            _REMEDY,
        ),
        "unknown": (
            N_("{table}: {present} rows, the first is {first}, belong to no batch that was sealed"),
            _REMEDY,
        ),
        "no_act": (N_("{table}: row {row} was erased by act {act}, which erased nobody"), _REMEDY),
    },
)
BATCHED_TABLES: tuple[BatchedTable, ...] = (
    INBOX_BATCHES,
    JOURNAL_BATCHES,
    ACT_BATCHES,
    MEMBER_CHANGE_BATCHES,
    OUTBOX_BATCHES,
)


@dataclass(slots=True)
class RowBatchCheck:
    """The rows that were erased with a person, proved by their digests, and the faults."""

    erased: int = 0
    faults: list[Fault] = field(default_factory=list)


def check_row_batches(
    connection: Connection, now: datetime, more: Sequence[BatchedTable] = ()
) -> RowBatchCheck:
    """Compare every batch with its rows; the batches themselves are compared by ``verify_ledger``.

    ``more`` are batched tables of rooms above this one.
    Messages that are old enough to be deleted by ``purge_outbox`` may be missing.
    """
    check = RowBatchCheck()
    for batched in (*BATCHED_TABLES, *more):
        purged_before = now - OUTBOX_RETENTION if batched.table is outbox else None
        check.faults += _of_table(connection, batched, check, purged_before)
    check.faults += _without_act(connection)
    return check


def _of_table(
    connection: Connection, batched: BatchedTable, check: RowBatchCheck, purged_before: datetime | None
) -> Iterator[Fault]:
    table, recorded = batched.table.name, _Recorded(read_row_batches(connection, batched))

    def may_lack(batch: Row[Any]) -> bool:
        return purged_before is not None and bool(batch.recorded_at < purged_before)

    def vanished(batches: Iterable[Row[Any]]) -> Iterator[Fault]:
        for batch in batches:
            if not may_lack(batch):
                at = batch.recorded_at.isoformat()
                yield BATCH_FAULTS.build(
                    "vanished", table=table, batch=batch.number, count=batch.row_count, at=at
                )

    for state in read_batch_states(connection, batched):
        check.erased += state.erased
        yield from vanished(recorded.take_before(state.number))
        batch = recorded.take(state.number)
        if batch is None:
            yield BATCH_FAULTS.build("unknown", table=table, present=state.present, first=state.first)
        elif state.present + state.erased < batch.row_count and may_lack(batch):
            continue
        elif (batch.row_count, batch.digest) != (state.present + state.erased, state.digest):
            yield BATCH_FAULTS.build(
                "changed",
                table=table,
                batch=batch.number,
                count=batch.row_count,
                at=batch.recorded_at.isoformat(),
                present=state.present,
                first=state.first,
                erased=state.erased,
            )
    yield from vanished(recorded.take_before(None))


class _Recorded:
    """Batches by number, of which one at a time is in memory."""

    def __init__(self, batches: Iterator[Row[Any]]) -> None:
        self._batches = batches
        self._next = next(batches, None)

    def take_before(self, number: int | None) -> Iterator[Row[Any]]:
        """Yield the batches before a number; all that are left (None)."""
        while (one := self._next) is not None and (number is None or one.number < number):
            self._next = next(self._batches, None)
            yield one

    def take(self, number: int) -> Row[Any] | None:
        """Return the batch of a number, if there is one."""
        one = self._next
        if one is None or one.number != number:
            return None
        self._next = next(self._batches, None)
        return one


def _without_act(connection: Connection) -> Iterator[Fault]:
    """Yield the erased rows whose act is not the erasure of a person at that time."""
    c, act = erased_rows.c, rule_acts.c
    query = select(c.table_name, c.sequence, c.act, c.recorded_at, act.act.label("kind"), act.detail, act.at)
    for row in connection.execute(query.outerjoin(rule_acts, rule_acts.c.sequence == c.act).order_by(c.id)):
        if (row.kind, row.at) != ("erased", row.recorded_at) or not _names_a_member(row.detail):
            yield BATCH_FAULTS.build("no_act", table=row.table_name, row=row.sequence, act=row.act)


def _names_a_member(detail: str) -> bool:
    try:
        return bool(from_json(detail)["member"])
    except (ValueError, KeyError, TypeError):  # the act was tampered with; its seal reports it
        return False
