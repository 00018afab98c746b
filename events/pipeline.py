"""Process a batch of events into durable benefits; every path to a benefit goes through here.

The steps are inbox → project → facts → decide → settle (``events.settling``: admit, record, and end what
falls due). The caller commits, and only then advances in its source. A decision never depends on where a
batch ends: an event sees what came before it, in this batch or an earlier one, and nothing that came after.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from opentelemetry.trace import SpanKind
from sqlalchemy import Connection, delete, insert, select, tuple_

import benefits
from benefits import HeldEventBuffer, Ruling
from core.faults import Fault
from events import dead_letters, tracing
from events.applications import ApplicationBatch, load_application_batch
from events.counted_events import CountedBatch, find_search_fault
from events.dead_letters import DeadLetter
from events.envelope import Event, InvalidEvent
from events.faults import EVENT_FAULTS
from events.projection import build_member_change, event_facts, find_member_event_fault
from events.settling import HandledEvent, Settlement
from events.stations import StationBatch, load_station_batch
from events.sweeping import SweepResult
from events.tracing import trace_step
from geo.messages import Searched, StationPayload, Used
from members import (
    MemberChange,
    MemberPayload,
    facts_on,
    read_member_changes,
)
from rules import Decision, EventFacts, RuleLibrary, evaluate_rules
from store import INBOX_BATCHES, close_batch, inbox, insert_unseen_events, open_batch


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """One line of input and its origin (file and line, or ``http``)."""

    event: Event | InvalidEvent
    origin: str


@dataclass(slots=True)
class BatchOutcome:
    """The outcome of a batch: every item counts as exactly one of handled, duplicate and dead letter."""

    handled: int = 0
    duplicates: int = 0
    held: int = 0  # decisions that stopped rules postponed until they are resumed
    dead_letters: list[DeadLetter] = field(default_factory=list)
    rulings: list[Ruling] = field(default_factory=list)
    swept: SweepResult = field(default_factory=SweepResult)  # what fell due between the events

    def add(self, other: "BatchOutcome") -> None:
        self.handled += other.handled
        self.duplicates += other.duplicates
        self.held += other.held
        self.dead_letters += other.dead_letters
        self.rulings += other.rulings
        self.swept += other.swept

    def count_by_outcome(self) -> Counter[str]:
        return Counter(ruling.outcome for ruling in self.rulings)


def process_batch(
    batch: Sequence[InboundEvent], transaction: Connection, library: RuleLibrary, now: datetime
) -> BatchOutcome:
    """Process a batch in one transaction; see the module docstring for the steps.

    *Raises*: StoreError (through the transaction); then no part of the batch has taken effect.
    """
    events = [item.event for item in batch]
    with tracing.trace_batch("handle", SpanKind.CONSUMER, events) as traced:
        outcomes = _handle(batch, transaction, library, now)
        traced.end_event_spans(outcomes.rulings)
    return outcomes


def _handle(
    batch: Sequence[InboundEvent], transaction: Connection, library: RuleLibrary, now: datetime
) -> BatchOutcome:
    outcomes = BatchOutcome()
    holding = benefits.open_held_event_buffer(
        transaction
    )  # first: from here on no other transaction can stop or change a rule
    events = [item.event for item in batch if isinstance(item.event, Event)]
    with trace_step("inbox"):
        seen = _inbox(events, transaction, now)
    with trace_step("decide"):
        stations = load_station_batch(events, transaction)
        context = _Context(seen, stations, holding, transaction, library, now)
        handled = _decide(batch, context, outcomes)
    with trace_step("admit"):
        hashes = {made.rule_hash for item in handled for _, made in item.decided}
        benefits.store_rules(transaction, hashes, library.rules, now)
        settlement = Settlement(transaction, library, now, batches=context.batches)
        settlement.settle(handled)
        outcomes.rulings, outcomes.swept = settlement.rulings, settlement.swept
    with trace_step("record"):
        dead_letters.record_dead_letters(transaction, outcomes.dead_letters)
        dead_letters.resolve_processed_letters(transaction, seen.newly_handled, now)
        holding.record(transaction, now)
        outcomes.held = holding.count
        context.counted.record(transaction, now)
        stations.record(transaction, now)
    return outcomes


_Key = tuple[str, str]
_Digests = dict[_Key, str]


@dataclass(frozen=True, slots=True)
class _Seen:
    """The inbox state of a batch's events. ``handled`` grows while the batch is processed."""

    handled: _Digests  # digest of the event processed under a key
    inserted: _Digests  # digests that this batch added to the inbox
    batch: int | None  # the number of the batch of these rows

    @property
    def newly_handled(self) -> _Digests:
        """The events that this batch processed for the first time."""
        return {key: self.handled[key] for key in self.inserted if key in self.handled}


@dataclass(frozen=True, slots=True)
class _Context:
    """Everything that a batch's decisions depend on."""

    seen: _Seen
    stations: StationBatch
    holding: HeldEventBuffer
    transaction: Connection
    library: RuleLibrary
    now: datetime
    counted: CountedBatch = field(default_factory=CountedBatch)
    batches: list[str] = field(default_factory=list)  # numbers of the batches of rows, to be sealed


