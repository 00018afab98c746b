"""The canonical export: what "the same ledger" means, byte for byte.

Without sequence numbers, recorded times and the bounds as they stood: they tell when a runner worked, not
what was decided. Without the words of appeals: they are a member's own.
"""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, String, Table, select

from benefits.draw_tables import (
    claims,
    draw_results,
    draws,
    lapses,
    waiting_lines,
    waiting_moves,
    withdrawals,
)
from benefits.rulebook_tables import freed_slots, reversals
from benefits.tables import counters, decisions, entries, grants, limit_slots, postings, waiting_list
from benefits.told_tables import appeal_answers, appeals, rule_contents

_LEFT_OUT = frozenset({"sequence", "recorded_at", "act", "bounds"})
_TABLES: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (decisions, ("id",)),
    (grants, ("id",)),
    (postings, ("transaction_id", "line")),
    (limit_slots, ("limit_key", "slot")),
    (entries, ("id",)),
    (waiting_list, ("id",)),
    (counters, ("key",)),
    (reversals, ("id",)),
    (freed_slots, ("limit_key", "slot", "grant_id")),
    (draws, ("id",)),
    (draw_results, ("draw_id",)),
    (withdrawals, ("id",)),
    (waiting_lines, ("places",)),
    (waiting_moves, ("waiting_id",)),
    (claims, ("decision_id",)),
    (lapses, ("grant_id",)),
    (rule_contents, ("hash",)),
    (appeals, ("id",)),
    (appeal_answers, ("appeal_id",)),
)


def canonical_lines(connection: Connection) -> Iterator[str]:
    """One JSON object a line, in the order of tables and keys."""
    for table, key in _TABLES:
        columns = [column for column in table.columns if column.name not in _LEFT_OUT]
        query = select(*columns).order_by(*(_bytewise(table.c[name], connection) for name in key))
        rows = connection.execute(query.execution_options(yield_per=1000))
        for row in rows.mappings():
            content = {"table": table.name, **row}
            yield json.dumps(content, ensure_ascii=False, sort_keys=True, default=str, separators=(",", ":"))


def _bytewise(column: Column[Any], connection: Connection) -> ColumnElement[Any]:
    """Text in the order of its bytes, whatever order the database was made with."""
    if connection.dialect.name == "postgresql" and isinstance(column.type, String):
        return column.collate("C")
    return column
