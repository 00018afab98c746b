"""What has become due to be taken back with a batch: by an event in it, or of what it granted late."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import Connection, select

import benefits
from benefits import Clawback, Happened, Ruling
from events.envelope import Event, read_event
from events.projection import event_facts
from events.tables import journal
from rules import EventFacts

_AT_ONCE = 500


def claw_back(
    transaction: Connection, events: Iterable[Event], rulings: Iterable[Ruling], now: datetime
) -> list[Clawback]:
    """Carry out the terms on which rules take back; the events are in the journal already.

    Nearly always there is nothing to do, and one small query says so.
    """
    kinds = benefits.takeback_events(transaction)
    if not kinds:
        return []
    members = {event.subject for event in events if event.type in kinds}
    members.update(ruling.event.member for ruling in rulings if _can_be_taken_back(ruling))
    if not members:
        return []
    return benefits.claw_back(transaction, members, _happened(transaction, members, kinds, now), now)


def lock_first(transaction: Connection, events: Iterable[Event]) -> None:
    """Lock what these events may take back; counters come after all grants in the lock order."""
    kinds = benefits.takeback_events(transaction)
    members = {event.subject for event in events if event.type in kinds}
    if members:
        benefits.lock_takeable(transaction, members)


def _can_be_taken_back(ruling: Ruling) -> bool:
    return ruling.outcome == "granted" and any(due.takebacks for due in ruling.decision.benefits)


def _happened(
    transaction: Connection, members: Iterable[str], kinds: frozenset[str], now: datetime
) -> Happened:
    found: defaultdict[str, list[EventFacts]] = defaultdict(list)
    instants: dict[tuple[str, str], datetime] = {}
    for source, id_, occurred_at, text in _journaled(transaction, sorted(members)):
        instants[source, id_] = occurred_at
        if any(kind in text for kind in kinds):  # most are other events, and needn't be read
            event = read_event(text, max(now, occurred_at))  # accepted once, whatever a clock says since
            if isinstance(event, Event) and event.type in kinds:
                found[event.subject].append(event_facts(event))
    for events in found.values():
        events.sort(key=lambda event: (event.occurred_at, event.source, event.id))
    return Happened(found, instants)


def _journaled(transaction: Connection, members: list[str]) -> Iterator[tuple[str, str, datetime, str]]:
    columns = (journal.c.source, journal.c.event_id, journal.c.occurred_at, journal.c.event)
    for first in range(0, len(members), _AT_ONCE):
        query = select(*columns).where(journal.c.member_id.in_(members[first : first + _AT_ONCE]))
        for row in transaction.execute(query):
            yield row.source, row.event_id, row.occurred_at, row.event
