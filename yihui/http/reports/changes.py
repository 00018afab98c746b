"""Stations whose answers differ between two snapshots, for any cause."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from yihui.bootstrap import Wiring

if TYPE_CHECKING:
    from yihui.http.snapshot import Snapshot

MAX_NAMED_STATIONS = 200  # a notice of more stations names none


@dataclass(frozen=True, slots=True)
class UpdateNotice:
    """The current version, and the ids of the stations that changed; None if they are too many to name."""

    version: str
    stations: tuple[str, ...] | None

    def merge(self, later: "UpdateNotice") -> "UpdateNotice":
        """Return one notice for both, for a listener who has not received the first yet."""
        if self.stations is None or later.stations is None:
            return UpdateNotice(later.version, None)
        return _named(later.version, {*self.stations, *later.stations})


def build_update_notice(wiring: Wiring, before: "Snapshot", after: "Snapshot") -> UpdateNotice:
    """Return the changes from ``before`` to ``after``. *Raises*: StoreError."""
    from geo.registry import load_changes_since, stations_reported_since

    version = str(after.version)
    changed = {
        id for id in before.live.keys() | after.live.keys() if before.live.get(id) != after.live.get(id)
    }
    with wiring.database.read() as connection:
        if after.version.register != before.version.register:
            others = load_changes_since(connection, before.version.register, MAX_NAMED_STATIONS)
            if others is None:
                return UpdateNotice(version, None)
            changed |= {station.id for station in others[0]} | set(others[1])
        if after.version.live != before.version.live:
            spoken_of = stations_reported_since(connection, before.version.live, MAX_NAMED_STATIONS)
            if spoken_of is None:
                return UpdateNotice(version, None)
            changed |= spoken_of
    return _named(version, changed)


def _named(version: str, stations: set[str]) -> UpdateNotice:
    return UpdateNotice(version, tuple(sorted(stations)) if len(stations) <= MAX_NAMED_STATIONS else None)
