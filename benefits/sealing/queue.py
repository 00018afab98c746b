"""What was committed and waits to be sealed: one row for each batch, written with it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert

from benefits.tables.transactions import unsealed

LANES = 8


def to_seal(connection: Connection, rows: Mapping[str, Sequence[str]], now: datetime) -> None:
    """Note down what this transaction wrote, as ids by table: decisions, transactions, reversals.

    A decision is sealed with its entry or place on the waiting list, a transaction with its lines, and a
    promise with its grant and slots besides. ``post`` and ``admit_and_record`` do this themselves.
    What is not committed is not noted. SQLite has one writer and one lane; PostgreSQL spreads its
    connections over some lanes, so that sealing one holds up no other.
    """
    if not any(rows.values()):
        return
    row = {"rows": json.dumps({table: list(ids) for table, ids in rows.items() if ids}), "recorded_at": now}
    lane = func.mod(func.pg_backend_pid(), LANES) if connection.dialect.name == "postgresql" else 0
    connection.execute(
        insert(unsealed).values(lane=lane, rows=bindparam("rows"), recorded_at=bindparam("recorded_at")), row
    )


def queued(text: str) -> dict[str, list[str]]:
    """What a batch noted down, as ids by table; nothing where it can't be read, which ``verify`` tells."""
    try:
        return {str(table): [str(id_) for id_ in ids] for table, ids in json.loads(text).items()}
    except (ValueError, AttributeError, TypeError):
        return {}
