"""What the ledger made of a decision: granted, or refused with every reason."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rules import Decision, EventFacts


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a no. ``text`` is the rule's own Chinese sentence or a catalogue template."""

    code: str  # condition, unknown, table, limit, quota, budget, cap
    text: str
    remedy: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ruling:
    """One decision with what became of it. ``id`` is the decision's and, if granted, the grant's."""

    id: str
    event: EventFacts
    decision: Decision
    outcome: Literal["granted", "refused"]
    reasons: tuple[Reason, ...] = ()


def ruling_id(event: EventFacts, rule_id: str) -> str:
    """The same event and rule give the same id, on every runner and after every replay."""
    return ruling_id_of(event.source, event.id, rule_id)


def ruling_id_of(source: str, event_id: str, rule_id: str) -> str:
    """The id of what a rule says of an event."""
    return hashlib.sha256("\0".join((source, event_id, rule_id)).encode()).hexdigest()[:40]
