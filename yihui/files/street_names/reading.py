"""Look up names in a names file: by tokens, house numbers and crossings.

All threads share one connection, opened once: a file that takes the place of this one is not read by accident.
"""

import sqlite3
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import cos, radians
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.geodesy import Floats
from geo.place_names.kinds import StreetKind
from geo.place_names.roads import SAMPLE_DEG
from yihui.files.street_names.schema import FORM, MICRO, NO_AREA, SAMPLE_TYPE, band_of

NAMES_FILE_FAULTS = FaultTable(
    "names_file",
    {
        "no_names_file": (
            N_("this is no file with the names of streets"),
            N_("build it from an OpenStreetMap extract: yihui streets build FILE.osm.pbf --to FOLDER"),
        ),
        "another_form": (
            N_("the names are of another version of Yihui"),
            N_("build them again: yihui streets build FILE.osm.pbf --to FOLDER"),
        ),
    },
)
Point = tuple[float, float]
_BESIDE_DEG = 2 * SAMPLE_DEG  # of a meridian: points of a road in neighbouring cells lie so near
EVERYWHERE = (1, 1 << 62)
_KINDS = tuple(StreetKind)
_PLACES = "SELECT id, kind, name, keys, lon, lat, area, samples FROM places WHERE id IN ({marks})"


class Area(NamedTuple):
    """A district in which names lie; ``lon``, ``lat`` are the middle of its names. *CRS*: WGS84."""

    code: str
    name: str
    city: str
    province: str
    lon: float
    lat: float


class StoredPlace(NamedTuple):
    """A place as it is stored. ``keys`` are its names as they are compared; ``samples`` lie along a road."""

    id: int
    kind: StreetKind
    name: str
    keys: tuple[str, ...]
    lon: float
    lat: float
    area: Area | None
    samples: bytes | None

    def nearest_point(self, near: Point | None) -> tuple[float, float, int | None]:
        """Return the point of a road nearest to ``near`` with its district's number; else its own point.

        *CRS*: lon, lat in WGS84.
        """
        if self.samples is None:
            return self.lon, self.lat, None
        samples = np.frombuffer(self.samples, dtype=SAMPLE_TYPE)
        if near is None:
            near = self.lon, self.lat
        scale = np.array([cos(radians(near[1])), 1.0])
        offsets = (np.column_stack((samples["lon"], samples["lat"])) / MICRO - near) * scale
        at = int((offsets**2).sum(axis=1).argmin())
        area = int(samples["area"][at])
        lon, lat = (near + _nearest_between(offsets, at) / scale).tolist()
        return lon, lat, None if area == NO_AREA else area

    def parts_in(self, areas: Collection[int]) -> "StoredPlace":
        """Return a road with only those of its points that lie in some districts, by their numbers."""
        if self.samples is None:
            return self
        points = np.frombuffer(self.samples, dtype=SAMPLE_TYPE)
        kept = points[np.isin(points["area"], list(areas))]
        return self if not len(kept) else self._replace(samples=kept.tobytes())


def _nearest_between(offsets: Floats, at: int) -> Floats:
    """Return the point nearest to the origin on the lines from the nearest point to those beside it."""
    start = offsets[at]
    lines = offsets - start
    lines = lines[np.abs(lines).max(axis=1) <= _BESIDE_DEG]
    lengths = (lines**2).sum(axis=1)
    share = np.clip(-(lines @ start) / np.where(lengths > 0, lengths, 1.0), 0.0, 1.0)
    candidates: Floats = start + share[:, None] * lines
    nearest: Floats = candidates[int((candidates**2).sum(axis=1).argmin())]
    return nearest


class StoredHouse(NamedTuple):
    """A house number of a road."""

    number: str
    lon: float
    lat: float
    area: Area | None


class StoredCrossing(NamedTuple):
    """A crossing of two roads, named in the order in which they were asked for."""

    first_name: str
    second_name: str
    lon: float
    lat: float
    area: Area | None


