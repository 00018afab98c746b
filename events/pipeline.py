"""The only way from a batch of events to durable benefits.

inbox → project → facts → decide → admit → record; the caller commits, and only then moves on in
its source. What an event is decided on never depends on where a batch ends: it sees the changes
that came before it, in this batch or any earlier one, and none that came after.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from opentelemetry.trace import SpanKind
from sqlalchemy import Connection, delete, insert, select, tuple_

import benefits
from benefits import Holding, Ruling
from core.faults import Fault
from events import dead_letters, journal, tracing
from events.applications import ApplicationDesk, application_desk
from events.clawbacks import claw_back, lock_first
from events.dead_letters import DeadLetter
from events.envelope import Event, Unreadable
from events.projection import change_of, event_facts, id_reused, unfit_for_member
from events.rest_events import UseDesk
from events.search_events import SearchDesk, unfit_search
from events.stations import StationDesk, station_desk
from events.tracing import step
from geo.messages import OfStation, Searched, Used
from members import (
    Change,
    Payload,
    facts_on,
    read_changes,
    record_changes,
)
from rules import Decision, EventFacts, Library, evaluate
from store import inbox, take_unseen

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class Item:
    """One line of input and where it was read (file and line, or ``http``)."""

    event: Event | Unreadable
    origin: str


@dataclass(slots=True)
class Outcomes:
    """What became of a batch: every item is in exactly one of handled, duplicates, letters."""

    handled: int = 0
    duplicates: int = 0
    held: int = 0  # looks of stopped rules at handled events, to be taken when the rules go on
    letters: list[DeadLetter] = field(default_factory=list)
    rulings: list[Ruling] = field(default_factory=list)

    def add(self, other: "Outcomes") -> None:
        self.handled += other.handled
        self.duplicates += other.duplicates
        self.held += other.held
        self.letters += other.letters
        self.rulings += other.rulings

    def count(self) -> Counter[str]:
        return Counter(ruling.outcome for ruling in self.rulings)


def handle(batch: Sequence[Item], transaction: Connection, library: Library, now: datetime) -> Outcomes:
    """Handle a batch in one transaction; see the module's first lines.

    *Raises*: StoreError (through the transaction); then nothing of the batch has happened.
    """
    events = [item.event for item in batch]
    with tracing.batch("handle", SpanKind.CONSUMER, events) as traced:
        outcomes = _handle(batch, transaction, library, now)
        traced.told(outcomes.rulings)
    return outcomes


def _handle(batch: Sequence[Item], transaction: Connection, library: Library, now: datetime) -> Outcomes:
    outcomes = Outcomes()
    holding = benefits.holding(transaction)  # first of all: no rule is stopped or changed from here on
    events = [item.event for item in batch if isinstance(item.event, Event)]
    with step("inbox"):
        seen = _inbox(events, transaction, now)
    with step("decide"):
        stations = station_desk(events, transaction)
        context = _Context(seen, stations, holding, transaction, library, now)
        decided = _decide(batch, context, outcomes)
    with step("admit"):
        benefits.keep_rules(transaction, {made.rule_hash for _, made in decided}, library.rules, now)
        lock_first(transaction, context.kept)
        traces = {event.key: event.traceparent for event in context.kept if event.traceparent}
        outcomes.rulings = benefits.admit_and_record(transaction, decided, now, traces=traces)
    with step("record"):
        claw_back(transaction, context.kept, outcomes.rulings, now)
        dead_letters.record(transaction, outcomes.letters)
        dead_letters.settle(transaction, seen.newly_handled, now)
        holding.record(transaction, now)
        outcomes.held = holding.count
        context.searches.record(transaction, now)
        context.uses.record(transaction, now)
        stations.record(transaction, now)
    return outcomes


_Key = tuple[str, str]
_Digests = dict[_Key, str]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the inbox says of a batch's events. ``handled`` grows as the batch is worked through."""

    handled: _Digests  # what was handled under a key
    inserted: _Digests  # what this batch has put into the inbox

    @property
    def newly_handled(self) -> _Digests:
        """What was handled in this batch and never before."""
        return {key: self.handled[key] for key in self.inserted if key in self.handled}


@dataclass(frozen=True, slots=True)
class _Context:
    """What a batch is decided with."""

    seen: _Seen
    stations: StationDesk
    holding: Holding
    transaction: Connection
    library: Library
    now: datetime
    kept: list[Event] = field(default_factory=list)  # what was handled of members, in order
    searches: SearchDesk = field(default_factory=SearchDesk)
    uses: UseDesk = field(default_factory=UseDesk)


