"""Laying out what was committed for those who want to hear of it."""

import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from events.webhook_tables import webhook_deliveries, webhooks
from store import one_at_a_time, outbox

AT_ONCE = 500
_WORK = "webhooks"


def lay_out(connection: Connection, now: datetime, most: int = AT_ONCE) -> int:
    """Note down who is to be told of some of the outbox; gives how many rows were looked at.

    Where nobody listens nothing is noted: an installation without webhooks pays nothing for them.
    """
    one_at_a_time(connection, _WORK)
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


def close_the_books(connection: Connection, now: datetime) -> None:
    """Lay all that is there out for those who listen by now: whoever comes next hears of what comes next."""
    while lay_out(connection, now):
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
