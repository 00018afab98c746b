"""The queue of committed rows that wait to be sealed: one queue row for each batch, written with it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert

from benefits.tables.transactions import unsealed

SEAL_LANES = 8


def enqueue_for_sealing(connection: Connection, rows: Mapping[str, Sequence[str]], now: datetime) -> None:
    """Queue the rows that this transaction wrote, as ids by table: decisions, transactions, reversals.

    A decision is sealed with its entry or place on the waiting list, a transaction with its lines, and a
    promise also with its grant and slots. ``post_move`` and ``admit_and_record`` call this themselves.
    An uncommitted row is not queued. SQLite has one writer and one lane; PostgreSQL spreads its connections
    over several lanes, so that sealing one lane blocks no other.
    """
    if not any(rows.values()):
        return
    row = {"rows": json.dumps({table: list(ids) for table, ids in rows.items() if ids}), "recorded_at": now}
    lane = func.mod(func.pg_backend_pid(), SEAL_LANES) if connection.dialect.name == "postgresql" else 0
    connection.execute(
        insert(unsealed).values(lane=lane, rows=bindparam("rows"), recorded_at=bindparam("recorded_at")), row
    )


def parse_queued_ids(text: str) -> dict[str, list[str]]:
    """Parse the ids that a batch queued, by table; an invalid text gives none, and ``verify`` reports it."""
    try:
        return {str(table): [str(id_) for id_ in ids] for table, ids in json.loads(text).items()}
    except (ValueError, AttributeError, TypeError):
        return {}
