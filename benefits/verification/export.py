"""The canonical export, which defines "the same ledger" byte for byte.

It leaves out sequence numbers, times of recording and the bounds at each decision: these depend on when
a runner worked, not on what was decided. It leaves out the texts of appeals, which are the member's
own.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, String, Table, select

from benefits.tables.appeals import appeal_answers, appeals, rule_contents
from benefits.tables.bundles import (
    NON_CANONICAL_COLUMNS,
    Record,
    canonical_record,
    iter_decision_bundles,
    iter_orphan_records,
)
from benefits.tables.clawback import clawbacks, debt_acts
from benefits.tables.decisions import counters
from benefits.tables.draws import (
    claims,
    draw_results,
    draws,
    waiting_lines,
    waiting_moves,
    withdrawals,
)
from benefits.tables.lines import render_export_line
from benefits.tables.payout import payout_answers, payout_batches, payout_orders, payout_returns
from benefits.tables.vouchers import redemptions, refunds
from benefits.verification.offline import END_TABLE
from benefits.verification.offline_seals import seal_rows

# Rows that belong to a decision are written with it; these tables follow.
_TABLES: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (counters, ("key",)),
    (draws, ("id",)),
    (draw_results, ("draw_id",)),
    (withdrawals, ("id",)),
    (waiting_lines, ("places",)),
    (waiting_moves, ("waiting_id",)),
    (claims, ("decision_id",)),
    (rule_contents, ("hash",)),
    (appeals, ("id",)),
    (appeal_answers, ("appeal_id",)),
    (clawbacks, ("id",)),
    (debt_acts, ("debt_id", "number")),
    (redemptions, ("id",)),
    (refunds, ("id",)),
    (payout_batches, ("id",)),
    (payout_orders, ("reference",)),
    (payout_returns, ("id",)),
    (payout_answers, ("reference", "number")),
)
_WHEN = frozenset({"prepared_at", "decided_at", "exported_at", "imported_at"})


def canonical_export_lines(connection: Connection, *, seals: bool = False) -> Iterator[str]:
    """Yield one JSON object a line, each with a digest: decisions by id with their rows, then other tables.

    The last line states the number of lines. With ``seals`` the hash chains come first, so that the
    export proves itself even against somebody who recomputes the digests; such an export differs between
    equal ledgers.
    """
    written = 0
    for table, row in seal_rows(connection) if seals else ():
        written += 1
        yield _line(table, row)
    for table, row in _rows(connection):
        written += 1
        yield _line(table, row)
    yield _line(END_TABLE, {"lines": written + 1})


def _rows(connection: Connection) -> Iterator[tuple[str, Record]]:
    for bundle in iter_decision_bundles(connection):
        yield from bundle.records()
    yield from iter_orphan_records(connection)
    for table, key in _TABLES:
        columns = [column for column in table.columns if column.name not in NON_CANONICAL_COLUMNS | _WHEN]
        query = select(*columns).order_by(*(_bytewise(table.c[name], connection) for name in key))
        for found in connection.execute(query.execution_options(yield_per=1000)).mappings():
            yield table.name, dict(found)


def _line(table: str, row: Record) -> str:
    return render_export_line(table, canonical_record(row))[0].decode()


def _bytewise(column: Column[Any], connection: Connection) -> ColumnElement[Any]:
    """Sort text by its bytes, whatever the collation of the database."""
    if connection.dialect.name == "postgresql" and isinstance(column.type, String):
        return column.collate("C")
    return column
