"""Process a batch of events into durable benefits; every path to a benefit goes through here.

A batch is handled in runs: acts on organisations (``events.organisations``) apart from all other events.

The steps are inbox → project → facts → decide → settle (``events.settling``: admit, record, and end what
falls due). The caller commits, and only then advances in its source. A decision never depends on where a
batch ends: an event sees what came before it, in this batch or an earlier one, and nothing that came after.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, tuple_

import benefits
from benefits import HeldEventBuffer, Ruling
from core.faults import Fault
from events import dead_letters
from events.applications import ApplicationBatch, load_application_batch
from events.dead_letters import DeadLetter
from events.envelope import Event, InvalidEvent, find_forged_source_faults
from events.faults import EVENT_FAULTS
from events.journal import append_events
from events.organisations import (
    derive_transfer_after_end,
    derive_transfers,
    find_end_fault,
    is_organisation_event,
    organisations_of,
    split_runs,
)
from events.projection import build_member_change, find_member_event_fault, rule_facts
from events.settling import HandledEvent, Settlement
from events.stations import CountedBatch, StationBatch, find_search_fault, load_station_batch
from events.sweeping import SweepResult
from events.transfers import find_transfer
from geo.messages import Searched, StationPayload, Used
from members import (
    MemberChange,
    MemberPayload,
    MembershipBatch,
    OrganisationBatch,
    OrganisationLineages,
    OrganisationPayload,
    load_lineages,
    read_member_changes,
)
from rules import Decision, EventFacts, RuleLibrary, evaluate_rules
from store import INBOX_BATCHES, close_batch, enqueue_for_sealing, inbox, insert_unseen_events, open_batch
from store.tables import row_batches

_Key = tuple[str, str]
_Digests = dict[_Key, str]
_TOGETHER = 500  # derived events that are handled together


@dataclass(frozen=True, slots=True)
class BatchInbox:
    """The inbox state of a batch's events. ``handled`` grows while the batch is processed."""

    handled: _Digests  # digest of the event processed under a key
    inserted: _Digests  # digests that this batch added to the inbox
    batch: int | None  # the number of the batch of these rows

    @property
    def newly_handled(self) -> _Digests:
        """The events that this batch processed for the first time."""
        return {key: self.handled[key] for key in self.inserted if key in self.handled}

    def is_duplicate(self, event: Event) -> bool:
        """Return whether this very event has been processed before."""
        return self.handled.get(event.key) == event.digest

    def find_id_faults(self, event: Event) -> tuple[Fault, ...]:
        """Return the fault of an event whose id another event bears that has been processed."""
        reused = event.key in self.handled
        return (EVENT_FAULTS.build("id_reused", field="id", value=event.id),) if reused else ()

    def correct(self, transaction: Connection, now: datetime) -> None:
        """Leave only processed events in the inbox, so that the others can be replayed once they are mended.

        If an id came twice and only the second event was valid, the second one stays.
        """
        if self.batch is None:
            return
        wrong = [key for key, digest in self.inserted.items() if self.handled.get(key) != digest]
        rows = {
            key: {"source": key[0], "id": key[1], "digest": digest, "recorded_at": now}
            for key, digest in sorted(self.newly_handled.items())
        }
        if wrong:
            transaction.execute(delete(inbox).where(tuple_(inbox.c.source, inbox.c.id).in_(wrong)))
            if anew := [{**rows[key], "batch": self.batch} for key in wrong if key in rows]:
                transaction.execute(insert(inbox), anew)
        closed = close_batch(transaction, INBOX_BATCHES, self.batch, [*rows.values()])
        enqueue_for_sealing(transaction, {row_batches.name: closed}, now)


def open_batch_inbox(events: Sequence[Event], transaction: Connection, now: datetime) -> BatchInbox:
    """Insert a batch's events into the inbox, and return which of them it held before."""
    first = {event.key: event.digest for event in reversed(events)}
    if not first:
        return BatchInbox({}, {}, None)
    batch = open_batch(transaction, INBOX_BATCHES, now)
    new = insert_unseen_events(transaction, first, now, batch)
    old = [key for key in first if key not in new]
    return BatchInbox(_read_digests(old, transaction), {key: first[key] for key in new}, batch)


def _read_digests(keys: Sequence[_Key], transaction: Connection) -> _Digests:
    if not keys:
        return {}
    found = select(inbox.c.source, inbox.c.id, inbox.c.digest).where(
        tuple_(inbox.c.source, inbox.c.id).in_(keys)
    )
    return {(row.source, row.id): row.digest for row in transaction.execute(found)}


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """One line of input and its origin (file and line, or ``http``).

    ``is_own`` is set where a service of Yihui built the event, or the journal holds it already: any other event
    that only two officers' acts publish is refused.
    """

    event: Event | InvalidEvent
    origin: str
    is_own: bool = False


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


