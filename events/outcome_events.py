"""The outbox: its rows as CloudEvents for consumers, and how long the rows are stored.

A row is written in the transaction that it reports, so exactly what was committed is published. Rows
are numbered as they are written. A writer that acts on another one's committed result gets a higher
number, so the numbers follow the order in which a member's benefits may have changed. (Two independent
transactions may come in either order.) A row that is committed late is published late, never skipped:
rows are marked one by one, not up to a number.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, RowMapping, bindparam, delete, exists, func, or_, select, update

from events.tables import webhook_deliveries, webhooks
from store import outbox

CLOUDEVENTS_SOURCE = "yihui"
OUTBOX_RETENTION = timedelta(days=30)
OUTBOX_BATCH_ROWS = 500


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """One outgoing event; ``text`` is a complete CloudEvent in JSON, identical each time it is built."""

    sequence: int
    text: str


def list_unpublished(connection: Connection, limit: int = OUTBOX_BATCH_ROWS) -> list[OutgoingEvent]:
    """Return the next events that the topic has not received, in order.

    Call it again after each commit of :func:`mark_published`.
    """
    query = select(outbox).where(outbox.c.published_at.is_(None)).order_by(outbox.c.sequence).limit(limit)
    return [build_outgoing_event(row) for row in connection.execute(query).mappings()]


def mark_published(connection: Connection, sequences: Iterable[int], now: datetime) -> None:
    """Mark events as published to the topic.

    If the process stops before this commits, the events are sent again under the same ids.
    """
    rows = [{"number": number} for number in sequences]
    if rows:
        marked = update(outbox).where(outbox.c.sequence == bindparam("number"))
        connection.execute(marked.values(published_at=now), rows)


def build_outgoing_event(row: RowMapping) -> OutgoingEvent:
    """Build the CloudEvent of an outbox row. Its id is that of the decision, transaction etc. and is unique."""
    attributes = {
        "specversion": "1.0",
        "id": row["id"],
        "source": CLOUDEVENTS_SOURCE,
        "type": row["type"],
        "subject": row["key"],
        "time": row["recorded_at"].astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
    }
    opened = json.dumps(attributes, ensure_ascii=False, separators=(",", ":"))[:-1]
    return OutgoingEvent(row["sequence"], f'{opened},"data":{row["data"]}}}')


def purge_outbox(
    connection: Connection, now: datetime, *, to_topic: bool, most: int = OUTBOX_BATCH_ROWS
) -> int:
    """Delete old outbox rows that every consumer has received, with their deliveries; return how many.

    ``to_topic`` says whether there is a topic: then only rows that it has received are deleted. Without a
    topic, age alone decides. Rows with a waiting webhook delivery stay. The newest row stays, so that
    SQLite does not reuse its number.
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
        .where(outbox.c.recorded_at < now - OUTBOX_RETENTION, outbox.c.sequence < newest)
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
