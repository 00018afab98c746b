"""geo.formats: the edge of geo that reads and writes files.

Names are fetched when first used: who writes JSON needs no YAML, who reads CSV no GDAL.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.formats.columns import Columns, check_columns, guess_columns
    from geo.formats.csv import read_csv
    from geo.formats.export import placed_in, write_csv, write_geojson, write_json
    from geo.formats.export_features import write_geopackage, write_geoparquet
    from geo.formats.export_xlsx import write_xlsx
    from geo.formats.files import read_table, refuse_large
    from geo.formats.guard import guarded
    from geo.formats.json_records import read_json_records
    from geo.formats.mapping_file import MappingFile, read_mapping_file
    from geo.formats.places import Gazetteer
    from geo.formats.rows import Reader, Reading, read_claims, read_stations, settle_datum
    from geo.formats.table import Row, Table

__all__ = [
    "Columns",
    "Gazetteer",
    "MappingFile",
    "Reader",
    "Reading",
    "Row",
    "Table",
    "check_columns",
    "guarded",
    "guess_columns",
    "placed_in",
    "read_claims",
    "read_csv",
    "read_json_records",
    "read_mapping_file",
    "read_stations",
    "read_table",
    "refuse_large",
    "settle_datum",
    "write_csv",
    "write_geojson",
    "write_geopackage",
    "write_geoparquet",
    "write_json",
    "write_xlsx",
]

_HOMES = {
    "geo.formats.columns": {"Columns", "check_columns", "guess_columns"},
    "geo.formats.csv": {"read_csv"},
    "geo.formats.export": {"placed_in", "write_csv", "write_geojson", "write_json"},
    "geo.formats.export_features": {"write_geopackage", "write_geoparquet"},
    "geo.formats.export_xlsx": {"write_xlsx"},
    "geo.formats.files": {"read_table", "refuse_large"},
    "geo.formats.guard": {"guarded"},
    "geo.formats.json_records": {"read_json_records"},
    "geo.formats.mapping_file": {"MappingFile", "read_mapping_file"},
    "geo.formats.places": {"Gazetteer"},
    "geo.formats.rows": {"Reader", "Reading", "read_claims", "read_stations", "settle_datum"},
    "geo.formats.table": {"Row", "Table"},
}


def __getattr__(name: str) -> object:
    home = next((module for module, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module 'geo.formats' has no attribute {name!r}")
    return getattr(import_module(home), name)
