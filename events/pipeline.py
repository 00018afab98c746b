"""The only way from a batch of events to durable benefits.

inbox → project → facts → decide → admit → record; the caller commits, and only then moves on in
its source. What an event is decided on never depends on where a batch ends: it sees the changes
that came before it, in this batch or any earlier one, and none that came after.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import Connection, delete, select, tuple_

import benefits
from benefits import Ruling
from events import dead_letters
from events.dead_letters import DeadLetter
from events.envelope import Event, Unreadable
from geo.faults import Fault
from members import (
    Change,
    Enrolment,
    Payload,
    Value,
    civil_date,
    facts_on,
    read_changes,
    record_changes,
    values_of,
)
from rules import Decision, EventFacts, Library, evaluate
from store import inbox, insert_into

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
    letters: list[DeadLetter] = field(default_factory=list)
    rulings: list[Ruling] = field(default_factory=list)

    def add(self, other: "Outcomes") -> None:
        self.handled += other.handled
        self.duplicates += other.duplicates
        self.letters += other.letters
        self.rulings += other.rulings

    def count(self) -> Counter[str]:
        return Counter(ruling.outcome for ruling in self.rulings)


def handle(batch: Sequence[Item], transaction: Connection, library: Library, now: datetime) -> Outcomes:
    """Handle a batch in one transaction; see the module's first lines.

    *Raises*: StoreError (through the transaction); then nothing of the batch has happened.
    """
    outcomes = Outcomes()
    fresh = _inbox(batch, transaction, outcomes, now)
    decided = _decide(fresh, transaction, library, outcomes, now)
    outcomes.rulings = benefits.admit_and_record(transaction, decided, now)
    dead_letters.record(transaction, outcomes.letters)
    return outcomes


def _inbox(batch: Sequence[Item], transaction: Connection, outcomes: Outcomes, now: datetime) -> list[Item]:
    """Keep what was never seen; the same id with other content becomes a dead letter."""
    first: dict[tuple[str, str], Item] = {}
    repeated: list[Item] = []
    for item in batch:
        if isinstance(item.event, Unreadable):
            outcomes.letters.append(dead_letters.letter(item.event, item.event.faults, item.origin, now))
        elif item.event.key in first:
            repeated.append(item)
        else:
            first[item.event.key] = item
    new = _insert(transaction, first, now)
    repeated += [item for key, item in first.items() if key not in new]
    _repeated(repeated, transaction, outcomes, now)
    return [item for key, item in first.items() if key in new]


def _insert(
    transaction: Connection, items: dict[tuple[str, str], Item], now: datetime
) -> set[tuple[str, str]]:
    """Insert into the inbox; gives the keys that were not there before."""
    if not items:
        return set()
    rows = [
        {"source": source, "id": id_, "digest": _event(item).digest, "recorded_at": now}
        for (source, id_), item in items.items()
    ]
    statement = insert_into(transaction, inbox).on_conflict_do_nothing().returning(inbox.c.source, inbox.c.id)
    return {(row.source, row.id) for row in transaction.execute(statement, rows)}


def _event(item: Item) -> Event:
    assert isinstance(item.event, Event)
    return item.event


def _repeated(items: Iterable[Item], transaction: Connection, outcomes: Outcomes, now: datetime) -> None:
    """Tell duplicates (same content) from ids used twice (other content)."""
    events = [(_event(item), item.origin) for item in items]
    if not events:
        return
    keys = [event.key for event, _ in events]
    rows = transaction.execute(
        select(inbox.c.source, inbox.c.id, inbox.c.digest).where(tuple_(inbox.c.source, inbox.c.id).in_(keys))
    )
    known = {(row.source, row.id): row.digest for row in rows}
    for event, origin in events:
        if known[event.key] == event.digest:
            outcomes.duplicates += 1
        else:
            outcomes.letters.append(dead_letters.letter(event, (_id_reused(event),), origin, now))


def _decide(
    items: Sequence[Item], transaction: Connection, library: Library, outcomes: Outcomes, now: datetime
) -> list[tuple[EventFacts, Decision]]:
    """Project each event onto its member, then ask the rules; in order of arrival."""
    histories = read_changes(transaction, {_event(item).subject for item in items})
    changes: list[Change] = []
    decided: list[tuple[EventFacts, Decision]] = []
    rejected: list[Event] = []
    for item in items:
        event = _event(item)
        history = histories[event.subject]
        fault = _unfit(event, history)
        if fault is not None:
            outcomes.letters.append(dead_letters.letter(event, (fault,), item.origin, now))
            rejected.append(event)
            continue
        change = _change(event)
        if change is not None:
            history.append(change)
            changes.append(change)
        decided += _rulings_on(event, history, library)
        outcomes.handled += 1
    _forget(rejected, transaction)
    record_changes(transaction, changes)
    return decided


def _unfit(event: Event, history: Sequence[Change]) -> Fault | None:
    """Why a well-formed event still can't be handled; None where it can."""
    if not isinstance(event.payload, Payload):
        return _not_handled_yet(event)
    if not history and not isinstance(event.payload, Enrolment):
        return _unknown_member(event)
    return None


def _change(event: Event) -> Change | None:
    assert isinstance(event.payload, Payload)
    values = values_of(event.payload)
    if not values:
        return None
    return Change(event.subject, event.occurred_at, event.type, event.source, event.id, values)


def _rulings_on(
    event: Event, history: Sequence[Change], library: Library
) -> list[tuple[EventFacts, Decision]]:
    occurred_on = civil_date(event.occurred_at)
    facts = EventFacts(
        source=event.source,
        id=event.id,
        type=event.type,
        occurred_at=event.occurred_at,
        occurred_on=occurred_on,
        member=event.subject,
        payload=_values(event.payload),
    )
    found = evaluate(facts, facts_on(history, occurred_on), library, occurred_on)
    return [(facts, decision) for decision in found]


def _values(payload: BaseModel) -> dict[str, Value]:
    return {name: getattr(payload, name) for name in type(payload).model_fields}


def _forget(events: Sequence[Event], transaction: Connection) -> None:
    """Take rejected events out of the inbox, so that they can be replayed once they are mended."""
    if events:
        keys = [event.key for event in events]
        transaction.execute(delete(inbox).where(tuple_(inbox.c.source, inbox.c.id).in_(keys)))


def _id_reused(event: Event) -> Fault:
    return Fault(
        N_("the id {value} was used before for another event"),
        N_("give every event of a source its own id"),
        field="id",
        value=event.id,
        params={"code": "id_reused"},
    )


def _unknown_member(event: Event) -> Fault:
    return Fault(
        N_("the member {value} is not on any roll"),
        N_("import the roll or send member.joined first, then replay this event"),
        field="subject",
        value=event.subject,
        params={"code": "unknown_member"},
    )


def _not_handled_yet(event: Event) -> Fault:
    return Fault(
        N_("events of type {value} are kept, but nothing acts on them in this version"),
        N_("replay them after an upgrade that does"),
        field="type",
        value=event.type,
        params={"code": "not_handled"},
    )
