"""The journal: processed events about members in order of arrival, which a simulation can replay; who attended what.

Events are stored in the transaction that processes them. They hold no more than facts and decisions
do: ID numbers and phone numbers are refused before.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeVarTuple

from sqlalchemy import Connection, Select, func, select

from core.civil_time import civil_date, end_of_day, start_of_day
from events.envelope import Event, parse_event
from events.replay import ReplayLine
from events.tables import JOURNAL_BATCHES, journal
from members.messages import SessionAttended
from store import append_batch, in_json_array, inbox, json_array

_AT_ONCE = 1_000  # rows in memory at a time
_NAME = "journal"
_Columns = TypeVarTuple("_Columns")
ATTENDED = "session.attended"
_MEMBERS_AT_ONCE = 500


def append_events(connection: Connection, events: Iterable[Event], now: datetime) -> None:
    """Append events, in order, to the transaction's batch."""
    rows = [
        {
            "source": event.source,
            "event_id": event.id,
            "member_id": event.subject,
            "occurred_at": event.occurred_at,
            "event": event.text,
        }
        for event in events
    ]
    append_batch(connection, JOURNAL_BATCHES, rows, now)


def read_events(
    connection: Connection, since: date | None, until: date | None, now: datetime
) -> Iterator[ReplayLine]:
    """Yield the events that occurred from one civil date to another, in order of arrival."""
    found = select(journal.c.sequence, journal.c.event).order_by(journal.c.sequence)
    rows = connection.execution_options(stream_results=True, yield_per=_AT_ONCE).execute(
        _between(found, since, until)
    )
    for sequence, text in rows:
        yield ReplayLine(_NAME, sequence, parse_event(text, now))


def list_event_keys(
    connection: Connection, since: date | None, until: date | None
) -> frozenset[tuple[str, str]]:
    """Return the source and id of each of these events."""
    found = select(journal.c.source, journal.c.event_id)
    return frozenset((source, id) for source, id in connection.execute(_between(found, since, until)))


def list_days_left(connection: Connection, since: date | None, until: date | None) -> list[tuple[int, date]]:
    """Return each earliest civil date of the events that are left, in order, with the last event's sequence there.

    An event that came late holds the days after its own back until it has come.
    """
    found: list[tuple[int, date]] = []
    first = datetime.max.replace(tzinfo=UTC)
    query = select(journal.c.sequence, journal.c.occurred_at).order_by(journal.c.sequence.desc())
    for sequence, instant in connection.execute(_between(query, since, until)):
        if instant < first:
            day = civil_date(instant)
            found.append((sequence, day))
            first = start_of_day(day)
    return found[::-1]


@dataclass(frozen=True, slots=True)
class JournalledEvent:
    """The text of an event, its place in the journal, and when it was handled."""

    sequence: int
    text: str
    recorded_at: datetime | None


def read_page(
    connection: Connection, since: date | None, until: date | None, between: tuple[int, int], size: int
) -> list[JournalledEvent]:
    """Return up to ``size`` events after one sequence and up to another."""
    after, end = between
    received = (inbox.c.source == journal.c.source) & (inbox.c.id == journal.c.event_id)
    found = (
        select(journal.c.sequence, journal.c.event, inbox.c.recorded_at)
        .outerjoin(inbox, received)
        .order_by(journal.c.sequence)
        .limit(size)
    )
    within = _between(found, since, until).where(journal.c.sequence > after, journal.c.sequence <= end)
    return [JournalledEvent(*row) for row in connection.execute(within)]


def read_instants(
    connection: Connection, keys: Collection[tuple[str, str]]
) -> dict[tuple[str, str], datetime]:
    """Return when events, by source and id, were handled; those that never were are left out."""
    found: dict[tuple[str, str], datetime] = {}
    for source in {source for source, _ in keys}:
        ids = json_array([id_ for by, id_ in keys if by == source])
        query = select(inbox.c.id, inbox.c.recorded_at).where(
            inbox.c.source == source, in_json_array(inbox.c.id, "ids")
        )
        found |= {(source, row.id): row.recorded_at for row in connection.execute(query, {"ids": ids})}
    return found


def count_events(
    connection: Connection, since: date | None, until: date | None, up_to: int | None = None
) -> int:
    """Return the number of events that occurred in a span, optionally up to a sequence."""
    found = _between(select(func.count()).select_from(journal), since, until)
    if up_to is not None:
        found = found.where(journal.c.sequence <= up_to)
    return int(connection.execute(found).scalar_one())


def last_sequence(connection: Connection) -> int:
    """Return the sequence of the last event; 0 if the journal is empty."""
    return int(connection.execute(select(func.max(journal.c.sequence))).scalar() or 0)


def _between(query: Select[*_Columns], since: date | None, until: date | None) -> Select[*_Columns]:
    if since is not None:
        query = query.where(journal.c.occurred_at >= start_of_day(since))
    if until is not None:
        query = query.where(journal.c.occurred_at < end_of_day(until))
    return query


def read_attendance(
    connection: Connection, session: str, members: Iterable[str], now: datetime
) -> Mapping[str, list[date]]:
    """Return the days on which these members attended a session, in order, each once."""
    found: dict[str, set[date]] = {}
    every = sorted(set(members))
    for first in range(0, len(every), _MEMBERS_AT_ONCE):
        query = select(journal.c.member_id, journal.c.event, journal.c.occurred_at).where(
            journal.c.member_id.in_(every[first : first + _MEMBERS_AT_ONCE])
        )
        for row in connection.execute(query):
            if ATTENDED not in row.event:
                continue
            event = parse_event(row.event, max(now, row.occurred_at))
            payload = event.payload if isinstance(event, Event) else None
            if isinstance(payload, SessionAttended) and payload.session == session:
                found.setdefault(row.member_id, set()).add(payload.on)
    return {member: sorted(days) for member, days in found.items()}
