"""Which stations answer otherwise than before: between two snapshots, whatever changed them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from yihui.bootstrap import Wiring

if TYPE_CHECKING:
    from yihui.http.snapshot import Snapshot

MOST_NAMED = 200  # stations; of more it is only told that there are many


@dataclass(frozen=True, slots=True)
class Tidings:
    """The version that is known now, and which stations have news; None where too many to be named."""

    version: str
    stations: tuple[str, ...] | None

    def joined(self, later: "Tidings") -> "Tidings":
        """Both at once, for somebody who has not heard the first yet."""
        if self.stations is None or later.stations is None:
            return Tidings(later.version, None)
        return _named(later.version, {*self.stations, *later.stations})


def tidings(wiring: Wiring, before: "Snapshot", after: "Snapshot") -> Tidings:
    """What is new in ``after``. *Raises*: StoreError."""
    from geo.registry import changed_since, spoken_of_since

    version = str(after.version)
    changed = {
        id for id in before.live.keys() | after.live.keys() if before.live.get(id) != after.live.get(id)
    }
    with wiring.database.read() as connection:
        if after.version.register != before.version.register:
            others = changed_since(connection, before.version.register, MOST_NAMED)
            if others is None:
                return Tidings(version, None)
            changed |= {station.id for station in others[0]} | set(others[1])
        if after.version.live != before.version.live:
            spoken_of = spoken_of_since(connection, before.version.live, MOST_NAMED)
            if spoken_of is None:
                return Tidings(version, None)
            changed |= spoken_of
    return _named(version, changed)


def _named(version: str, stations: set[str]) -> Tidings:
    return Tidings(version, tuple(sorted(stations)) if len(stations) <= MOST_NAMED else None)
