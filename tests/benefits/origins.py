"""Events for decisions that a test recorded without the pipeline, so that verify finds where they come from."""

import json
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from benefits.tables.decisions import decisions
from events import Event, parse_event
from events.journal import append_events
from store import INBOX_BATCHES, append_batch, inbox

_NOW = datetime(2026, 12, 31, tzinfo=UTC)


def receive_events(connection: Connection) -> None:
    """Put the event of every birthday that was decided into the inbox and the journal, once."""
    known = set(connection.execute(select(inbox.c.id)).scalars())
    for row in connection.execute(select(decisions).where(decisions.c.event_id.not_in(known))).all():
        event = parse_event(
            json.dumps(
                {
                    "specversion": "1.0",
                    "id": row.event_id,
                    "source": row.source,
                    "type": row.event_type,
                    "subject": row.member_id,
                    "time": f"{row.occurred_on}T12:00:00+08:00",
                    "data": {"on": row.occurred_on.isoformat()},
                }
            ),
            _NOW,
        )
        assert isinstance(event, Event), event
        received = {"source": event.source, "id": event.id, "digest": event.digest, "recorded_at": _NOW}
        append_batch(connection, INBOX_BATCHES, [received], _NOW)
        append_events(connection, [event], _NOW)
