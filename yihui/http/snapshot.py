"""The stations in memory: read again only when the register has changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from yihui.bootstrap import Wiring
from yihui.place_names import stated_names

if TYPE_CHECKING:
    from geo.index import StationIndex
    from geo.station import Station


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All stations at one version of the register; the index holds those that are placed."""

    version: int
    stations: tuple["Station", ...]
    index: "StationIndex"
    stated: Mapping[str, str]  # names of districts by code, for want of the outlines' own

    def districts(self, official: Mapping[str, str]) -> Mapping[str, str]:
        """Code → name of the districts that have stations, by code."""
        return {code: official.get(code, stated) for code, stated in self.stated.items()}

    def in_district(self, code: str) -> tuple["Station", ...]:
        """Those of a district; of a city or a province where the code is one's."""
        from geo.districts import is_within

        return tuple(s for s in self.stations if s.district and is_within(s.district, code))


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
    return Snapshot(version, stations, StationIndex.build(stations), stated_names(stations))
