"""Look up names in a names file: by tokens, house numbers and crossings.

All threads share one connection, opened once: a file that takes the place of this one is not read by accident.
"""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, NamedTuple

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.place_names.kinds import StreetKind
from yihui.files.street_names.schema import FORM, Area, StoredPlace

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
_KINDS = tuple(StreetKind)
_PLACES = "SELECT * FROM places WHERE id IN ({marks})"
_LANDMARKS = (
    "SELECT id FROM places WHERE kind = ? AND lat >= ? AND lat < ? AND lon >= ? AND lon < ?"
    " ORDER BY length(coalesce(samples, '')) DESC, length(name), id LIMIT ?"
)
_CROSSINGS = "SELECT first_name || '与' || second_name || '路口', lon, lat, area FROM crossings WHERE"


class StoredPoint(NamedTuple):
    """A house, named by its number, or a crossing, named by its roads in the order in which they were asked for."""

    name: str
    lon: float
    lat: float
    area: Area | None


@dataclass(slots=True)
class NamesFile:
    """A names file, opened for reading. Safe for many threads, which take turns.

    ``has_addresses``: whether places are found by their addresses too.
    """

    _FIND: ClassVar = "SELECT rowid FROM tokens WHERE tokens MATCH ? LIMIT ?"
    areas: Sequence[Area]
    _connection: sqlite3.Connection
    has_addresses: bool = False
    _turn: Lock = field(default_factory=Lock)

    @classmethod
    def open(cls, file: Path) -> "NamesFile":
        """Open a names file. *Raises*: FaultError if it is none, or one of another version; OSError."""
        with file.open("rb"):  # SQLite reports a missing file and a locked one alike
            pass
        try:
            uri = f"{file.resolve().as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
            if connection.execute("PRAGMA user_version").fetchone() != (FORM,):
                raise FaultError(NAMES_FILE_FAULTS.build("another_form", file=str(file)))
            rows = connection.execute("SELECT code, name, city, province FROM areas ORDER BY id")
            areas = [Area(*row) for row in rows]
        except sqlite3.DatabaseError as error:
            raise FaultError(NAMES_FILE_FAULTS.build("no_names_file", file=str(file))) from error
        return cls(areas, connection)

    def _query(self, statement: str, values: Sequence[object]) -> list[Any]:
        with self._turn:
            return self._connection.execute(statement, values).fetchall()

    def find(
        self,
        tokens: Sequence[tuple[str, bool]],
        most: int,
        any_of: Sequence[Collection[str]] = (),
    ) -> list[int]:
        """Return the numbers of at most so many places that have all tokens; of a token only the beginning where marked.

        ``any_of``: sets of tokens, of each of which a place has at least one.
        """
        terms = [f'"{token}"{"*" if is_beginning else ""}' for token, is_beginning in tokens]
        terms += ["(" + " OR ".join(f'"{token}"' for token in sorted(some)) + ")" for some in any_of]
        return [number for (number,) in self._query(self._FIND, (" AND ".join(terms), most))]

    def load(self, numbers: Sequence[int]) -> list[StoredPlace]:
        """Return places by their numbers, in any order."""
        rows = self._query(_PLACES.format(marks=",".join("?" * len(numbers))), list(numbers))
        return [
            StoredPlace(
                *(id_, _KINDS[kind], name, tuple(keys.split("\n")), lon, lat, self.area(area), samples, ref),
                tuple(addresses.split("\n")),
            )
            for id_, kind, name, keys, lon, lat, area, samples, ref, addresses in rows
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
            within = (_KINDS.index(kind), south, north, west, east, count)
            chosen += [number for (number,) in self._query(_LANDMARKS, within)]
        return sorted(self.load(chosen), key=lambda one: one.id)

    def area(self, number: int | None) -> Area | None:
        """Return a district by its number in this file."""
        return None if number is None else self.areas[number]

    def houses(self, road: int) -> list[StoredPoint]:
        """Return the house numbers of a road, given by its number."""
        return self._points("SELECT number, lon, lat, area FROM houses WHERE road = ?", (road,))

    def crossings(self, first: str, second: str) -> list[StoredPoint]:
        """Return the crossings of roads of two names, as they are compared."""
        return self._points(f"{_CROSSINGS} first = ? AND second = ?", (first, second))

    def crossings_between(self, box: tuple[float, float, float, float]) -> list[StoredPoint]:
        """Return the crossings in a box of west, south, east, north. *CRS*: WGS84."""
        west, south, east, north = box
        inside = "first < second AND lat BETWEEN ? AND ? AND lon BETWEEN ? AND ?"
        return self._points(f"{_CROSSINGS} {inside}", (south, north, west, east))

    def _points(self, statement: str, values: Sequence[object]) -> list[StoredPoint]:
        rows = self._query(statement, values)
        return [StoredPoint(name, lon, lat, self.area(area)) for name, lon, lat, area in rows]
