"""The canonical export: what "the same ledger" means, byte for byte.

Without sequence numbers, recorded times and the bounds as they stood: they tell when a runner worked, not
what was decided. Without the words of appeals: they are a member's own.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, String, Table, select

from benefits.tables.appeals import appeal_answers, appeals, rule_contents
from benefits.tables.bundles import LEFT_OUT, Record, bundles, canonical, orphans
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
from benefits.tables.lines import render
from benefits.tables.payout import payout_answers, payout_batches, payout_orders, payout_returns
from benefits.tables.vouchers import redemptions, refunds
from benefits.verification.offline import END
from benefits.verification.offline_seals import seal_rows

# What hangs on a decision is written with it; these tables follow.
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


def canonical_lines(connection: Connection, *, seals: bool = False) -> Iterator[str]:
    """One JSON object a line, each with a digest; decisions by id with all that hangs on them, then the rest.

    The last line says how many there are. With ``seals`` the hash chains come first, so that the export
    proves itself against whoever makes digests anew; such an export is not the same for the same ledger.
    """
    written = 0
    for table, row in seal_rows(connection) if seals else ():
        written += 1
        yield _line(table, row)
    for table, row in _rows(connection):
        written += 1
        yield _line(table, row)
    yield _line(END, {"lines": written + 1})


def _rows(connection: Connection) -> Iterator[tuple[str, Record]]:
    for bundle in bundles(connection):
        yield from bundle.records()
    yield from orphans(connection)
    for table, key in _TABLES:
        columns = [column for column in table.columns if column.name not in LEFT_OUT | _WHEN]
        query = select(*columns).order_by(*(_bytewise(table.c[name], connection) for name in key))
        for found in connection.execute(query.execution_options(yield_per=1000)).mappings():
            yield table.name, dict(found)


def _line(table: str, row: Record) -> str:
    return render(table, canonical(row))[0].decode()


def _bytewise(column: Column[Any], connection: Connection) -> ColumnElement[Any]:
    """Text in the order of its bytes, whatever order the database was made with."""
    if connection.dialect.name == "postgresql" and isinstance(column.type, String):
        return column.collate("C")
    return column
