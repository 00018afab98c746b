"""The tables of a names file."""

import numpy as np

FORM = 3  # the form of the file; a program reads only its own

TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE areas (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL, name TEXT NOT NULL, city TEXT NOT NULL, province TEXT NOT NULL,
    lon REAL NOT NULL, lat REAL NOT NULL
);
-- In order of their band, so that the names of a band of latitudes have neighbouring numbers.
CREATE TABLE places (
    id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, name TEXT NOT NULL, keys TEXT NOT NULL,
    lon REAL NOT NULL, lat REAL NOT NULL, area INTEGER, samples BLOB
);
CREATE TABLE bands (band INTEGER PRIMARY KEY, first INTEGER NOT NULL);
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
CREATE INDEX houses_by_road ON houses (road, number);
CREATE INDEX crossings_by_roads ON crossings (first, second);
CREATE INDEX crossings_by_place ON crossings (lat) WHERE first < second;
"""
BAND_DEG = 0.02  # the height of a band of latitudes

# One point along a road, in millionths of a degree (WGS84), with the number of its district.
SAMPLE_TYPE = np.dtype([("lon", "<i4"), ("lat", "<i4"), ("area", "<u2")])
MICRO = 1e6
NO_AREA = 0xFFFF


def band_of(lat: float) -> int:
    """Return the number of the band of latitudes, from the South Pole."""
    return int((lat + 90) / BAND_DEG)
