"""The stations in memory: read again only when the register has changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from yihui.bootstrap import Wiring

if TYPE_CHECKING:
    from geo.index import StationIndex
    from geo.station import Station


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All stations at one version of the register; the index holds those that are placed."""

    version: int
    stations: tuple["Station", ...]
    index: "StationIndex"

    def districts(self) -> Mapping[str, str]:
        """Code → name of the districts that have stations, by code."""
        named = {s.district: s.district_name or s.district for s in self.stations if s.district}
        return dict(sorted(named.items()))

    def in_district(self, code: str) -> tuple["Station", ...]:
        return tuple(station for station in self.stations if station.district == code)


class Snapshots:
    """Gives the current snapshot; readers of an older one are not disturbed."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._loading = Lock()
        self._last: Snapshot | None = None

    def current(self) -> Snapshot:
        """The newest snapshot; while one reader loads it, the others go on with the one before.

        *Raises*: StoreError where the database can't be read.
        """
        from geo.registry import register_version

        with self._wiring.database.read() as connection:
            version = register_version(connection)
        last = self._last
        if last is not None and last.version == version:
            return last
        if not self._loading.acquire(blocking=last is None):
            assert last is not None, "only a reader that has something to show does not wait"
            return last
        try:
            if self._last is None or self._last.version != version:
                with self._wiring.database.read() as connection:
                    self._last = _load(connection, register_version(connection))
            return self._last
        finally:
            self._loading.release()


def _load(connection: Connection, version: int) -> Snapshot:
    from geo.index import StationIndex
    from geo.registry import load_stations

    stations = tuple(load_stations(connection))
    return Snapshot(version, stations, StationIndex.build(stations))
