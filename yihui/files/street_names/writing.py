"""Write the names of an extract into a file that is searched without being read whole."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.districts import Districts
from geo.geodesy import Floats
from geo.place_names.kinds import StreetKind
from geo.place_names.query_words import list_forms, name_keys, write_digits
from geo.place_names.roads import (
    NO_ROAD,
    Crossing,
    find_crossings,
    find_nearest_roads,
    merge_roads,
)
from yihui.files.street_names.extract import ExtractedNames, NamedPoints
from yihui.files.street_names.schema import (
    FORM,
    INDEXES,
    MICRO,
    NO_AREA,
    SAMPLE_TYPE,
    TABLES,
    StoredPlace,
    insert_place,
)

_TELL_EVERY = 5_000


class _Entry(NamedTuple):
    kind: StreetKind
    names: tuple[str, ...]
    lon: float
    lat: float
    samples: Floats | None


def write_names(
    found: ExtractedNames,
    districts: Districts,
    file: Path,
    tell: Callable[[int], None] = lambda done: None,
) -> Mapping[StreetKind, int]:
    """Write a new names file; return how much was written, by kind. ``tell`` takes how many names are written.

    *Raises*: OSError, sqlite3.Error if the disk is full; an incomplete file is left then.
    """
    entries = sorted(_iter_entries(found), key=lambda one: (one.lat, one.lon, one.kind, one.names))
    vertices = found.roads.vertices()
    crossings = find_crossings(vertices, found.roundabouts.vertices())
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144;"
            f" PRAGMA user_version = {FORM};"
        )
        connection.executescript(TABLES)
        areas = _Areas(districts)
        points = np.array([(one.lon, one.lat) for one in entries]).reshape(-1, 2)
        roads = _insert_places(connection, entries, areas, points, tell)
        houses = _insert_houses(connection, found, entries, roads, areas)
        _insert_crossings(connection, found.line_names, crossings, areas)
        connection.executemany("INSERT INTO areas VALUES (?, ?, ?, ?, ?)", areas.rows())
        connection.executescript(INDEXES)
        connection.execute("INSERT INTO tokens (tokens) VALUES ('optimize')")
        connection.execute("ANALYZE")
    counts = Counter(entry.kind for entry in entries)
    counts[StreetKind.CROSSING] += len(crossings)
    counts[StreetKind.HOUSE] += houses
    return {kind: counts[kind] for kind in StreetKind if counts[kind]}


def _iter_entries(found: ExtractedNames) -> Iterator[_Entry]:
    for kind, lines in ((StreetKind.ROAD, found.roads), (StreetKind.NATURE, found.rivers)):
        for road in merge_roads(lines.vertices()):
            samples = road.samples if len(road.samples) > 1 else None
            yield _Entry(kind, found.line_names[road.name], *road.point, samples)
    places = found.places
    for kind, names, lon, lat in zip(places.kinds, places.names, places.lon, places.lat, strict=True):
        yield _Entry(kind, names, lon, lat, None)


def _group_houses(houses: NamedPoints) -> dict[str, list[int]]:
    """Return the positions of houses by the names of their roads, compared with digits, as each road is stored too."""
    grouped: dict[str, list[int]] = defaultdict(list)
    for at, key in enumerate(name_keys(road for road, _ in houses.names)):
        grouped[write_digits(key)].append(at)
    return grouped


class _Areas:
    """Numbers the districts in which names lie."""

    def __init__(self, districts: Districts) -> None:
        self._districts = districts
        self._numbers: dict[str, int] = {}

    def numbers(self, points: Floats) -> list[int | None]:
        """Return the number of the district of each point, None outside of all. *Shape*: (n, 2). *CRS*: WGS84."""
        if not len(points):
            return []
        codes: NDArray[np.object_] = self._districts.assign(points).code
        return [
            None if code is None else self._numbers.setdefault(code, len(self._numbers))
            for code in codes.tolist()
        ]

    def list_codes(self) -> list[str]:
        """Return the codes of the districts in the order of their numbers."""
        return list(self._numbers)

    def rows(self) -> Iterator[tuple[int, str, str, str, str]]:
        for code, number in self._numbers.items():
            one = self._districts.find_by_code(code)
            assert one is not None, "the code is of these districts"
            yield number, code, one.name, one.city, one.province


def _insert_places(
    connection: sqlite3.Connection,
    entries: Sequence[_Entry],
    areas: _Areas,
    points: Floats,
    tell: Callable[[int], None],
) -> dict[str, list[int]]:
    """Insert the places with their tokens; return the positions of the roads by their names, as compared."""
    roads: dict[str, list[int]] = defaultdict(list)
    all_keys = iter(name_keys(name for entry in entries for name in entry.names))
    rows = zip(entries, areas.numbers(points), _pack_samples(entries, areas), strict=True)
    all_codes = areas.list_codes()
    for at, (entry, area, samples) in enumerate(rows):
        keys = list_forms(filter(None, islice(all_keys, len(entry.names))))
        packed = None if samples is None else samples.tobytes()
        touched = {area} if samples is None else {area, *samples["area"].tolist()} - {NO_AREA}
        codes = sorted(all_codes[number] for number in touched if number is not None)
        place = StoredPlace(
            *(at + 1, entry.kind, entry.names[0], keys, entry.lon, entry.lat, None, packed, "", ())
        )
        insert_place(connection, place, area, codes)
        if entry.kind is StreetKind.ROAD:
            for key in keys:
                roads[key].append(at)
        if (at + 1) % _TELL_EVERY == 0:
            tell(at + 1)
    return roads


def _pack_samples(entries: Sequence[_Entry], areas: _Areas) -> list[NDArray[np.void] | None]:
    """Return for each line its points with the numbers of their districts, None for a place."""
    lines = [one.samples for one in entries if one.samples is not None]
    points = np.concatenate([np.empty((0, 2)), *lines])
    packed = np.zeros(len(points), dtype=SAMPLE_TYPE)
    packed["lon"], packed["lat"] = np.round(points * MICRO).astype(np.int32).T
    packed["area"] = [NO_AREA if one is None else one for one in areas.numbers(points)]
    parts = iter(np.split(packed, np.cumsum([len(line) for line in lines])[:-1]) if lines else ())
    return [None if one.samples is None else next(parts) for one in entries]


def _insert_houses(
    connection: sqlite3.Connection,
    found: ExtractedNames,
    entries: Sequence[_Entry],
    roads: Mapping[str, Sequence[int]],
    areas: _Areas,
) -> int:
    """Insert the house numbers, each of the nearest road of its name; return how many have one."""
    houses = found.houses
    points = np.column_stack((houses.lon, houses.lat))
    numbers = areas.numbers(points)
    count = 0
    for key, there in _group_houses(houses).items():
        of = roads.get(key, ())
        lines = [
            np.array([(one.lon, one.lat)]) if one.samples is None else one.samples
            for one in (entries[road] for road in of)
        ]
        for at, nearest in zip(there, find_nearest_roads(points[there], lines).tolist(), strict=True):
            road = 0 if nearest == NO_ROAD else of[nearest] + 1
            count += road > 0
            row = (road, houses.names[at][1], houses.lon[at], houses.lat[at], numbers[at])
            connection.execute("INSERT INTO houses VALUES (?, ?, ?, ?, ?)", row)
    return count


def _insert_crossings(
    connection: sqlite3.Connection,
    names: Sequence[tuple[str, ...]],
    crossings: Sequence[Crossing],
    areas: _Areas,
) -> None:
    numbers = areas.numbers(np.array([(one.lon, one.lat) for one in crossings]).reshape(-1, 2))
    shown = [one[0] for one in names]
    keys = name_keys(shown)
    for crossing, area in zip(crossings, numbers, strict=True):
        if keys[crossing.first] == keys[crossing.second]:
            continue  # one road, which is spelt in two ways
        for one, other in ((crossing.first, crossing.second), (crossing.second, crossing.first)):
            connection.execute(
                "INSERT INTO crossings VALUES (?, ?, ?, ?, ?, ?, ?)",
                (keys[one], keys[other], shown[one], shown[other], crossing.lon, crossing.lat, area),
            )
