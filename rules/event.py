"""The event as the rules see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from rules.facts import Value


@dataclass(frozen=True, slots=True)
class EventFacts:
    """One event about one member; ``occurred_on`` is the civil date of ``occurred_at`` in Asia/Shanghai."""

    source: str
    id: str
    type: str
    occurred_at: datetime
    occurred_on: date
    member: str
    payload: Mapping[str, Value]
