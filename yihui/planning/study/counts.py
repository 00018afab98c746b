"""How many places there are in an area, and what holds at them at an instant."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.nearest.index import StationIndex
    from geo.station import Station


@dataclass(frozen=True, slots=True)
class PlaceCounts:
    """Places of an area that aren't closed for good.

    ``open``, ``closed`` and ``unknown`` are what the hours of the placed ones say then; ``usable`` are
    those of the open ones that are in service and not for others only. ``verified_on`` is the latest
    visit by an officer.
    """

    total: int
    unplaced: int
    by_kind: Mapping[str, int]
    open: int
    closed: int
    unknown: int
    usable: int
    verified_on: date | None

    @property
    def placed(self) -> int:
        """How many have a point on the map."""
        return self.total - self.unplaced


def place_counts(stations: "Sequence[Station]", index: "StationIndex", at: datetime) -> PlaceCounts:
    """Count the stations of an area; ``index`` must hold those of them that are placed."""
    from geo.coverage import OPEN_TO_ALL
    from geo.hours import STATES
    from geo.station import Status

    alive = [s for s in stations if s.status is not Status.CLOSED_FOR_GOOD]
    states = dict(zip((s.id for s in index.stations), index.states(at).tolist(), strict=True))
    placed = [s for s in alive if s.is_placed]
    held = Counter(STATES[states[s.id]].value for s in placed)
    usable = [s for s in placed if STATES[states[s.id]].value == "open" and s.access in OPEN_TO_ALL.accesses]
    kinds = Counter(s.kind.value for s in alive)
    return PlaceCounts(
        total=len(alive),
        unplaced=len(alive) - len(placed),
        by_kind=dict(sorted(kinds.items(), key=lambda item: (-item[1], item[0]))),
        open=held["open"],
        closed=held["closed"],
        unknown=held["unknown"],
        usable=len(usable),
        verified_on=max((s.verified_on for s in alive if s.verified_on), default=None),
    )
