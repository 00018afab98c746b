"""What was committed and waits to be sealed: one row for each batch, written with it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert

from benefits.transaction_tables import unsealed

LANES = 8


def to_seal(connection: Connection, rows: Mapping[str, Sequence[str]], now: datetime) -> None:
    """Note down what this transaction wrote, by table: decisions (with all that hangs on them), transactions.

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
