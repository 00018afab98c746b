"""What the ledger made of a decision: granted, or refused with every reason."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rules import Admission, Decision, EventFacts


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a no. ``text`` is the rule's own Chinese sentence or a catalogue template."""

    code: str  # condition, unknown, table, limit, quota, budget, cap
    text: str
    remedy: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ruling:
    """One decision with what became of it. ``id`` is the decision's and, if granted, its first part's.

    ``position`` is the place on the waiting list; ``bounds`` are the budgets and the quota as they stood
    afterwards: used, and of how much.
    """

    id: str
    event: EventFacts
    decision: Decision
    outcome: Literal["granted", "entered", "waiting", "refused"]
    reasons: tuple[Reason, ...] = ()
    admission: Admission | None = None
    position: int | None = None
    bounds: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)


def ruling_id(event: EventFacts, rule_id: str) -> str:
    """The same event and rule give the same id, on every runner and after every replay."""
    return ruling_id_of(event.source, event.id, rule_id)


def ruling_id_of(source: str, event_id: str, rule_id: str) -> str:
    """The id of what a rule says of an event."""
    return hashlib.sha256("\0".join((source, event_id, rule_id)).encode()).hexdigest()[:40]


def part_id(decision_id: str, index: int, name: str) -> str:
    """The id of a part's grant: the first part has the decision's, each other one its own."""
    if index == 0:
        return decision_id
    return hashlib.sha256(f"{decision_id}\0{name}".encode()).hexdigest()[:40]
