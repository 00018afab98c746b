"""``station.searched``: counted by coarse cells; what is finer is made coarse before anything is kept."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import Fault
from events.envelope import Event
from geo.messages import Searched
from geo.registry import count_searches
from geo.search_counts import RESOLUTION, SearchCount

N_ = str  # marks a text for the message catalogue


def unfit_search(event: Event) -> Fault | None:
    """Why a well-formed search can't be counted; None where it can."""
    from geo.coverage.cells import is_cell, resolution_of

    assert isinstance(event.payload, Searched), f"{event.type} is no search"
    cell = event.payload.cell
    if not is_cell(cell):
        return _no_cell(cell)
    if resolution_of(cell) < RESOLUTION:
        return _too_coarse(cell, resolution_of(cell))
    return None


@dataclass(slots=True)
class SearchDesk:
    """The searches of a batch that are fit; they are counted once the batch is recorded."""

    heard: list[Event] = field(default_factory=list)

    def hear(self, event: Event) -> None:
        self.heard.append(event)

    def record(self, transaction: Connection, now: datetime) -> None:
        if self.heard:
            count_searches(transaction, self._counts(), civil_date(now))

    def _counts(self) -> Iterator[SearchCount]:
        from geo.coverage.cells import parent_of

        for event in self.heard:
            payload = event.payload
            assert isinstance(payload, Searched)
            cell = parent_of(payload.cell, RESOLUTION)
            on = civil_date(event.occurred_at)
            yield SearchCount(cell, on, payload.hour, payload.found, payload.count)


def _no_cell(cell: str) -> Fault:
    return Fault(
        N_("{value} is no cell of H3"),
        N_("give the cell's index in 15 hexadecimal digits, as h3's latlng_to_cell does"),
        field="data.cell",
        value=cell,
        params={"code": "no_cell"},
    )


def _too_coarse(cell: str, resolution: int) -> Fault:
    return Fault(
        N_("the cell {value} is of resolution {resolution}: too large to say where anybody searched"),
        N_("give a cell of resolution {wanted}"),
        field="data.cell",
        value=cell,
        params={"code": "coarse_cell", "resolution": str(resolution), "wanted": str(RESOLUTION)},
    )
