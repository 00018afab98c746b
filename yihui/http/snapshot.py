"""The stations in memory; read again only when the register or the live status has changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from store.changes import CommitDetector, CommitMark
from yihui.bootstrap import Wiring
from yihui.services.district_names import majority_district_names

if TYPE_CHECKING:
    from geo.nearest.index import StationIndex
    from geo.station import Station
    from geo.status.live import LiveSummary

_PATIENCE_S = 0.5  # how long a reader waits while another one loads
_MOST_CHANGED = 1_000  # stations; if more have changed, the trees are rebuilt rather than patched


@dataclass(frozen=True, slots=True)
class SnapshotVersion:
    """How many changes of the register, and how many status reports and keeper notices, are included."""

    register: int
    live: int

    def __str__(self) -> str:
        """Return the form in which a version leaves the program: “12.3”."""
        return f"{self.register}.{self.live}"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All stations at one version of the register; the index contains those with coordinates.

    ``valid_until``: when the next report or notice expires, even if no new one arrives.
    """

    version: SnapshotVersion
    stations: tuple["Station", ...]
    index: "StationIndex"
    stated: Mapping[str, str]  # names of districts by code, used where the outlines have none
    live: Mapping[str, "LiveSummary"] = field(default_factory=lambda: MappingProxyType({}))
    valid_until: datetime | None = None

    def district_names(self, official: Mapping[str, str]) -> Mapping[str, str]:
        """Return code → name of the districts that have stations."""
        return {code: official.get(code, stated) for code, stated in self.stated.items()}

    def is_current(self, version: SnapshotVersion, now: datetime) -> bool:
        return self.version == version and (self.valid_until is None or now < self.valid_until)


class SnapshotCache:
    """Provides the current snapshot; callers that read an older one are not disturbed."""

    def __init__(self, wiring: Wiring, patience_s: float = _PATIENCE_S) -> None:
        self._wiring = wiring
        self._patience_s = patience_s
        self._loading = Lock()
        self._known: tuple[CommitMark, Snapshot] | None = (
            None  # snapshot, and the last mark at which it was newest
        )

    def peek_current(self) -> Snapshot | None:
        """Return the newest snapshot, or None if a quick check finds a later commit. Never waits."""
        known = self._known
        if known is None or known[0] != self._changes.recent_mark():
            return None
        return known[1] if known[1].is_current(known[1].version, self._wiring.now()) else None

    def current(self) -> Snapshot:
        """Return the newest snapshot; while one reader loads it, others wait briefly, then use the previous.

        A few changes load in about 10 ms, so a report that was just processed is in the next answer. All
        stations of a province take seconds after an import; only a reader without a previous snapshot waits
        that long. This function blocks: don't call it in the event loop.

        *Raises*: StoreError if the database can't be read.
        """
        mark = self._changes.mark()  # before reading: a commit in the meantime gets another mark
        last = None if self._known is None else self._known[1]
        now = self._wiring.now()
        if last is not None and last.is_current(self._newest(), now):
            self._known = (mark, last)
            return last
        if not self._loading.acquire(timeout=-1 if last is None else self._patience_s):
            assert last is not None, "only a reader that has something to show does not wait"
            return last
        try:
            return self._load(mark, now)
        finally:
            self._loading.release()

    @cached_property
    def _changes(self) -> CommitDetector:
        return CommitDetector(self._wiring.database)

    def _newest(self) -> SnapshotVersion:
        with self._wiring.database.read() as connection:
            return _version(connection)

    def _load(self, mark: CommitMark, now: datetime) -> Snapshot:
        last = None if self._known is None else self._known[1]  # another reader may have loaded it
        with self._wiring.database.read() as connection:
            if last is None or not last.is_current(_version(connection), now):
                last = _next(last, connection, now)
        self._known = (mark, last)
        return last


def _version(connection: Connection) -> SnapshotVersion:
    from geo.registry import live_version, register_version

    return SnapshotVersion(register_version(connection), live_version(connection))


def _next(last: Snapshot | None, connection: Connection, now: datetime) -> Snapshot:
    """Return the next snapshot, derived from the previous one if few stations have changed."""
    from geo.registry import load_live_summaries

    version = _version(connection)
    if last is None or last.version.register != version.register:
        last = (last and _changed(last, connection)) or _loaded(connection)
    live = load_live_summaries(connection, now)
    ends = [one.until for one in live.values() if one.until is not None]
    return replace(
        last,
        version=version,
        index=last.index.with_live(live),
        live=MappingProxyType(live),
        valid_until=min(ends, default=None),
    )


def _loaded(connection: Connection) -> Snapshot:
    from geo.nearest.index import StationIndex
    from geo.registry import load_stations

    stations = tuple(load_stations(connection))
    return Snapshot(
        _version(connection), stations, StationIndex.build(stations), majority_district_names(stations)
    )


def _changed(last: Snapshot, connection: Connection) -> Snapshot | None:
    """Return the snapshot with its changed stations replaced; None if too many have changed."""
    from geo.registry import load_changes_since

    changes = load_changes_since(connection, last.version.register, _MOST_CHANGED - last.index.change_count)
    if changes is None:
        return None
    there, gone = changes[0], set(changes[1])
    left = {station.id: station for station in last.stations if station.id not in gone}
    left.update((station.id, station) for station in there)
    stations = tuple(left[id] for id in sorted(left))
    index = last.index.with_changes(there, gone)
    return replace(last, stations=stations, index=index, stated=majority_district_names(stations))
