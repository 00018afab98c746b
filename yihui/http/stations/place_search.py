"""Finding a place by what a rider types: for the page's address field and for the API."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median
from threading import Lock, Thread
from typing import TYPE_CHECKING, Protocol

from geo.place_search.local_search import search_near
from geo.place_search.search import NamedPlace, PlaceIndex
from geo.station import Status
from store import StoreError

if TYPE_CHECKING:
    from geo.station import Station
    from yihui.http.snapshot import Snapshot, Snapshots

_MOST_CHANGED = 1_000  # places; with more of them all are laid out anew, beside the questions


@dataclass(frozen=True, slots=True)
class _Laid:
    """A finder, and what it was made of."""

    finder: PlaceIndex
    stations: Sequence["Station"]
    made_of: tuple[int, int]  # the version of the register, and how many districts have an official name
    areas: Mapping[str, NamedPlace]


@dataclass(slots=True)
class Finding:
    """Gives a finder over the current snapshot.

    The first one is waited for. Later ones, where much has changed, are made by a thread of their own,
    while the one before goes on; where little has, they are there at once.
    """

    snapshots: "Snapshots"
    names: Callable[[], Mapping[str, str]]
    _laid: _Laid | None = None
    _lock: Lock = field(default_factory=Lock)
    _making: Thread | None = None

    def finder(self) -> PlaceIndex:
        """*Raises*: StoreError where the database can't be read."""
        snapshot, names = self.snapshots.current(), self.names()
        made_of = _made_of(snapshot, names)
        last = self._laid
        if last is not None and last.made_of == made_of:
            return last.finder
        with self._lock:
            if self._laid is None:
                self._laid = _laid(snapshot, names)
            elif self._laid.made_of != made_of:
                self._laid = _changed(self._laid, snapshot, names) or self._old(snapshot, names)
            return self._laid.finder

    def areas_over(self, place: NamedPlace) -> list[str]:
        """The names of a place's province, city and district, as far as they are known, each once."""
        self.finder()
        areas = self._laid.areas if self._laid else {}
        codes = reversed(_over(place.district)) if place.district else ()
        return list(dict.fromkeys(areas[code].name for code in codes if code in areas))

    def begin(self) -> None:
        """Make the first finder beside the requests, so that the first who asks needn't wait."""
        Thread(target=self._begin, name="finding", daemon=True).start()

    def _begin(self) -> None:
        with suppress(StoreError):  # whoever asks is told
            self.finder()

    def settle(self) -> None:
        """Wait for what is being made."""
        making = self._making
        if making is not None:
            making.join()

    def _old(self, snapshot: "Snapshot", names: Mapping[str, str]) -> _Laid:
        """The one before, while another is being made."""
        assert self._laid is not None, "there is one before"
        if self._making is None or not self._making.is_alive():
            self._making = Thread(target=self._make, args=(snapshot, names), name="finding", daemon=True)
            self._making.start()
        return self._laid

    def _make(self, snapshot: "Snapshot", names: Mapping[str, str]) -> None:
        made = _laid(snapshot, names)
        with self._lock:
            self._laid = made


class HasFinding(Protocol):
    """A site."""

    @property
    def finding(self) -> Finding: ...


def find_places(
    site: HasFinding,
    text: str,
    limit: int = 8,
    district: str | None = None,
    near: tuple[float, float] | None = None,
) -> list[NamedPlace]:
    """Districts and stations that are likeliest meant, the likeliest first; none where nothing fits.

    *CRS*: WGS84. ``near`` is where somebody who is in no ``district`` means them from. *Raises*: StoreError where the
    database can't be read.
    """
    finder = site.finding.finder()
    return finder.search(text, limit, district) if near is None else search_near(finder, text, near, limit)


def _laid(snapshot: "Snapshot", names: Mapping[str, str]) -> _Laid:
    areas = areas_of(snapshot, names)
    finder = PlaceIndex.build([*areas.values(), *_stations(snapshot.stations, areas)])
    return _Laid(finder, snapshot.stations, _made_of(snapshot, names), areas)


def _made_of(snapshot: "Snapshot", names: Mapping[str, str]) -> tuple[int, int]:
    return snapshot.version.register, len(names)


def _changed(last: _Laid, snapshot: "Snapshot", names: Mapping[str, str]) -> _Laid | None:
    """The same with what has changed; None where that is too much, or districts are called otherwise now."""
    if last.made_of[1] != len(names):
        return None
    before = {station.id: station for station in last.stations}
    there = {station.id for station in snapshot.stations}
    areas = areas_of(snapshot, names)
    stations = [station for station in snapshot.stations if before.get(station.id) is not station]
    changed = [place for code, place in areas.items() if last.areas.get(code) != place]
    gone = [("station", id) for id in before if id not in there]
    gone += [("station", one.id) for one in stations if one.status is Status.CLOSED_FOR_GOOD]
    gone += [("district", code) for code in last.areas if code not in areas]
    if last.finder.change_count + len(stations) + len(changed) + len(gone) > _MOST_CHANGED:
        return None
    finder = last.finder.with_changes([*changed, *_stations(stations, areas)], gone)
    return _Laid(finder, snapshot.stations, _made_of(snapshot, names), areas)


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
        )


def areas_of(snapshot: "Snapshot", official: Mapping[str, str]) -> dict[str, NamedPlace]:
    """Districts with stations, and the cities and provinces that they belong to, by code."""
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
    """A district, in the middle of its stations."""
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
    )
