"""Events for decisions that a test recorded without the pipeline, so that verify finds where they come from."""

from sqlalchemy import Connection, select

from benefits.tables.decisions import decisions
from events import Event
from events.journal import append_events
from store import INBOX_BATCHES, append_batch, inbox
from tests.benefits.polls import NOW, heard


def receive_events(connection: Connection) -> None:
    """Put the event of every birthday that was decided into the inbox and the journal, once."""
    known = set(connection.execute(select(inbox.c.id)).scalars())
    for row in connection.execute(select(decisions).where(decisions.c.event_id.not_in(known))).all():
        day = row.occurred_on.isoformat()
        event = heard(
            row.event_type, row.member_id, f"{day}T12:00:00", row.event_id, {"on": day}, source=row.source
        ).event
        assert isinstance(event, Event), event
        received = {"source": event.source, "id": event.id, "digest": event.digest, "recorded_at": NOW}
        append_batch(connection, INBOX_BATCHES, [received], NOW)
        append_events(connection, [event], NOW)
