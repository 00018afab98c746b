"""Clawbacks that a batch triggers: by an event in it, or for a benefit that it granted late."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

import benefits
from benefits import Clawback, MemberEvents, Ruling
from events.envelope import Event, parse_event
from events.projection import event_facts
from events.tables import journal
from rules import EventFacts

_AT_ONCE = 500


def claw_back_for_events(
    transaction: Connection,
    events: Iterable[Event],
    rulings: Iterable[Ruling],
    now: datetime,
    kinds: frozenset[str] | None = None,
) -> list[Clawback]:
    """Claw back what the rules' terms require after these events and rulings.

    The events must be in the journal already. ``kinds`` are the types of events that trigger a term, if the
    caller has read them in this transaction. Usually there is nothing to claw back.
    """
    if kinds is None:
        kinds = benefits.clawback_event_types(transaction)
    if not kinds:
        return []
    members = {event.subject for event in events if event.type in kinds}
    members.update(ruling.event.member for ruling in rulings if _can_be_taken_back(ruling))
    if not members:
        return []
    return benefits.apply_clawbacks(transaction, members, _happened(transaction, members, kinds, now), now)


def lock_clawback_grants(
    transaction: Connection, events: Iterable[Event], kinds: frozenset[str] | None = None
) -> None:
    """Lock the grants that these events may claw back; ``kinds`` as for ``claw_back_for_events``.

    Call this before counters are locked: in the lock order, counters come after all grants.
    """
    if kinds is None:
        kinds = benefits.clawback_event_types(transaction)
    members = {event.subject for event in events if event.type in kinds}
    if members:
        benefits.lock_grants_with_clawbacks(transaction, members)


def find_members_with_events(
    transaction: Connection, members: Iterable[str], kinds: frozenset[str]
) -> set[str]:
    """Return which of these members may have a journalled event of one of these types."""
    return {
        row.member_id
        for row in _journaled(transaction, sorted(set(members)))
        if any(kind in row.event for kind in kinds)
    }


def _can_be_taken_back(ruling: Ruling) -> bool:
    return ruling.outcome == "granted" and any(due.takebacks for due in ruling.decision.benefits)


def _happened(
    transaction: Connection, members: Iterable[str], kinds: frozenset[str], now: datetime
) -> MemberEvents:
    found: defaultdict[str, list[EventFacts]] = defaultdict(list)
    instants: dict[tuple[str, str], datetime] = {}
    for row in _journaled(transaction, sorted(members)):
        instants[row.source, row.event_id] = row.occurred_at
        if any(kind in row.event for kind in kinds):  # skip parsing other events, which are the majority
            event = parse_event(
                row.event, max(now, row.occurred_at)
            )  # it was accepted before, so its time is never in the future
            if isinstance(event, Event) and event.type in kinds:
                found[event.subject].append(event_facts(event))
    for events in found.values():
        events.sort(key=lambda event: (event.occurred_at, event.source, event.id))
    return MemberEvents(found, instants)


def _journaled(transaction: Connection, members: list[str]) -> Iterator[Row[*tuple[Any, ...]]]:
    columns = (
        journal.c.member_id,
        journal.c.source,
        journal.c.event_id,
        journal.c.occurred_at,
        journal.c.event,
    )
    for first in range(0, len(members), _AT_ONCE):
        yield from transaction.execute(
            select(*columns).where(journal.c.member_id.in_(members[first : first + _AT_ONCE]))
        )
