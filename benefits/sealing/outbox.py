"""Write messages into the outbox, as a batch that is sealed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from store import OUTBOX_BATCHES, append_batch

Message = Mapping[str, Any]


def append_messages(connection: Connection, rows: Sequence[Message], now: datetime) -> None:
    """Append messages, in order."""
    complete = [{**row, "traceparent": row.get("traceparent")} for row in rows]
    append_batch(connection, OUTBOX_BATCHES, complete, now)
