"""The event as the rules read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from rules.facts import FactValue


@dataclass(slots=True)  # not frozen: building one for every event takes a fifth of the time
class EventFacts:
    """One event about one member; ``occurred_on`` is the civil date of ``occurred_at`` in Asia/Shanghai.

    ``known_on`` is the civil date on which its sender recorded it, if the event states one.
    """

    source: str
    id: str
    type: str
    occurred_at: datetime
    occurred_on: date
    member: str
    payload: Mapping[str, FactValue]
    known_on: date | None = None
