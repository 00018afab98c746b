"""Check whether accepted events have been processed."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from events.tables import dead_letters
from store import inbox


def are_events_processed(connection: Connection, source: str, ids: Sequence[str]) -> bool:
    """Return whether each of these events has been processed or dead-lettered."""
    took = select(inbox.c.id).where(inbox.c.source == source, inbox.c.id.in_(ids))
    turned = select(dead_letters.c.event_id).where(
        dead_letters.c.resolved_at.is_(None),
        dead_letters.c.source == source,
        dead_letters.c.event_id.in_(ids),
    )
    found = {*connection.execute(took).scalars(), *connection.execute(turned).scalars()}
    return found == set(ids)
