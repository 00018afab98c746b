"""The stations in memory: read again only when the register has changed, or what is said of them."""

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

_PATIENCE_S = 0.5  # how long a reader waits for what another one loads
_MOST_CHANGED = 1_000  # stations; with more of them trees are built anew rather than patched


@dataclass(frozen=True, slots=True)
class Version:
    """How many changes of the register, and how many sayings about its stations, are known."""

    register: int
    live: int

    def __str__(self) -> str:
        """As it is written wherever it leaves the program: “12.3”."""
        return f"{self.register}.{self.live}"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All stations at one version of the register; the index holds those that are placed.

    ``valid_until``: then something that was said lapses, though nothing new is said.
    """

    version: Version
    stations: tuple["Station", ...]
    index: "StationIndex"
    stated: Mapping[str, str]  # names of districts by code, for want of the outlines' own
    live: Mapping[str, "LiveSummary"] = field(default_factory=lambda: MappingProxyType({}))
    valid_until: datetime | None = None

    def districts(self, official: Mapping[str, str]) -> Mapping[str, str]:
        """Code → name of the districts that have stations, by code."""
        return {code: official.get(code, stated) for code, stated in self.stated.items()}

    def is_current(self, version: Version, now: datetime) -> bool:
        return self.version == version and (self.valid_until is None or now < self.valid_until)


class Snapshots:
    """Gives the current snapshot; readers of an older one are not disturbed."""

    def __init__(self, wiring: Wiring, patience_s: float = _PATIENCE_S) -> None:
        self._wiring = wiring
        self._patience_s = patience_s
        self._loading = Lock()
        self._known: tuple[CommitMark, Snapshot] | None = (
            None  # the snapshot, and up to when it was the newest
        )

    def at_hand(self) -> Snapshot | None:
        """The newest snapshot if nothing was written since it was made, as far as a glance tells. Never waits."""
        known = self._known
        if known is None or known[0] != self._changes.recent_mark():
            return None
        return known[1] if known[1].is_current(known[1].version, self._wiring.now()) else None

    def current(self) -> Snapshot:
        """The newest snapshot; while one reader loads it, the others wait a little, and go on with the one before.

        A few changes take some ten milliseconds: so what was just said to be in force is in the next answer. All
        stations of a province take seconds, after an import; nobody is kept so long. Waits: not for the event loop.

        *Raises*: StoreError where the database can't be read.
        """
        mark = self._changes.mark()  # before looking: what is written meanwhile has another
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

    def _newest(self) -> Version:
        with self._wiring.database.read() as connection:
            return _version(connection)

    def _load(self, mark: CommitMark, now: datetime) -> Snapshot:
        last = None if self._known is None else self._known[1]  # somebody may have loaded it meanwhile
        with self._wiring.database.read() as connection:
            if last is None or not last.is_current(_version(connection), now):
                last = _next(last, connection, now)
        self._known = (mark, last)
        return last


def _version(connection: Connection) -> Version:
    from geo.registry import live_version, register_version

    return Version(register_version(connection), live_version(connection))


def _next(last: Snapshot | None, connection: Connection, now: datetime) -> Snapshot:
    """The snapshot after another one, made of it where little has changed."""
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
    """The same with the stations that have changed; None where too many have."""
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