def process_batch(
    batch: Sequence[InboundEvent], transaction: Connection, library: RuleLibrary, now: datetime
) -> BatchOutcome:
    """Process a batch in one transaction; see the module docstring for the steps.

    *Raises*: StoreError (through the transaction); then no part of the batch has taken effect.
    """
    outcomes = BatchOutcome()
    events = [item.event for item in batch]
    if any(map(is_organisation_event, events)):
        benefits.lock_rulebook_exclusive(transaction)  # nobody joins meanwhile what an act ends
    for run in split_runs(events):
        waiting: list[Sequence[InboundEvent]] = [batch[run]]
        while waiting:
            items = waiting.pop(0)
            handle = _handle_acts if is_organisation_event(items[0].event) else _handle_run
            done, following = handle(items, transaction, library, now)
            outcomes.add(done)
            waiting[:0] = [following[n : n + _TOGETHER] for n in range(0, len(following), _TOGETHER)]
    return outcomes


def _handle_acts(
    items: Sequence[InboundEvent], transaction: Connection, library: RuleLibrary, now: datetime
) -> tuple[BatchOutcome, list[InboundEvent]]:
    """Apply acts on organisations to the tree; return the transfers that follow."""
    outcomes, batch = BatchOutcome(), OrganisationBatch(transaction)
    acts = [(item.event, item.event.payload, item.origin) for item in items if isinstance(item.event, Event)]
    seen = open_batch_inbox([event for event, _, _ in acts], transaction, now)
    batch.load(
        [(event.subject, payload) for event, payload, _ in acts if isinstance(payload, OrganisationPayload)]
    )
    applied: list[Event] = []
    following: list[InboundEvent] = []
    for event, payload, origin in acts:
        assert isinstance(payload, OrganisationPayload), f"{event.type} is no act on an organisation"
        if seen.is_duplicate(event):
            outcomes.duplicates += 1
            continue
        faults = seen.find_id_faults(event)
        if not faults:
            faults = tuple(batch.find_faults(event.subject, payload))
        if faults:
            outcomes.dead_letters.append(dead_letters.build_dead_letter(event, faults, origin, now))
            continue
        seen.handled[event.key] = event.digest
        outcomes.handled += 1
        applied.append(event)
        moves = batch.apply(event.subject, payload, event.type, event.source, event.id)
        following += [InboundEvent(transfer, origin) for transfer in derive_transfers(event, moves, now)]
    batch.record(now)
    seen.correct(transaction, now)
    append_events(transaction, applied, now)
    dead_letters.record_dead_letters(transaction, outcomes.dead_letters)
    dead_letters.resolve_processed_letters(transaction, seen.newly_handled, now)
    return outcomes, following


def _handle_run(
    batch: Sequence[InboundEvent], transaction: Connection, library: RuleLibrary, now: datetime
) -> tuple[BatchOutcome, list[InboundEvent]]:
    """Handle events about members and stations; return what is to be handled next.

    Where a late event needs a transfer to follow it, that is the transfer and the rest of the batch.
    """
    outcomes = BatchOutcome()
    holding = benefits.open_held_event_buffer(
        transaction
    )  # first: from here on no other transaction can stop or change a rule
    events = [item.event for item in batch if isinstance(item.event, Event)]
    seen = open_batch_inbox(events, transaction, now)
    stations = load_station_batch(events, transaction)
    context = _Context(seen, stations, holding, transaction, library, now)
    handled = _decide(batch, context, outcomes)
    hashes = {made.rule_hash for item in handled for _, made in item.decided}
    benefits.store_rules(transaction, hashes, library.rules, now)
    settlement = Settlement(transaction, library, now)
    settlement.settle(handled)
    outcomes.rulings, outcomes.swept = settlement.rulings, settlement.swept
    dead_letters.record_dead_letters(transaction, outcomes.dead_letters)
    dead_letters.resolve_processed_letters(transaction, seen.newly_handled, now)
    holding.record(transaction, now)
    outcomes.held = holding.count
    context.counted.record(transaction, now)
    stations.record(transaction, now)
    return outcomes, context.following


@dataclass(frozen=True, slots=True)
class _Context:
    """Everything that a batch's decisions depend on."""

    seen: BatchInbox
    stations: StationBatch
    holding: HeldEventBuffer
    transaction: Connection
    library: RuleLibrary
    now: datetime
    counted: CountedBatch = field(default_factory=CountedBatch)
    following: list[InboundEvent] = field(default_factory=list)  # what is to be handled next


