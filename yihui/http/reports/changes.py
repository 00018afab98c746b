"""Stations whose answers differ between two snapshots, for any cause."""

from dataclasses import dataclass

from yihui.bootstrap import Wiring
from yihui.services.station_snapshot import Snapshot, find_changed_stations

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


def build_update_notice(wiring: Wiring, before: Snapshot, after: Snapshot) -> UpdateNotice:
    """Return the changes from ``before`` to ``after``. *Raises*: StoreError."""
    version = str(after.version)
    changed = find_changed_stations(wiring, before, after, MAX_NAMED_STATIONS)
    return UpdateNotice(version, None) if changed is None else _named(version, changed)


def _named(version: str, stations: set[str]) -> UpdateNotice:
    return UpdateNotice(version, tuple(sorted(stations)) if len(stations) <= MAX_NAMED_STATIONS else None)
