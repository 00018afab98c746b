"""Write messages into the outbox, as a batch that is sealed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from benefits.sealing.queue import enqueue_for_sealing
from store import OUTBOX_BATCHES, append_batch

Message = Mapping[str, Any]


def append_messages(connection: Connection, rows: Sequence[Message], now: datetime) -> list[str]:
    """Append messages, in order; return the number of their batch, for a caller that queues more with it."""
    complete = [{**row, "traceparent": row.get("traceparent")} for row in rows]
    return append_batch(connection, OUTBOX_BATCHES, complete, now)


def append_sealed_messages(connection: Connection, rows: Sequence[Message], now: datetime) -> None:
    """Append messages, in order, and queue their batch for sealing."""
    enqueue_for_sealing(connection, {"row_batches": append_messages(connection, rows, now)}, now)
