"""Read stations from files and write them to files.

Each name is imported at its first use, so that reading CSV doesn't load GDAL and writing JSON doesn't
load YAML.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.formats.columns import ColumnMapping, check_columns, guess_columns
    from geo.formats.csv import read_csv
    from geo.formats.export import (
        points_in_datum,
        render_stations_csv,
        render_stations_geojson,
        render_stations_json,
    )
    from geo.formats.export_features import render_stations_geopackage, render_stations_geoparquet
    from geo.formats.export_xlsx import render_stations_xlsx
    from geo.formats.files import read_table, refuse_large_file
    from geo.formats.guard import escape_formula
    from geo.formats.json_records import read_json_records
    from geo.formats.mapping_file import MappingFile, read_mapping_file
    from geo.formats.places import Gazetteer
    from geo.formats.rows import (
        ImportContext,
        ParsedRegister,
        read_located_rows,
        read_stations,
        resolve_datum,
    )
    from geo.formats.table import Row, Table

__all__ = [
    "ColumnMapping",
    "Gazetteer",
    "ImportContext",
    "MappingFile",
    "ParsedRegister",
    "Row",
    "Table",
    "check_columns",
    "escape_formula",
    "guess_columns",
    "points_in_datum",
    "read_csv",
    "read_json_records",
    "read_located_rows",
    "read_mapping_file",
    "read_stations",
    "read_table",
    "refuse_large_file",
    "render_stations_csv",
    "render_stations_geojson",
    "render_stations_geopackage",
    "render_stations_geoparquet",
    "render_stations_json",
    "render_stations_xlsx",
    "resolve_datum",
]

_HOMES = {
    "geo.formats.columns": {"ColumnMapping", "check_columns", "guess_columns"},
    "geo.formats.csv": {"read_csv"},
    "geo.formats.export": {
        "points_in_datum",
        "render_stations_csv",
        "render_stations_geojson",
        "render_stations_json",
    },
    "geo.formats.export_features": {"render_stations_geopackage", "render_stations_geoparquet"},
    "geo.formats.export_xlsx": {"render_stations_xlsx"},
    "geo.formats.files": {"read_table", "refuse_large_file"},
    "geo.formats.guard": {"escape_formula"},
    "geo.formats.json_records": {"read_json_records"},
    "geo.formats.mapping_file": {"MappingFile", "read_mapping_file"},
    "geo.formats.places": {"Gazetteer"},
    "geo.formats.rows": {
        "ImportContext",
        "ParsedRegister",
        "read_located_rows",
        "read_stations",
        "resolve_datum",
    },
    "geo.formats.table": {"Row", "Table"},
}


def __getattr__(name: str) -> object:
    home = next((module for module, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module 'geo.formats' has no attribute {name!r}")
    return getattr(import_module(home), name)
