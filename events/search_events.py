"""Count ``station.searched`` events by coarse cells; finer cells are made coarse before they are stored."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import Fault
from events.envelope import Event
from events.faults import EVENT_FAULTS
from geo.messages import Searched
from geo.registry import record_search_counts
from geo.usage_counts import SEARCH_H3_RESOLUTION, SearchCount


def find_search_fault(event: Event) -> Fault | None:
    """Return why a valid search event can't be counted; None if it can."""
    from geo.coverage.cells import cell_resolution, is_cell_name

    assert isinstance(event.payload, Searched), f"{event.type} is no search"
    cell = event.payload.cell
    if not is_cell_name(cell):
        return EVENT_FAULTS.build("no_cell", field="data.cell", value=cell)
    resolution, wanted = cell_resolution(cell), SEARCH_H3_RESOLUTION
    if resolution < wanted:
        return EVENT_FAULTS.build(
            "coarse_cell", field="data.cell", value=cell, resolution=resolution, wanted=wanted
        )
    return None


@dataclass(slots=True)
class SearchBatch:
    """The valid searches of a batch; they are counted when the batch is recorded."""

    events: list[Event] = field(default_factory=list)

    def apply(self, event: Event) -> None:
        self.events.append(event)

    def record(self, transaction: Connection, now: datetime) -> None:
        if self.events:
            record_search_counts(transaction, self._counts(), civil_date(now))

    def _counts(self) -> Iterator[SearchCount]:
        from geo.coverage.cells import parent_cell_name

        for event in self.events:
            payload = event.payload
            assert isinstance(payload, Searched)
            cell = parent_cell_name(payload.cell, SEARCH_H3_RESOLUTION)
            on = civil_date(event.occurred_at)
            yield SearchCount(cell, on, payload.hour, payload.found, payload.count)
