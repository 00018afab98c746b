"""What the ledger made of a decision: granted, or refused with every reason."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from rules import Admission, Decision, EventFacts

_DAY = 5  # hexadecimal digits of a day's ordinal


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a no. ``text`` is the rule's own Chinese sentence or a catalogue template."""

    code: str  # condition, unknown, table, limit, quota, budget, cap
    text: str
    remedy: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)  # not frozen: made for every decision, in a fifth of the time
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
    return ruling_id_of(event.source, event.id, rule_id, event.occurred_on)


def ruling_id_of(source: str, event_id: str, rule_id: str, occurred_on: date) -> str:
    """The id of what a rule says of an event.

    It begins with the day, so that what comes together lies together: an index over ids without any
    order is touched all over by every batch, and the more so the larger it grows.
    """
    content = hashlib.sha256("\0".join((source, event_id, rule_id)).encode()).hexdigest()
    return f"{occurred_on.toordinal():0{_DAY}x}{content[: 40 - _DAY]}"


def part_id(decision_id: str, index: int, name: str) -> str:
    """The id of a part's grant: the first part has the decision's, each other one its own."""
    if index == 0:
        return decision_id
    content = hashlib.sha256(f"{decision_id}\0{name}".encode()).hexdigest()
    return decision_id[:_DAY] + content[: 40 - _DAY]
