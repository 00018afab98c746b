"""``station.used``: how many rested where, counted once each batch is recorded."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from core.civil_time import civil_date
from events.envelope import Event
from geo.messages import Used
from geo.registry import count_uses
from geo.rest_counts import UseCount


@dataclass(slots=True)
class UseDesk:
    """The uses of a batch that are fit; they are counted once the batch is recorded."""

    heard: list[Event] = field(default_factory=list)

    def hear(self, event: Event) -> None:
        self.heard.append(event)

    def record(self, transaction: Connection, now: datetime) -> None:
        if self.heard:
            count_uses(transaction, self._counts(), civil_date(now))

    def _counts(self) -> Iterator[UseCount]:
        for event in self.heard:
            payload = event.payload
            assert isinstance(payload, Used), f"{event.type} is no use"
            yield UseCount(payload.station, civil_date(event.occurred_at), payload.hour, payload.count)
