"""Check events about stations against the register: apply reports and notices to it, and count searches and uses."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import Fault
from events.envelope import Event
from events.faults import EVENT_FAULTS
from geo.messages import Answer, Answered, Inspected, Reported, Searched, StationPayload, Used
from geo.usage_counts import SEARCH_H3_RESOLUTION, SearchCount, UseCount

if TYPE_CHECKING:
    from geo.registry.reports import StationEvent


@dataclass(frozen=True, slots=True)
class StationBatch:
    """The register's data on a batch's stations; ``events`` and ``reports`` grow with the batch."""

    stations: frozenset[str]
    keys: Mapping[str, tuple[str, datetime | None]]  # each keeper key's station, and when the key was revoked
    reports: dict[str, str]  # the station of each answered report, by report number
    links: Mapping[str, str]  # the id that a station keeps, by each other id that an answer names
    events: "list[StationEvent]" = field(default_factory=list)

    def apply(self, event: Event) -> None:
        """Add a valid event; it takes effect when the batch is recorded."""
        from geo.registry.reports import RIDER_SOURCE, StationEvent

        assert isinstance(event.payload, StationPayload), f"{event.type} speaks of no station"
        self.events.append(StationEvent(event.source, event.id, event.occurred_at, event.payload))
        if (
            isinstance(event.payload, Reported)
            and event.source == RIDER_SOURCE
            and event.payload.keeper is None
        ):
            self.reports[event.id] = event.payload.station

    def find_fault(self, event: Event) -> Fault | None:
        """Return why a valid station event can't take effect; None if it can."""
        payload = event.payload
        assert isinstance(payload, StationPayload | Used), f"{event.type} speaks of no station"
        if payload.station != event.subject:
            station = payload.station
            return EVENT_FAULTS.build("other_subject", field="subject", value=event.subject, station=station)
        if payload.station not in self.stations:
            return EVENT_FAULTS.build("unknown_station", field="data.station", value=payload.station)
        if isinstance(payload, Used):
            return None
        if payload.keeper is not None and not self._may_speak(payload.keeper, event):
            return EVENT_FAULTS.build("unknown_keeper", field="data.keeper", value=payload.keeper)
        if isinstance(payload, Inspected) and payload.on > civil_date(event.occurred_at):
            return EVENT_FAULTS.build("future_inspection", field="data.on", value=payload.on)
        if isinstance(payload, Answered) and not self._may_answer(payload, event):
            return EVENT_FAULTS.build("unknown_report", field="data.report", value=payload.report)
        return None

    def _may_answer(self, payload: Answered, event: Event) -> bool:
        from geo.registry.reports import RIDER_SOURCE

        is_by_rider = event.source == RIDER_SOURCE and payload.keeper is None
        is_theirs = payload.answer is not Answer.WITHDRAWN or is_by_rider
        named = {payload.station, self.links.get(payload.station, payload.station)}
        return is_theirs and self.reports.get(payload.report) in named

    def _may_speak(self, key: str, event: Event) -> bool:
        station, revoked_at = self.keys.get(key, ("", None))
        return station == event.subject and (revoked_at is None or event.occurred_at < revoked_at)

    def record(self, transaction: Connection, now: datetime) -> None:
        """Apply all added events to the register; call it last in the transaction (see `record_sayings`)."""
        if self.events:
            from geo.registry.statements import record_status_reports

            record_status_reports(transaction, self.events, now)


def load_station_batch(events: Sequence[Event], transaction: Connection) -> StationBatch:
    """Load the register's data on the stations and keeper keys that some events name."""
    payloads = [event.payload for event in events if isinstance(event.payload, StationPayload)]
    used = [event.payload.station for event in events if isinstance(event.payload, Used)]
    if not (payloads or used):
        return StationBatch(frozenset(), {}, {}, {})
    from geo.registry.links import load_links
    from geo.registry.reports import find_reports_by_number
    from geo.registry.statements import find_known_station_ids, stations_by_keeper_key

    stations = find_known_station_ids(transaction, [*used, *(payload.station for payload in payloads)])
    keys = stations_by_keeper_key(transaction, [p.keeper for p in payloads if p.keeper is not None])
    answers = [payload for payload in payloads if isinstance(payload, Answered)]
    found = find_reports_by_number(transaction, [one.report for one in answers])
    reports = {number: said.station for number, said in found.items()}
    is_moved = any(reports.get(one.report, one.station) != one.station for one in answers)
    return StationBatch(stations, keys, reports, load_links(transaction) if is_moved else {})


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
class CountedBatch:
    """The valid searches and uses of a batch; they are counted when the batch is recorded.

    Searches are counted by coarse cells, finer ones are made coarse; rests by station and hour.
    """

    searches: list[Event] = field(default_factory=list)
    uses: list[Event] = field(default_factory=list)

    def apply(self, event: Event) -> None:
        """Add a valid event."""
        (self.searches if isinstance(event.payload, Searched) else self.uses).append(event)

    def record(self, transaction: Connection, now: datetime) -> None:
        """Store the counts."""
        if not (self.searches or self.uses):
            return
        from geo.registry.usage_counts import record_search_counts, record_use_counts

        if self.searches:
            record_search_counts(transaction, self._search_counts(), civil_date(now))
        if self.uses:
            record_use_counts(transaction, self._use_counts(), civil_date(now))

    def _search_counts(self) -> Iterator[SearchCount]:
        from geo.coverage.cells import parent_cell_name

        for event in self.searches:
            payload = event.payload
            assert isinstance(payload, Searched)
            cell = parent_cell_name(payload.cell, SEARCH_H3_RESOLUTION)
            on = civil_date(event.occurred_at)
            yield SearchCount(cell, on, payload.hour, payload.found, payload.count)

    def _use_counts(self) -> Iterator[UseCount]:
        for event in self.uses:
            payload = event.payload
            assert isinstance(payload, Used), f"{event.type} is no use"
            yield UseCount(payload.station, civil_date(event.occurred_at), payload.hour, payload.count)
