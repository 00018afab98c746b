"""Counts of an area's stations by kind, opening state and access."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from geo.coverage.reach import OPEN_TO_ALL
from geo.hours import STATES_BY_CODE
from geo.nearest.index import StationIndex
from geo.station import Access, Station, Status


@dataclass(frozen=True, slots=True)
class PlaceCounts:
    """Counts of an area's places, without those closed for good.

    ``open``, ``closed`` and ``unknown`` count the placed ones by opening state at the instant. ``usable`` counts
    the open ones that are in service and not reserved for others, ``access_unknown`` those of them whose access
    nobody stated. ``verified_on`` is the date of the latest
    visit by an officer.
    """

    total: int
    unplaced: int
    by_kind: Mapping[str, int]
    open: int
    closed: int
    unknown: int
    usable: int
    access_unknown: int
    verified_on: date | None


def count_places(stations: Sequence[Station], index: StationIndex, at: datetime) -> PlaceCounts:
    """Count the stations of an area; ``index`` must hold its placed stations."""
    alive = [s for s in stations if s.status is not Status.CLOSED_FOR_GOOD]
    states = dict(zip((s.id for s in index.stations), index.states(at).tolist(), strict=True))
    placed = [s for s in alive if s.is_placed]
    held = Counter(STATES_BY_CODE[states[s.id]].value for s in placed)
    usable = [
        s for s in placed if STATES_BY_CODE[states[s.id]].value == "open" and s.access in OPEN_TO_ALL.accesses
    ]
    kinds = Counter(s.kind.value for s in alive)
    return PlaceCounts(
        total=len(alive),
        unplaced=len(alive) - len(placed),
        by_kind=dict(sorted(kinds.items(), key=lambda item: (-item[1], item[0]))),
        open=held["open"],
        closed=held["closed"],
        unknown=held["unknown"],
        usable=len(usable),
        access_unknown=sum(s.access is Access.UNKNOWN for s in usable),
        verified_on=max((s.verified_on for s in alive if s.verified_on), default=None),
    )
