"""Count ``station.used`` events, rests by station and hour, when each batch is recorded."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from core.civil_time import civil_date
from events.envelope import Event
from geo.messages import Used
from geo.registry import record_use_counts
from geo.usage_counts import UseCount


@dataclass(slots=True)
class UseBatch:
    """The valid uses of a batch; they are counted when the batch is recorded."""

    events: list[Event] = field(default_factory=list)

    def apply(self, event: Event) -> None:
        self.events.append(event)

    def record(self, transaction: Connection, now: datetime) -> None:
        if self.events:
            record_use_counts(transaction, self._counts(), civil_date(now))

    def _counts(self) -> Iterator[UseCount]:
        for event in self.events:
            payload = event.payload
            assert isinstance(payload, Used), f"{event.type} is no use"
            yield UseCount(payload.station, civil_date(event.occurred_at), payload.hour, payload.count)
