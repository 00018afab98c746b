"""What the world hears of the ledger: the outbox's rows as CloudEvents, and how long they are kept.

A row is written with what it tells, in one transaction: exactly what was committed is told. Rows are numbered
as they are written; who acts on what another one has committed writes after it and gets the higher number, so
that the order of numbers is an order in which a member's benefits may have moved. (Two that knew nothing of
each other may come in either order.) A row that is committed late is found late, never skipped: rows are marked
one by one, not up to a number.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, RowMapping, bindparam, delete, exists, func, or_, select, update

from events.webhook_tables import webhook_deliveries, webhooks
from store import outbox

SOURCE = "yihui"
KEPT_FOR = timedelta(days=30)
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One event that goes out; ``text`` is a complete CloudEvent in JSON, the same whenever it is made."""

    sequence: int
    text: str


def unpublished(connection: Connection, limit: int = AT_ONCE) -> list[Outgoing]:
    """What the topic has not had yet, in order; after each commit of :func:`mark_published` ask again."""
    query = select(outbox).where(outbox.c.published_at.is_(None)).order_by(outbox.c.sequence).limit(limit)
    return [outgoing(row) for row in connection.execute(query).mappings()]


def mark_published(connection: Connection, sequences: Iterable[int], now: datetime) -> None:
    """Note that the topic has these. Stopped before, they are sent again under the same ids."""
    rows = [{"number": number} for number in sequences]
    if rows:
        marked = update(outbox).where(outbox.c.sequence == bindparam("number"))
        connection.execute(marked.values(published_at=now), rows)


def outgoing(row: RowMapping) -> Outgoing:
    """A row of the outbox as the world reads it. Its id is the decision's, the transaction's and so on: no two share one."""
    attributes = {
        "specversion": "1.0",
        "id": row["id"],
        "source": SOURCE,
        "type": row["type"],
        "subject": row["key"],
        "time": row["recorded_at"].astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
    }
    if row["traceparent"]:
        attributes["traceparent"] = row["traceparent"]
    opened = json.dumps(attributes, ensure_ascii=False, separators=(",", ":"))[:-1]
    return Outgoing(row["sequence"], f'{opened},"data":{row["data"]}}}')


def purge(connection: Connection, now: datetime, *, to_topic: bool, most: int = AT_ONCE) -> int:
    """Delete some rows that everybody had long ago, with what is kept of their deliveries; gives how many.

    ``to_topic`` says whether there is a topic: then nothing goes that it has not had. Where there is none,
    age alone ends a row. What a webhook still waits for stays. The newest row stays, so that SQLite gives
    no number twice.
    """
    oldest = select(outbox.c.sequence).order_by(outbox.c.sequence).limit(most).subquery()
    newest = select(func.max(outbox.c.sequence)).scalar_subquery()
    listening = exists().where(webhooks.c.state == "active")
    waited_for = exists().where(
        webhook_deliveries.c.sequence == outbox.c.sequence, webhook_deliveries.c.state == "waiting"
    )
    query = (
        select(outbox.c.sequence)
        .join(oldest, oldest.c.sequence == outbox.c.sequence)
        .where(outbox.c.recorded_at < now - KEPT_FOR, outbox.c.sequence < newest)
        .where(or_(outbox.c.offered_at.is_not(None), ~listening), ~waited_for)
    )
    if to_topic:
        query = query.where(outbox.c.published_at.is_not(None))
    return _delete(connection, connection.execute(query).scalars().all())


def _delete(connection: Connection, numbers: Sequence[int]) -> int:
    if not numbers:
        return 0
    connection.execute(delete(webhook_deliveries).where(webhook_deliveries.c.sequence.in_(numbers)))
    return connection.execute(delete(outbox).where(outbox.c.sequence.in_(numbers))).rowcount