def _inbox(events: Sequence[Event], transaction: Connection, now: datetime) -> _Seen:
    first = {event.key: event.digest for event in reversed(events)}
    if not first:
        return _Seen({}, {}, None)
    batch = open_batch(transaction, INBOX_BATCHES, now)
    new = insert_unseen_events(transaction, first, now, batch)
    old = [key for key in first if key not in new]
    return _Seen(_digests(old, transaction), {key: first[key] for key in new}, batch)


def _digests(keys: Sequence[_Key], transaction: Connection) -> _Digests:
    if not keys:
        return {}
    found = select(inbox.c.source, inbox.c.id, inbox.c.digest).where(
        tuple_(inbox.c.source, inbox.c.id).in_(keys)
    )
    return {(row.source, row.id): row.digest for row in transaction.execute(found)}


def _decide(batch: Sequence[InboundEvent], context: _Context, outcomes: BatchOutcome) -> list[HandledEvent]:
    """Project each new event onto its member or station, then evaluate the rules; in order of arrival."""
    seen, transaction, now = context.seen, context.transaction, context.now
    events = [item.event for item in batch if isinstance(item.event, Event)]
    members = {
        e.subject for e in events if isinstance(e.payload, MemberPayload) and e.key not in seen.handled
    }
    histories = read_member_changes(transaction, members)
    applications = load_application_batch((e for e in events if e.key not in seen.handled), transaction)
    handled: list[HandledEvent] = []
    for item in batch:
        event = item.event
        if isinstance(event, Event) and seen.handled.get(event.key) == event.digest:
            outcomes.duplicates += 1
            continue
        faults = _faults(event, context, histories)
        if isinstance(event, InvalidEvent) or faults:
            outcomes.dead_letters.append(dead_letters.build_dead_letter(event, faults, item.origin, now))
            continue
        seen.handled[event.key] = event.digest
        outcomes.handled += 1
        if isinstance(event.payload, StationPayload):
            context.stations.apply(event)
            continue
        if isinstance(event.payload, Searched | Used):
            context.counted.apply(event)
            continue
        history = histories[event.subject]
        change = build_member_change(event)
        if change is not None:
            history.append(change)
        applications.apply(event)
        made = evaluate_event(event, history, applications, context.library)
        decided = context.holding.hold_stopped(made, event.text, len(history))
        handled.append(HandledEvent(event, change, decided))
    context.batches.extend(_correct_inbox(seen, transaction, now))
    applications.record(transaction)
    return handled


def _faults(
    event: Event | InvalidEvent, context: _Context, histories: Mapping[str, Sequence[MemberChange]]
) -> tuple[Fault, ...]:
    """Return why an item can't be processed; an empty tuple if it can."""
    if isinstance(event, InvalidEvent):
        return event.faults
    if event.key in context.seen.handled:
        return (EVENT_FAULTS.build("id_reused", field="id", value=event.id),)
    fault = _find_fault(event, context.stations, histories)
    return () if fault is None else (fault,)


def _find_fault(
    event: Event, stations: StationBatch, histories: Mapping[str, Sequence[MemberChange]]
) -> Fault | None:
    """Return why a valid event still can't be processed; None if it can."""
    if isinstance(event.payload, StationPayload | Used):
        return stations.find_fault(event)
    if isinstance(event.payload, Searched):
        return find_search_fault(event)
    return find_member_event_fault(event, histories.get(event.subject, ()))


def evaluate_event(
    event: Event, history: Sequence[MemberChange], applications: ApplicationBatch, library: RuleLibrary
) -> list[tuple[EventFacts, Decision]]:
    """Return the rules' decisions on an event, from what had arrived about its member by then."""
    if event.type not in library.by_event:
        return []
    facts = event_facts(event)
    known = {**facts_on(history, facts.occurred_on), **applications.facts(event)}
    found = evaluate_rules(facts, known, library, facts.occurred_on)
    return [(facts, decision) for decision in found]


def _correct_inbox(seen: _Seen, transaction: Connection, now: datetime) -> list[str]:
    """Leave only processed events in the inbox, so that the others can be replayed once they are mended.

    If an id came twice and only the second event was valid, the second one stays. Return the number of the
    batch of rows, to be sealed.
    """
    if seen.batch is None:
        return []
    wrong = [key for key, digest in seen.inserted.items() if seen.handled.get(key) != digest]
    rows = {
        key: {"source": key[0], "id": key[1], "digest": digest, "recorded_at": now}
        for key, digest in sorted(seen.newly_handled.items())
    }
    if wrong:
        transaction.execute(delete(inbox).where(tuple_(inbox.c.source, inbox.c.id).in_(wrong)))
        if anew := [{**rows[key], "batch": seen.batch} for key in wrong if key in rows]:
            transaction.execute(insert(inbox), anew)
    return close_batch(transaction, INBOX_BATCHES, seen.batch, [*rows.values()])
