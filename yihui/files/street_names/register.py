"""The stations and districts of a register in memory, in the tables of a names file, so that one search finds both."""

import sqlite3
from collections.abc import Iterable
from math import inf
from typing import NamedTuple

from geo.place_names.kinds import KIND_ORDER, StreetKind
from geo.place_names.query_words import AREA_SUFFIX, list_forms, name_key
from yihui.files.street_names.reading import NamesFile
from yihui.files.street_names.schema import TABLES, Area, StoredPlace, insert_place

PlaceKey = tuple[StreetKind, str]  # kind and id
_NOWHERE = (0.0, 0.0)


class RegisterPlace(NamedTuple):
    """A station or a district that can be found. ``ref`` is its id or code. *CRS*: WGS84.

    ``point`` is where it is, or else the middle of its district; None where neither is known. ``zone`` is a functional
    zone (高新区) in which it lies, or that lies in the district: no outlines of zones exist.
    """

    kind: StreetKind
    ref: str
    name: str
    area: Area | None = None
    point: tuple[float, float] | None = None
    address: str = ""
    zone: str = ""

    @property
    def key(self) -> PlaceKey:
        return self.kind, self.ref

    @property
    def keys(self) -> tuple[str, ...]:
        """Its names as they are compared; a district is also called without 市, 区 …"""
        key = name_key(self.name)
        short = AREA_SUFFIX.sub("", key) if self.kind is StreetKind.DISTRICT else ""
        return list_forms(one for one in (key, short if len(short) > 1 else "") if one)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Its address as it is compared, with the zone in front."""
        zone, address = name_key(self.zone), name_key(self.address)
        whole = address if zone in address else zone + address
        return list_forms([whole] if whole else [])


class RegisterNames(NamesFile):
    """The names of a register, which change while they are searched."""

    # The tokens of a place that is gone stay: they lead to a number that no place has again.
    _FIND = "SELECT rowid FROM tokens WHERE tokens MATCH ? AND EXISTS (SELECT 1 FROM places WHERE id = tokens.rowid) LIMIT ?"

    def __init__(self, places: Iterable[RegisterPlace]) -> None:
        super().__init__([], sqlite3.connect(":memory:", check_same_thread=False), has_addresses=True)
        self._connection.executescript(TABLES)
        self._held: dict[PlaceKey, tuple[int, int]] = {}  # the number and the hash of each place
        self._last = self._change_count = 0
        self._area_numbers: dict[Area, int] = {}
        self.update(places)

    def update(self, places: Iterable[RegisterPlace], most: float = inf) -> bool:
        """Hold these places and no others; of two of one kind and id the last.

        Return False, with nothing changed, if more than ``most`` places would have changed since the first ones.
        """
        current = {place.key: place for place in places}
        changed = [one for key, one in current.items() if self._held.get(key, (0, 0))[1] != hash(one)]
        gone = [*(self._held.keys() - current.keys()), *(one.key for one in changed if one.key in self._held)]
        count = len(changed) + len(gone)
        if self._change_count + count > most:
            return False
        held, last = dict(self._held), self._last
        changed.sort(key=lambda one: (KIND_ORDER[one.kind], one.name, one.ref), reverse=True)
        with self._turn, self._connection:  # all of it or nothing
            for key in gone:
                self._connection.execute("DELETE FROM places WHERE id = ?", (held.pop(key)[0],))
            while changed:  # a place is freed once it is inserted: all at once would stop other threads
                place = changed.pop()
                del current[place.key]
                last += 1
                held[place.key] = last, hash(place)
                self._insert(place, last)
        self._change_count += count if self._held else 0
        self._held, self._last = held, last
        return True

    def _insert(self, place: RegisterPlace, number: int) -> None:
        area = None if place.area is None else self._area_numbers.setdefault(place.area, len(self.areas))
        if area == len(self.areas) and place.area is not None:
            self.areas = [*self.areas, place.area]
        stored = StoredPlace(
            *(number, place.kind, place.name, place.keys, *(place.point or _NOWHERE), place.area, None),
            *(place.ref, place.addresses),
        )
        codes = [place.area.code] if place.area and place.area.code else []
        insert_place(self._connection, stored, area, codes)
