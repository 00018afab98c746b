"""Find places by the text that a rider types: for the page's address field and for the API."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median
from threading import Lock, Thread
from typing import TYPE_CHECKING, Protocol

from geo.place_names.near import search_near
from geo.place_names.register import NamedPlace, PlaceIndex
from geo.place_names.zones import ZONES_BY_DISTRICT
from geo.station import Status
from store import StoreError

if TYPE_CHECKING:
    from geo.station import Station
    from yihui.http.snapshot import SnapshotCache
    from yihui.services.stations.snapshot import Snapshot

_MOST_CHANGED = 1_000  # places; if more have changed, the index is rebuilt in the background


@dataclass(frozen=True, slots=True)
class _BuiltIndex:
    """A place index, and the data from which it was built."""

    finder: PlaceIndex
    stations: Sequence["Station"]
    made_of: tuple[int, int]  # the register's version, and the number of districts with an official name
    areas: Mapping[str, NamedPlace]


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

    def current_index(self) -> PlaceIndex:
        """Return the index. *Raises*: StoreError if the database can't be read."""
        snapshot, names = self.snapshots.current(), self.names()
        made_of = _made_of(snapshot, names)
        last = self._laid
        if last is not None and last.made_of == made_of:
            return last.finder
        with self._lock:
            if self._laid is None:
                self._laid = _build_index(snapshot, names)
            elif self._laid.made_of != made_of:
                self._laid = _changed(self._laid, snapshot, names) or self._old(snapshot, names)
            return self._laid.finder

    def area_names(self, place: NamedPlace) -> list[str]:
        """Return the known names of a place's province, city and district, without repeats."""
        self.current_index()
        areas = self._laid.areas if self._laid else {}
        codes = reversed(_over(place.district)) if place.district else ()
        return list(dict.fromkeys(areas[code].name for code in codes if code in areas))

    def begin(self) -> None:
        """Build the first index in the background, so that the first search need not wait."""
        Thread(target=self._begin, name="finding", daemon=True).start()

    def _begin(self) -> None:
        with suppress(StoreError):  # the first search reports it
            self.current_index()

    def wait_until_built(self) -> None:
        """Wait until the index under construction is built."""
        making = self._making
        if making is not None:
            making.join()

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


class HasPlaceIndex(Protocol):
    """An object with a place index, such as a site."""

    @property
    def place_index_cache(self) -> PlaceIndexCache: ...


def find_places(
    site: HasPlaceIndex,
    text: str,
    limit: int = 8,
    district: str | None = None,
    near: tuple[float, float] | None = None,
) -> list[NamedPlace]:
    """Return the districts and stations that match a text, the likeliest first; none if nothing matches.

    *CRS*: WGS84. ``near`` is the rider's point; matches near it come first. ``district``: no others.
    *Raises*: StoreError if the database can't be read.
    """
    finder = site.place_index_cache.current_index()
    if near is None:
        return finder.search(text, limit, district)
    return search_near(finder, text, near, limit, district)


def _build_index(snapshot: "Snapshot", names: Mapping[str, str]) -> _BuiltIndex:
    areas = build_area_places(snapshot, names)
    finder = PlaceIndex.build([*areas.values(), *_stations(snapshot.stations, areas)])
    return _BuiltIndex(finder, snapshot.stations, _made_of(snapshot, names), areas)


def _made_of(snapshot: "Snapshot", names: Mapping[str, str]) -> tuple[int, int]:
    return snapshot.version.register, len(names)


def _changed(last: _BuiltIndex, snapshot: "Snapshot", names: Mapping[str, str]) -> _BuiltIndex | None:
    """Return the index with the changes applied; None if they are too many, or districts were renamed."""
    if last.made_of[1] != len(names):
        return None
    before = {station.id: station for station in last.stations}
    there = {station.id for station in snapshot.stations}
    areas = build_area_places(snapshot, names)
    stations = [station for station in snapshot.stations if before.get(station.id) is not station]
    changed = [place for code, place in areas.items() if last.areas.get(code) != place]
    gone = [("station", id) for id in before if id not in there]
    gone += [("station", one.id) for one in stations if one.status is Status.CLOSED_FOR_GOOD]
    gone += [("district", code) for code in last.areas if code not in areas]
    if last.finder.change_count + len(stations) + len(changed) + len(gone) > _MOST_CHANGED:
        return None
    finder = last.finder.with_changes([*changed, *_stations(stations, areas)], gone)
    return _BuiltIndex(finder, snapshot.stations, _made_of(snapshot, names), areas)


def _stations(stations: Iterable["Station"], areas: Mapping[str, NamedPlace]) -> Iterator[NamedPlace]:
    for station in stations:
        if station.status is Status.CLOSED_FOR_GOOD:
            continue
        area = areas.get(station.district or "")
        yield NamedPlace(
            "station",
            station.id,
            station.name,
            station.address,
            f"{area.areas}{area.name}" if area else station.district_name,
            station.district,
            station.lon,
            station.lat,
            zones=_zone(station, areas),
        )


def _zone(station: "Station", areas: Mapping[str, NamedPlace]) -> str:
    """Return the functional zone that the register names in place of the district: 济南高新区."""
    code = station.district or ""
    area, city = areas.get(code), areas.get(f"{code[:4]}00")
    if area is None or station.district_name in ("", area.name):
        return ""
    return (city.name.removesuffix("市") if city else "") + station.district_name


def build_area_places(snapshot: "Snapshot", official: Mapping[str, str]) -> dict[str, NamedPlace]:
    """Return, by code, the districts with stations and their cities and provinces."""
    names = {**snapshot.stated, **official}
    inside: dict[str, list[Station]] = defaultdict(list)
    for station in snapshot.stations:
        if station.status is Status.CLOSED_FOR_GOOD:
            continue
        for code in _over(station.district) if station.district else ():
            inside[code].append(station)
    return {code: _area(code, there, names) for code, there in sorted(inside.items()) if code in names}


def _over(code: str) -> tuple[str, ...]:
    return (code, f"{code[:4]}00", f"{code[:2]}0000")


def _area(code: str, there: Sequence["Station"], names: Mapping[str, str]) -> NamedPlace:
    """Build the place of an area, at the median of its stations."""
    placed = [(station.lon, station.lat) for station in there if station.lon is not None]
    over = [names[one] for one in reversed(_over(code)) if one != code and one in names]
    return NamedPlace(
        "district",
        code,
        names[code],
        areas="".join(dict.fromkeys(over)),
        district=code,
        lon=round(median(lon for lon, _ in placed), 6) if placed else None,
        lat=round(median(lat for _, lat in placed if lat is not None), 6) if placed else None,
        count=len(there),
        zones=ZONES_BY_DISTRICT.get(code, ""),
    )