@dataclass(slots=True)
class NamesFile:
    """A names file, opened for reading. Safe for many threads, which take turns."""

    file: Path
    facts: Mapping[str, str]
    areas: Sequence[Area]
    _bands: Sequence[tuple[int, int]]
    _count: int
    _connection: sqlite3.Connection
    _turn: Lock = field(default_factory=Lock)

    @classmethod
    def open(cls, file: Path) -> "NamesFile":
        """Open a names file. *Raises*: FaultError if it is none, or one of another version; OSError."""
        with file.open("rb"):  # SQLite reports a missing file and a locked one alike
            pass
        try:
            connection = _connect(file)
            facts = dict(connection.execute("SELECT name, value FROM facts"))
            if facts.get("form") != str(FORM):
                raise FaultError(NAMES_FILE_FAULTS.build("another_form", file=str(file)))
            rows = connection.execute("SELECT code, name, city, province, lon, lat FROM areas ORDER BY id")
            areas = [Area(*row) for row in rows]
            bands = list(connection.execute("SELECT band, first FROM bands ORDER BY band"))
            (count,) = connection.execute("SELECT coalesce(max(id), 0) FROM places").fetchone()
        except sqlite3.DatabaseError as error:
            raise FaultError(NAMES_FILE_FAULTS.build("no_names_file", file=str(file))) from error
        return cls(file, facts, areas, bands, count, connection)

    def _query(self, statement: str, values: Sequence[object]) -> list[Any]:
        with self._turn:
            return self._connection.execute(statement, values).fetchall()

    def find(
        self,
        tokens: Sequence[tuple[str, bool]],
        most: int,
        ranges: Sequence[tuple[int, int]] = (EVERYWHERE,),
        any_of: Sequence[Collection[str]] = (),
    ) -> list[int]:
        """Return the numbers of places that have all tokens; of a token only the beginning where marked so.

        ``any_of``: sets of tokens, of each of which a place has at least one. ``ranges`` are the first and the last
        number of some ranges; ``most`` holds for each.
        """
        terms = [f'"{token}"{"*" if is_beginning else ""}' for token, is_beginning in tokens]
        terms += ["(" + " OR ".join(f'"{token}"' for token in sorted(some)) + ")" for some in any_of]
        match = " AND ".join(terms)
        statement = "SELECT rowid FROM tokens WHERE tokens MATCH ? AND rowid BETWEEN ? AND ? LIMIT ?"
        return [
            number
            for first, last in ranges
            for (number,) in self._query(statement, (match, first, last, most))
        ]

    def ranges_around(self, near: Point, reach_deg: float) -> list[tuple[int, int]]:
        """Return the ranges of numbers of the places around a point. *CRS*: WGS84. *Units*: degrees of a meridian."""
        lon, lat = near
        east = reach_deg / max(0.05, cos(radians(lat)))
        ends = [*(first for _, first in self._bands[1:]), self._count + 1]
        bands = range(band_of(lat - reach_deg), band_of(lat + reach_deg) + 1)
        return [
            (self._first_from(first, end, lon - east), self._first_from(first, end, lon + east) - 1)
            for (band, first), end in zip(self._bands, ends, strict=True)
            if band in bands
        ]

    def _first_from(self, first: int, end: int, lon: float) -> int:
        """Return the number of a band's first place from a longitude on: places of a band are in their order."""
        return bisect_left(range(end), lon, first, end, key=self._lon)

    def _lon(self, number: int) -> float:
        ((lon,),) = self._query("SELECT lon FROM places WHERE id = ?", (number,))
        return float(lon)

    def load(self, numbers: Sequence[int]) -> list[StoredPlace]:
        """Return places by their numbers, in any order."""
        rows = self._query(_PLACES.format(marks=",".join("?" * len(numbers))), list(numbers))
        return [
            StoredPlace(id_, _KINDS[kind], name, tuple(keys.split("\n")), lon, lat, self.area(area), samples)
            for id_, kind, name, keys, lon, lat, area, samples in rows
        ]

    def list_landmarks(
        self, box: tuple[float, float, float, float], most: Mapping[StreetKind, int]
    ) -> list[StoredPlace]:
        """Return the best known places in a box, at most so many of each kind: the longest roads, and of others any.

        *CRS*: west, south, east, north in WGS84. The order is that of their numbers.
        """
        west, south, east, north = box
        chosen: list[int] = []
        for kind, count in most.items():
            rows = self._query(
                "SELECT id FROM places WHERE kind = ? AND id BETWEEN ? AND ? AND lon >= ? AND lon < ? AND lat >= ?"
                " AND lat < ? ORDER BY length(coalesce(samples, '')) DESC, length(name), id LIMIT ?",
                (_KINDS.index(kind), *self._numbers_between(south, north), west, east, south, north, count),
            )
            chosen += [number for (number,) in rows]
        return sorted(self.load(chosen), key=lambda one: one.id)

    def _numbers_between(self, south: float, north: float) -> tuple[int, int]:
        """Return the first and the last number of the bands between two latitudes."""
        first = next((first for band, first in self._bands if band >= band_of(south)), self._count + 1)
        after = next((first for band, first in self._bands if band > band_of(north)), self._count + 1)
        return first, after - 1

    def area(self, number: int | None) -> Area | None:
        """Return a district by its number in this file."""
        return None if number is None else self.areas[number]

    def houses(self, road: int) -> list[StoredHouse]:
        """Return the house numbers of a road, given by its number."""
        rows = self._query("SELECT number, lon, lat, area FROM houses WHERE road = ?", (road,))
        return [StoredHouse(number, lon, lat, self.area(area)) for number, lon, lat, area in rows]

    def crossings(self, first: str, second: str) -> list[StoredCrossing]:
        """Return the crossings of roads of two names, as they are compared."""
        rows = self._query(
            "SELECT first_name, second_name, lon, lat, area FROM crossings WHERE first = ? AND second = ?",
            (first, second),
        )
        return [
            StoredCrossing(first, second, lon, lat, self.area(area)) for first, second, lon, lat, area in rows
        ]

    def crossings_between(self, box: tuple[float, float, float, float]) -> list[StoredCrossing]:
        """Return the crossings in a box of west, south, east, north. *CRS*: WGS84."""
        west, south, east, north = box
        rows = self._query(
            "SELECT first_name, second_name, lon, lat, area FROM crossings"
            " WHERE first < second AND lat BETWEEN ? AND ? AND lon BETWEEN ? AND ?",
            (south, north, west, east),
        )
        return [
            StoredCrossing(first, second, lon, lat, self.area(area)) for first, second, lon, lat, area in rows
        ]


def _connect(file: Path) -> sqlite3.Connection:
    uri = f"{file.resolve().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(uri, uri=True, check_same_thread=False)