def _inbox(events: Sequence[Event], transaction: Connection, now: datetime) -> _Seen:
    first = {event.key: event.digest for event in reversed(events)}
    if not first:
        return _Seen({}, {})
    new = take_unseen(transaction, first, now)
    old = [key for key in first if key not in new]
    return _Seen(_digests(old, transaction), {key: first[key] for key in new})


def _digests(keys: Sequence[_Key], transaction: Connection) -> _Digests:
    if not keys:
        return {}
    found = select(inbox.c.source, inbox.c.id, inbox.c.digest).where(
        tuple_(inbox.c.source, inbox.c.id).in_(keys)
    )
    return {(row.source, row.id): row.digest for row in transaction.execute(found)}


def _decide(
    batch: Sequence[Item], context: _Context, outcomes: Outcomes
) -> list[tuple[EventFacts, Decision]]:
    """Project each new event onto its member or its station, then ask the rules; in order of arrival."""
    seen, transaction, now = context.seen, context.transaction, context.now
    events = [item.event for item in batch if isinstance(item.event, Event)]
    members = {e.subject for e in events if isinstance(e.payload, Payload) and e.key not in seen.handled}
    histories = read_changes(transaction, members)
    applications = application_desk((e for e in events if e.key not in seen.handled), transaction)
    changes: list[Change] = []
    decided: list[tuple[EventFacts, Decision]] = []
    for item in batch:
        event = item.event
        if isinstance(event, Event) and seen.handled.get(event.key) == event.digest:
            outcomes.duplicates += 1
            continue
        faults = _faults(event, context, histories)
        if isinstance(event, Unreadable) or faults:
            outcomes.letters.append(dead_letters.letter(event, faults, item.origin, now))
            continue
        seen.handled[event.key] = event.digest
        outcomes.handled += 1
        if isinstance(event.payload, OfStation):
            context.stations.hear(event)
            continue
        if isinstance(event.payload, Searched):
            context.searches.hear(event)
            continue
        if isinstance(event.payload, Used):
            context.uses.hear(event)
            continue
        context.kept.append(event)
        history = histories[event.subject]
        change = change_of(event)
        if change is not None:
            history.append(change)
            changes.append(change)
        applications.hear(event)
        made = decisions_on(event, history, applications, context.library)
        decided += context.holding.sift(made, event.text, len(history))
    _correct(seen, transaction, now)
    record_changes(transaction, changes)
    journal.keep(transaction, context.kept)
    applications.record(transaction)
    return decided


def _faults(
    event: Event | Unreadable, context: _Context, histories: Mapping[str, Sequence[Change]]
) -> tuple[Fault, ...]:
    """Why something can't be handled; nothing where it can."""
    if isinstance(event, Unreadable):
        return event.faults
    if event.key in context.seen.handled:
        return (id_reused(event),)
    fault = _unfit(event, context.stations, histories)
    return () if fault is None else (fault,)


def _unfit(event: Event, stations: StationDesk, histories: Mapping[str, Sequence[Change]]) -> Fault | None:
    """Why a well-formed event still can't be handled; None where it can."""
    if isinstance(event.payload, OfStation | Used):
        return stations.unfit(event)
    if isinstance(event.payload, Searched):
        return unfit_search(event)
    return unfit_for_member(event, histories.get(event.subject, ()))


def decisions_on(
    event: Event, history: Sequence[Change], applications: ApplicationDesk, library: Library
) -> list[tuple[EventFacts, Decision]]:
    """What the rules say of an event, on what had arrived of its member by then."""
    if event.type not in library.by_event:
        return []
    facts = event_facts(event)
    known = {**facts_on(history, facts.occurred_on), **applications.facts(event)}
    found = evaluate(facts, known, library, facts.occurred_on)
    return [(facts, decision) for decision in found]


def _correct(seen: _Seen, transaction: Connection, now: datetime) -> None:
    """Leave in the inbox only what was handled: the rest can be replayed once it is mended.

    Where an id came twice and only the second event was fit, it is the second that stays.
    """
    wrong = [key for key, digest in seen.inserted.items() if seen.handled.get(key) != digest]
    if not wrong:
        return
    transaction.execute(delete(inbox).where(tuple_(inbox.c.source, inbox.c.id).in_(wrong)))
    rows = [
        {"source": key[0], "id": key[1], "digest": seen.handled[key], "recorded_at": now}
        for key in wrong
        if key in seen.handled
    ]
    if rows:
        transaction.execute(insert(inbox), rows)
