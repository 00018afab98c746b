"""geo.formats: the edge of geo that reads and writes files."""

from geo.formats.columns import Columns, check_columns, guess_columns
from geo.formats.csv import read_csv
from geo.formats.export import placed_in, write_csv, write_geojson, write_json
from geo.formats.guard import guarded
from geo.formats.json_records import read_json_records
from geo.formats.mapping_file import MappingFile, read_mapping_file
from geo.formats.places import Gazetteer
from geo.formats.rows import Reader, Reading, read_stations, settle_datum
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
    "read_csv",
    "read_json_records",
    "read_mapping_file",
    "read_stations",
    "settle_datum",
    "write_csv",
    "write_geojson",
    "write_json",
]
