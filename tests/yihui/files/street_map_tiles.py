"""What a test sees of a built street map: its tiles, read by GDAL."""

import gzip
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio

Tile = tuple[int, int, int]  # zoom, column from the west, row from the north


def read_tiles(file: Path) -> dict[Tile, bytes]:
    """The tiles of a map as they are stored."""
    with sqlite3.connect(file) as connection:
        rows = connection.execute("SELECT zoom_level, tile_column, tile_row, tile_data FROM tiles").fetchall()
    connection.close()
    return {(z, x, 2**z - 1 - row): data for z, x, row, data in rows}


def iter_features(file: Path, folder: Path, zoom: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Layer and attributes of all features of a zoom, each with its geometry's type."""
    for (z, x, y), data in read_tiles(file).items():
        if z != zoom:
            continue
        place = folder / f"{z}-{x}-{y}.mvt"
        place.write_bytes(gzip.decompress(data))
        for layer, kind in pyogrio.list_layers(place):
            for row in pyogrio.read_dataframe(place, layer=layer, read_geometry=False).to_dict("records"):
                yield layer, {"geometry": kind, **{key: v for key, v in row.items() if not pd.isna(v)}}


def list_values(file: Path, folder: Path, zoom: int, layer: str, key: str) -> set[str]:
    """The values of one attribute in one layer of a zoom."""
    found = iter_features(file, folder, zoom)
    return {str(values[key]) for name, values in found if name == layer and key in values}