def _decide(batch: Sequence[InboundEvent], context: _Context, outcomes: BatchOutcome) -> list[HandledEvent]:
    """Project each new event onto its member or station, then evaluate the rules; in order of arrival."""
    seen, transaction, now = context.seen, context.transaction, context.now
    events = [item.event for item in batch if isinstance(item.event, Event)]
    members = {
        e.subject for e in events if isinstance(e.payload, MemberPayload) and e.key not in seen.handled
    }
    histories = read_member_changes(transaction, members)
    applications = load_application_batch((e for e in events if e.key not in seen.handled), transaction)
    named = {code for e in events for code in organisations_of(e, histories.get(e.subject, ()))}
    lineages = load_lineages(transaction, named)
    memberships = MembershipBatch()
    handled: list[HandledEvent] = []
    for place, item in enumerate(batch, 1):
        event = item.event
        if isinstance(event, Event) and seen.is_duplicate(event):
            outcomes.duplicates += 1
            continue
        faults = _faults(item, context, histories, lineages)
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
            memberships.note(change, len(history))
            history.append(change)
        applications.apply(event)
        made = evaluate_event(event, history, applications, context.library, lineages)
        decided = context.holding.hold_stopped(made, event.text, len(history))
        transfer = find_transfer(event, history, lineages)
        handled.append(HandledEvent(event, change, decided, transfer))
        if (follows := derive_transfer_after_end(event, lineages, now)) is not None:
            context.following.extend([InboundEvent(follows, item.origin), *batch[place:]])
            break  # what comes later in the batch sees the transfer
    seen.correct(transaction, now)
    applications.record(transaction)
    memberships.record(transaction, histories)
    return handled


def _faults(
    item: InboundEvent,
    context: _Context,
    histories: Mapping[str, Sequence[MemberChange]],
    lineages: OrganisationLineages,
) -> tuple[Fault, ...]:
    """Return why an item can't be processed; an empty tuple if it can."""
    event = item.event
    if isinstance(event, InvalidEvent):
        return event.faults
    if not item.is_own and (faults := tuple(find_forged_source_faults(event))):
        return faults
    if faults := context.seen.find_id_faults(event):
        return faults
    fault = _find_fault(event, context, histories, lineages)
    return () if fault is None else (fault,)


def _find_fault(
    event: Event,
    context: _Context,
    histories: Mapping[str, Sequence[MemberChange]],
    lineages: OrganisationLineages,
) -> Fault | None:
    """Return why a valid event still can't be processed; None if it can."""
    if isinstance(event.payload, StationPayload | Used):
        return context.stations.find_fault(event)
    if isinstance(event.payload, Searched):
        return find_search_fault(event)
    return find_member_event_fault(event, histories.get(event.subject, ())) or find_end_fault(event, lineages)


def evaluate_event(
    event: Event,
    history: Sequence[MemberChange],
    applications: ApplicationBatch,
    library: RuleLibrary,
    lineages: OrganisationLineages,
) -> list[tuple[EventFacts, Decision]]:
    """Return the rules' decisions on an event, from what had arrived about its member by then.

    ``lineages`` hold the organisations that the member's changes name.
    """
    if event.type not in library.by_event:
        return []
    facts, known = rule_facts(event, history, applications, lineages)
    found = evaluate_rules(facts, known, library)
    return [(facts, decision) for decision in found]


def forecast_rulings(
    events: Sequence[Event], connection: Connection, library: RuleLibrary
) -> Sequence[Ruling]:
    """Return the rulings on the last of some events about one member, as if all of them came now.

    It only reads: what falls due by the days of the events stays as it is.
    """
    member, last = events[-1].subject, events[-1].key
    history = read_member_changes(connection, [member])[member]
    named = {code for event in events for code in organisations_of(event, history)}
    lineages, applications = load_lineages(connection, named), load_application_batch(events, connection)
    stops, decided = benefits.read_rule_stops(connection), list[tuple[EventFacts, Decision]]()
    for event in events:
        if find_member_event_fault(event, history) or find_end_fault(event, lineages):
            continue
        if (change := build_member_change(event)) is not None:
            history.append(change)
        applications.apply(event)
        made = evaluate_event(event, history, applications, library, lineages)
        decided += [pair for pair in made if pair[1].rule_id not in stops]
    rulings = benefits.forecast_rulings(connection, decided)
    return [one for one in rulings if (one.event.source, one.event.id) == last]
