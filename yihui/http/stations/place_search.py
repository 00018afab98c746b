"""Find places by the text that a rider types: for the page's address field and for the API."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from threading import Lock, Thread
from typing import TYPE_CHECKING

from geo.place_names.kinds import StreetKind
from store import StoreError
from yihui.files.street_names.register import RegisterNames
from yihui.files.street_names.schema import Point
from yihui.files.street_names.search import FoundName, search_names
from yihui.services.stations.named_areas import StationArea, area_place, build_station_areas, station_places

if TYPE_CHECKING:
    from geo.station import Station
    from yihui.http.snapshot import SnapshotCache
    from yihui.services.stations.snapshot import Snapshot

_MOST_CHANGED = 1_000  # places; if more have changed, the index is rebuilt in the background


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place of the register or of the streets. ``point`` is lon and lat in WGS84; None for a station without any.

    ``address`` is a station's, ``count`` is how many stations a district has.
    """

    name: FoundName
    point: Point | None
    address: str = ""
    count: int = 0

    @property
    def is_street(self) -> bool:
        """Whether it is a named place of the streets."""
        return self.name.kind not in (StreetKind.DISTRICT, StreetKind.STATION)

    @property
    def district(self) -> str | None:
        """The code of the district in which it lies, or that it is; None outside of all."""
        return (self.name.area.code or None) if self.name.area else None


@dataclass(frozen=True, slots=True)
class _BuiltIndex:
    """A place index, and the data from which it was built."""

    register: RegisterNames
    stations: Mapping[str, "Station"]
    made_of: tuple[int, int]  # the register's version, and the number of districts with an official name
    areas: Mapping[str, StationArea]

    def describe(self, found: FoundName) -> FoundPlace:
        """Return a place of the register with what its own tables do not hold."""
        if found.kind is StreetKind.DISTRICT:
            area = self.areas[found.ref]
            return FoundPlace(found, area.point, count=area.count)
        station = self.stations[found.ref]
        lon, lat = station.lon, station.lat
        return FoundPlace(found, None if lon is None or lat is None else (lon, lat), station.address)


@dataclass(slots=True)
class PlaceIndexCache:
    """Provides a place index over the current snapshot.

    The first caller waits for the first index. After many changes a background thread builds the next one,
    while callers use the previous one; few changes are applied at once.
    """

    snapshots: "SnapshotCache"
    names: Callable[[], Mapping[str, str]]
    _laid: _BuiltIndex | None = None
    _lock: Lock = field(default_factory=Lock)
    _making: Thread | None = None

    def search(
        self, text: str, limit: int = 8, near: Point | None = None, district: str | None = None
    ) -> list[FoundPlace]:
        """Return the districts and stations that match a text, the likeliest first; those around ``near`` first.

        *CRS*: WGS84. ``district``: the code of an area outside which nothing is found.
        *Raises*: StoreError if the database can't be read.
        """
        index = self._current_index()
        found = search_names(index.register, text, limit, near, district)
        return [index.describe(one) for one in found if one.ref in index.stations or one.ref in index.areas]

    def _current_index(self) -> _BuiltIndex:
        snapshot, names = self.snapshots.current(), self.names()
        made_of = _made_of(snapshot, names)
        last = self._laid
        if last is not None and last.made_of == made_of:
            return last
        with self._lock:
            if self._laid is None or self._laid.made_of != made_of:
                self._laid = _build_index(snapshot, names, self._laid) or self._old(snapshot, names)
            return self._laid

    def begin(self) -> Thread:
        """Build the first index in a thread, so that the first search need not wait."""
        thread = Thread(target=self._begin, name="finding", daemon=True)
        thread.start()
        return thread

    def _begin(self) -> None:
        with suppress(StoreError):  # the first search reports it
            self._current_index()

    def _old(self, snapshot: "Snapshot", names: Mapping[str, str]) -> _BuiltIndex:
        """Return the previous index, while the next one is built."""
        assert self._laid is not None, "there is one before"
        if self._making is None or not self._making.is_alive():
            self._making = Thread(target=self._make, args=(snapshot, names), name="finding", daemon=True)
            self._making.start()
        return self._laid

    def _make(self, snapshot: "Snapshot", names: Mapping[str, str]) -> None:
        made = _build_index(snapshot, names)
        with self._lock:
            self._laid = made


def _build_index(
    snapshot: "Snapshot", names: Mapping[str, str], last: _BuiltIndex | None = None
) -> _BuiltIndex | None:
    """Return a new index, or ``last`` with the changes applied; None if they are too many."""
    areas = build_station_areas(snapshot, names)
    stations = {station.id: station for station in snapshot.stations}
    places = chain(map(area_place, areas.values()), station_places(snapshot.stations, areas))
    if last is not None and not last.register.update(places, _MOST_CHANGED):
        return None
    register = RegisterNames(places) if last is None else last.register
    return _BuiltIndex(register, stations, _made_of(snapshot, names), areas)


def _made_of(snapshot: "Snapshot", names: Mapping[str, str]) -> tuple[int, int]:
    return snapshot.version.register, len(names)
