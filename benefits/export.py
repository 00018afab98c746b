"""The canonical export: what "the same ledger" means, byte for byte.

Without sequence numbers and recorded times: they tell when a runner worked, not what was decided.
"""

import json
from collections.abc import Iterator

from sqlalchemy import Connection, Table, select

from benefits.tables import counters, decisions, grants, limit_slots, postings

_LEFT_OUT = frozenset({"sequence", "recorded_at"})
_TABLES: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (decisions, ("id",)),
    (grants, ("id",)),
    (postings, ("transaction_id", "line")),
    (limit_slots, ("limit_key", "slot")),
    (counters, ("key",)),
)


def canonical_lines(connection: Connection) -> Iterator[str]:
    """One JSON object a line, in the order of tables and keys."""
    for table, key in _TABLES:
        columns = [column for column in table.columns if column.name not in _LEFT_OUT]
        query = select(*columns).order_by(*(table.c[name] for name in key))
        rows = connection.execute(query.execution_options(yield_per=1000))
        for row in rows.mappings():
            content = {"table": table.name, **row}
            yield json.dumps(content, ensure_ascii=False, sort_keys=True, default=str, separators=(",", ":"))
