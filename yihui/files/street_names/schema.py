"""The tables of a names file, and the places in them."""

import sqlite3
from collections.abc import Collection, Iterable
from math import cos, radians
from typing import NamedTuple

import numpy as np

from geo.geodesy import Floats
from geo.place_names.kinds import KIND_ORDER, StreetKind
from geo.place_names.matching import (
    INNER,
    INNER_ADDRESS,
    WHOLE,
    iter_place_tokens,
    list_name_tokens,
    list_part_tokens,
)
from geo.place_names.query_words import name_key
from geo.place_names.roads import SAMPLE_DEG

FORM = 4  # the form of the file; a program reads only its own

TABLES = """
CREATE TABLE areas (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL, name TEXT NOT NULL, city TEXT NOT NULL, province TEXT NOT NULL
);
CREATE TABLE places (
    id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, name TEXT NOT NULL, keys TEXT NOT NULL,
    lon REAL NOT NULL, lat REAL NOT NULL, area INTEGER, samples BLOB,
    ref TEXT NOT NULL, addresses TEXT NOT NULL  -- of a register's places only
);
-- Each of the nearest road of its name; 0 where none is near.
CREATE TABLE houses (road INTEGER NOT NULL, number TEXT NOT NULL, lon REAL NOT NULL, lat REAL NOT NULL, area INTEGER);
CREATE TABLE crossings (
    first TEXT NOT NULL, second TEXT NOT NULL, first_name TEXT NOT NULL, second_name TEXT NOT NULL,
    lon REAL NOT NULL, lat REAL NOT NULL, area INTEGER
);
CREATE VIRTUAL TABLE tokens USING fts5 (
    held, content='', detail=none, columnsize=0, tokenize='ascii', prefix='2 3 4'
);
"""
INDEXES = """
CREATE INDEX places_by_place ON places (kind, lat);
CREATE INDEX houses_by_road ON houses (road, number);
CREATE INDEX crossings_by_roads ON crossings (first, second);
CREATE INDEX crossings_by_place ON crossings (lat) WHERE first < second;
"""
# One point along a road, in millionths of a degree (WGS84), with the number of its district.
SAMPLE_TYPE = np.dtype([("lon", "<i4"), ("lat", "<i4"), ("area", "<u2")])
MICRO = 1e6
NO_AREA = 0xFFFF
Point = tuple[float, float]
_BESIDE_DEG = 2 * SAMPLE_DEG  # of a meridian: points of a road in neighbouring cells lie so near


class Area(NamedTuple):
    """A district in which names lie."""

    code: str
    name: str
    city: str
    province: str


class StoredPlace(NamedTuple):
    """A place as it is stored. ``keys`` are its names as they are compared; ``samples`` lie along a road.

    ``ref`` is the id of a station or the code of a district of a register, ``addresses`` are as compared.
    """

    id: int
    kind: StreetKind
    name: str
    keys: tuple[str, ...]
    lon: float
    lat: float
    area: Area | None
    samples: bytes | None
    ref: str
    addresses: tuple[str, ...]

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


def insert_place(
    connection: sqlite3.Connection, place: StoredPlace, area: int | None, codes: Iterable[str]
) -> None:
    """Insert a place with its tokens; ``area`` is the number of its district, ``codes`` are of all that it touches."""
    connection.execute(
        "INSERT INTO places VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(place.id, KIND_ORDER[place.kind], place.name, "\n".join(place.keys), place.lon, place.lat),
            *(area, place.samples, place.ref, "\n".join(place.addresses)),
        ),
    )
    inner = INNER if place.ref else ""
    tokens = [token for key in place.keys for token in list_name_tokens(key, inner)]
    tokens += [token for key in place.addresses for token in list_part_tokens(key, INNER_ADDRESS)]
    tokens += [WHOLE + name_key(place.ref)] if place.ref else []
    tokens += iter_place_tokens(place.kind, codes, place.lon, place.lat)
    held = " ".join(dict.fromkeys(tokens))
    connection.execute("INSERT INTO tokens (rowid, held) VALUES (?, ?)", (place.id, held))
