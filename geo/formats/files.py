"""Read the rows or the features of a file in any supported format, those of GIS included."""

import io
import zipfile
from typing import TYPE_CHECKING

from core.sheets.files import ZIP_BYTES, find_ending, is_json, read_plain_table, refuse_kind, refuse_layer
from core.sheets.table import Table, content_sha256

if TYPE_CHECKING:
    from geo.formats.features import FeatureTable

ROWS_LIMIT = 1_000_000  # five times the country's stations
_WORKBOOK, _SQLITE, _PARQUET = "xl/workbook.xml", b"SQLite format 3\x00", b"PAR1"


def read_table(
    content: bytes, file: str, layer: str | None = None, *, areas_as_points: bool = False
) -> Table:
    """Return the rows of a plain table (`read_plain_table`), GeoJSON, GeoPackage, zipped Shapefile or (Geo)Parquet file.

    ``layer`` names the worksheet or layer if there are several. With ``areas_as_points`` a feature may be an area.
    *Raises*: FaultError if no row can be read.
    """
    features = read_features(content, file, layer)
    if features is None:
        return read_plain_table(content, file, layer)
    from geo.formats.features import table_from_features

    return table_from_features(features, file, content_sha256(content), areas_as_points=areas_as_points)


def read_features(
    content: bytes, file: str, layer: str | None = None, most_rows: int = ROWS_LIMIT
) -> "FeatureTable | None":
    """Return the features of a GIS file, points or areas; None for a file of another kind.

    Polygons that cross themselves are repaired and named in the notes.
    *Raises*: FaultError for a file that can't be read, and for one of a kind that nothing of Yihui reads.
    """
    features = _read_layer(content, file, layer, most_rows)
    if features is None:
        return None
    from geo.formats.features import repair_layer

    return repair_layer(features, file)


def _read_layer(content: bytes, file: str, layer: str | None, most_rows: int) -> "FeatureTable | None":
    parts = _list_parts(content)
    if _WORKBOOK in parts:
        return None
    is_shapefile = find_ending(file) == "zip" or any(part.lower().endswith(".shp") for part in parts)
    if content.startswith((_SQLITE, _PARQUET)) or is_shapefile:
        from geo.formats import vector_files

        if content.startswith(_SQLITE):
            return vector_files.read_geopackage(content, file, layer, most_rows)
        if is_shapefile:
            return vector_files.read_shapefile(content, file, layer, most_rows)
        refuse_layer(layer, file)
        return vector_files.read_geoparquet(content, file, most_rows)
    refuse_kind(content, file)
    if not is_json(content, file):
        return None
    from core.sheets.json_records import parse_json_file
    from geo.formats.features import is_geojson, read_geojson

    refuse_layer(layer, file)
    document, _ = parse_json_file(content, file)
    return read_geojson(document, file) if find_ending(file) == "geojson" or is_geojson(document) else None


def _list_parts(content: bytes) -> list[str]:
    """Return the names of the parts of a ZIP file, whatever its own name says it is; none for any other file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.namelist() if content.startswith(ZIP_BYTES) else []
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        return []
