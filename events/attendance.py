"""Who attended a session, and when, by the events of the journal."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import Connection, select

from events.envelope import Event, parse_event
from events.tables import journal
from members.messages import SessionAttended

ATTENDED = "session.attended"
_AT_ONCE = 500


def read_attendance(
    connection: Connection, session: str, members: Iterable[str], now: datetime
) -> Mapping[str, list[date]]:
    """Return the days on which these members attended a session, in order, each once."""
    found: dict[str, set[date]] = {}
    every = sorted(set(members))
    for first in range(0, len(every), _AT_ONCE):
        query = select(journal.c.member_id, journal.c.event, journal.c.occurred_at).where(
            journal.c.member_id.in_(every[first : first + _AT_ONCE])
        )
        for row in connection.execute(query):
            if ATTENDED not in row.event:
                continue
            event = parse_event(row.event, max(now, row.occurred_at))
            payload = event.payload if isinstance(event, Event) else None
            if isinstance(payload, SessionAttended) and payload.session == session:
                found.setdefault(row.member_id, set()).add(payload.on)
    return {member: sorted(days) for member, days in found.items()}
