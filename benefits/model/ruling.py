"""The ledger's ruling on a decision: granted, entered, waiting, or refused with every reason."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rules import Admission, Decision, EventFacts

_DAY = 5  # hexadecimal digits of a day's ordinal


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a refusal. ``text`` is the rule's own Chinese sentence or a catalogue template."""

    code: str  # condition, unknown, table, limit, quota, budget, cap
    text: str
    remedy: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)  # not frozen: built for every decision, in a fifth of the time
class Ruling:
    """One decision with its outcome.

    ``id`` is the decision's and, if granted, that of its first part's grant. ``position`` is the place on
    the waiting list, ``arrival`` the place among all who wait for any places of the rule and the period;
    ``bounds`` are the budgets and the quota afterwards: the amount used, and the ceiling.
    """

    id: str
    event: EventFacts
    decision: Decision
    outcome: Literal["granted", "entered", "waiting", "refused"]
    reasons: tuple[Reason, ...] = ()
    admission: Admission | None = None
    position: int | None = None
    bounds: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)
    arrival: int | None = None


def ruling_id(event: EventFacts, rule_id: str) -> str:
    """Return the ruling's id: the same for the same event and rule, on every runner and after every replay."""
    return compute_ruling_id(event.source, event.id, rule_id, event.occurred_on)


def compute_ruling_id(source: str, event_id: str, rule_id: str, occurred_on: date) -> str:
    """Return the id of a rule's ruling on an event.

    It begins with the day, so that rows of one time are stored together: an index over unordered ids
    is touched all over by every batch, and the more so the larger it grows.
    """
    content = hashlib.sha256("\0".join((source, event_id, rule_id)).encode()).hexdigest()
    return begin_ruling_ids(occurred_on) + content[: 40 - _DAY]


def begin_ruling_ids(day: date) -> str:
    """Return what the ids of all rulings of a day, and of their grants, begin with; those of later days are greater."""
    return f"{day.toordinal():0{_DAY}x}"


def grant_part_id(decision_id: str, index: int, name: str) -> str:
    """Return the id of a part's grant: the first part has the decision's id, each other one its own."""
    if index == 0:
        return decision_id
    content = hashlib.sha256(f"{decision_id}\0{name}".encode()).hexdigest()
    return decision_id[:_DAY] + content[: 40 - _DAY]
