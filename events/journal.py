"""The events about members as they were handled, in order of arrival: what a simulation can replay.

Kept in the transaction that handles them. An event holds no more than facts and decisions do: ID numbers
and phones never get this far.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import TypeVarTuple

from sqlalchemy import Connection, Select, func, select

from benefits.tables.decisions import decisions
from core.civil_time import start_of
from events.envelope import Event, read_event
from events.replay import Line
from events.tables import journal
from store import append

_AT_ONCE = 1_000  # rows held in memory
_NAME = "journal"
_Columns = TypeVarTuple("_Columns")


def keep(connection: Connection, events: Iterable[Event]) -> None:
    """Append events, in order."""
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
    append(connection, journal, rows)


def kept(connection: Connection, since: date | None, until: date | None, now: datetime) -> Iterator[Line]:
    """The events that occurred from one civil date to another, in order of arrival."""
    found = select(journal.c.sequence, journal.c.event).order_by(journal.c.sequence)
    rows = connection.execution_options(stream_results=True, yield_per=_AT_ONCE).execute(
        _between(found, since, until)
    )
    for sequence, text in rows:
        yield Line(_NAME, sequence, read_event(text, now))


def keys(connection: Connection, since: date | None, until: date | None) -> frozenset[tuple[str, str]]:
    """The identities of these events."""
    found = select(journal.c.source, journal.c.event_id)
    return frozenset((source, id) for source, id in connection.execute(_between(found, since, until)))


def page(
    connection: Connection, since: date | None, until: date | None, between: tuple[int, int], size: int
) -> list[tuple[int, str]]:
    """Sequences and texts of the next events after one sequence and up to another."""
    after, end = between
    found = select(journal.c.sequence, journal.c.event).order_by(journal.c.sequence).limit(size)
    within = _between(found, since, until).where(journal.c.sequence > after, journal.c.sequence <= end)
    return [(sequence, text) for sequence, text in connection.execute(within)]


def count(connection: Connection, since: date | None, until: date | None, up_to: int | None = None) -> int:
    """How many events there are; up to a sequence."""
    found = _between(select(func.count()).select_from(journal), since, until)
    if up_to is not None:
        found = found.where(journal.c.sequence <= up_to)
    return int(connection.execute(found).scalar_one())


def last(connection: Connection) -> int:
    """The sequence of the last event; 0 where there is none."""
    return int(connection.execute(select(func.max(journal.c.sequence))).scalar() or 0)


def decided_unkept(connection: Connection, since: date | None, until: date | None) -> int:
    """How many decisions were made on events that aren't here: those handled before there was a journal."""
    here = select(journal.c.sequence).where(
        journal.c.source == decisions.c.source, journal.c.event_id == decisions.c.event_id
    )
    query = select(func.count()).select_from(decisions).where(~here.exists())
    if since is not None:
        query = query.where(decisions.c.occurred_on >= since)
    if until is not None:
        query = query.where(decisions.c.occurred_on <= until)
    return int(connection.execute(query).scalar_one())


def _between(query: Select[*_Columns], since: date | None, until: date | None) -> Select[*_Columns]:
    if since is not None:
        query = query.where(journal.c.occurred_at >= start_of(since))
    if until is not None:
        query = query.where(journal.c.occurred_at < start_of(until + timedelta(days=1)))
    return query
