"""Create webhook deliveries for committed outbox rows."""

import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from events.tables import webhook_deliveries, webhooks
from store import lock_exclusive, outbox

OFFER_BATCH_ROWS = 500
_WORK = "webhooks"


def create_deliveries(connection: Connection, now: datetime, most: int = OFFER_BATCH_ROWS) -> int:
    """Create deliveries of some outbox rows for all active webhooks; return how many rows were read.

    Without active webhooks nothing is read or written.
    """
    lock_exclusive(connection, _WORK)
    listening = [
        (row.id, frozenset(json.loads(row.types)))
        for row in connection.execute(select(webhooks).where(webhooks.c.state == "active"))
    ]
    if not listening:
        return 0
    query = select(outbox.c.sequence, outbox.c.key, outbox.c.type).where(outbox.c.offered_at.is_(None))
    rows = connection.execute(query.order_by(outbox.c.sequence).limit(most)).mappings().all()
    new = [
        _delivery(id_, row, now)
        for row in rows
        for id_, types in listening
        if not types or row["type"] in types
    ]
    if new:
        connection.execute(insert(webhook_deliveries), new)
    _mark(connection, (row["sequence"] for row in rows), now)
    return len(rows)


def offer_all_rows(connection: Connection, now: datetime) -> None:
    """Create deliveries of all present outbox rows, so that a webhook added next gets only later events."""
    while create_deliveries(connection, now):
        pass
    rest = update(outbox).where(outbox.c.offered_at.is_(None))
    connection.execute(rest.values(offered_at=now))


def _delivery(id_: str, row: RowMapping, now: datetime) -> dict[str, object]:
    return {
        "webhook_id": id_,
        "sequence": row["sequence"],
        "key": row["key"],
        "state": "waiting",
        "offered_at": now,
        "attempts": 0,
        "next_at": now,
    }


def _mark(connection: Connection, numbers: Iterable[int], now: datetime) -> None:
    rows = [{"number": number} for number in numbers]
    if rows:
        marked = update(outbox).where(outbox.c.sequence == bindparam("number"))
        connection.execute(marked.values(offered_at=now), rows)
