"""Read the rows or the features of a file in any supported format.

The format is recognised by the bytes, else by the file name.
"""

import codecs
import io
import zipfile
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from core.faults import FaultError, FaultTable
from core.sheets.table import Table, content_sha256
from core.text_marks import N_

if TYPE_CHECKING:
    from geo.formats.features import FeatureTable

_FAULTS = FaultTable(
    "file",
    {
        "page": (
            N_("this is a web page or XML, no table"),
            N_(
                "open it in Excel or WPS and save it as .xlsx, or as “CSV UTF-8”; a map, in QGIS as GeoPackage"
            ),
        ),
        "no_layers": (
            N_("--layer names {value}, but a file of this format has no sheets or layers"),
            N_("leave --layer out"),
        ),
        "part_of_shapefile": (
            N_("a .{value} file alone is only a part of a Shapefile"),
            N_("put its .shp, .shx, .dbf, .prj and .cpg files into one ZIP file"),
        ),
        "other_layer": (
            N_("files of the kind .{value} are not read"),
            N_("open it in QGIS and save the layer as GeoPackage, with its CRS"),
        ),
        "document": (
            N_("files of the kind .{value} are not read"),
            N_("save the table as XLSX or as “CSV UTF-8”"),
        ),
        "too_large": (
            N_("the file has {value} MB; at most {most} are read"),
            N_("split it by city, or delete what is no register, such as pictures"),
        ),
    },
)

SIZE_LIMIT_MB = 200
WORKBOOK_LIMIT_MB = 64
ROWS_LIMIT = 1_000_000  # five times the country's stations
_MEGABYTE = 1_000_000
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WORKBOOK, _BEGIN_BYTES = "xl/workbook.xml", 1_000
OLD_WORKBOOK_LIMIT_MB = 32  # 65,536 rows of 25 columns
WORKBOOK_SUFFIXES = (".xlsx", ".xlsm")
_OLD_WORKBOOK, _ZIP, _SQLITE, _PARQUET = b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"SQLite format 3\x00", b"PAR1"
_NOT_READ = {
    "part_of_shapefile": ("shp", "dbf", "shx", "prj"),
    "other_layer": ("kml", "kmz", "gdb", "mif"),
    "document": ("ods", "numbers", "pdf", "docx", "png", "jpg"),
}


def read_table(
    content: bytes, file: str, layer: str | None = None, *, areas_as_points: bool = False
) -> Table:
    """Return the rows of a CSV, XLSX, XLS, JSON, GeoJSON, GeoPackage, zipped Shapefile or (Geo)Parquet file.

    ``layer`` names the worksheet or layer if there are several. With ``areas_as_points`` a feature may be an area.
    *Raises*: FaultError if no row can be read.
    """
    features = read_features(content, file, layer)
    if features is not None:
        from geo.formats.features import table_from_features

        digest = content_sha256(content)
        return table_from_features(features, file, digest, areas_as_points=areas_as_points)
    if content.startswith(_ZIP):
        from core.sheets.workbooks import read_xlsx

        refuse_large_file(len(content), file)
        return read_xlsx(content, file, layer)
    if content.startswith(_OLD_WORKBOOK):
        from core.sheets.workbooks import read_xls

        _refuse_above(OLD_WORKBOOK_LIMIT_MB, len(content), file)
        return read_xls(content, file, layer)
    _refuse_layer(layer, file)
    if _is_json(content, file):
        from geo.formats.geojson import read_json_records

        return read_json_records(content, file)
    from core.sheets.csv import read_csv

    return read_csv(content, file)


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
    is_shapefile = _ending(file) == "zip" or any(part.lower().endswith(".shp") for part in parts)
    if content.startswith((_SQLITE, _PARQUET)) or is_shapefile:
        from geo.formats import vector_files

        if content.startswith(_SQLITE):
            return vector_files.read_geopackage(content, file, layer, most_rows)
        if is_shapefile:
            return vector_files.read_shapefile(content, file, layer, most_rows)
        _refuse_layer(layer, file)
        return vector_files.read_geoparquet(content, file, most_rows)
    refuse_kind(content, file)
    if not _is_json(content, file):
        return None
    from geo.formats.geojson import is_geojson, parse_json_file, read_geojson

    _refuse_layer(layer, file)
    document, _ = parse_json_file(content, file)
    return read_geojson(document, file) if _ending(file) == "geojson" or is_geojson(document) else None


def _list_parts(content: bytes) -> list[str]:
    """Return the names of the parts of a ZIP file, whatever its own name says it is; none for any other file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.namelist() if content.startswith(_ZIP) else []
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        return []


def _is_json(content: bytes, file: str) -> bool:
    is_named_so = _ending(file) in ("json", "geojson") and not content.startswith(_ZIP)
    return is_named_so or _begin(content).startswith((b"{", b"[{"))


def refuse_kind(content: bytes, file: str) -> None:
    """Refuse a file by its name, or by its first bytes, where it is of a kind that is not read. *Raises*: FaultError."""
    ending = _ending(file)
    for code, endings in _NOT_READ.items():
        if ending in endings:
            raise FaultError(_FAULTS.build(code, file=file, value=ending))
    if _begin(content).startswith(b"<"):
        raise FaultError(_FAULTS.build("page", file=file))


def _begin(content: bytes) -> bytes:
    """Return the first letters of a text in UTF-8, UTF-16 or GB18030, without blanks and byte order marks."""
    begin = content[:_BEGIN_BYTES]
    for mark in _MARKS:
        begin = begin.removeprefix(mark)
    return b"".join(begin.replace(b"\0", b"").split())


def read_bounded_file(path: Path) -> bytes:
    """Read a file, unless it is too large. *Raises*: FaultError; OSError."""
    refuse_large_file(path.stat().st_size, path.name)
    return path.read_bytes()


def refuse_large_file(size: int, file: str) -> None:
    """Refuse a file that is too large, before it is read. *Raises*: FaultError."""
    most = WORKBOOK_LIMIT_MB if file.lower().endswith(WORKBOOK_SUFFIXES) else SIZE_LIMIT_MB
    _refuse_above(most, size, file)


def is_workbook(content: bytes) -> bool:
    """Return whether a file begins as workbooks do, of whatever age."""
    return content.startswith((_ZIP, _OLD_WORKBOOK))


def _refuse_above(most: int, size: int, file: str) -> None:
    if size > most * _MEGABYTE:
        raise FaultError(_FAULTS.build("too_large", file=file, value=f"{size / _MEGABYTE:,.0f}", most=most))


def _ending(file: str) -> str:
    return PurePath(file).suffix.lower().removeprefix(".")


def _refuse_layer(layer: str | None, file: str) -> None:
    if layer is not None:
        raise FaultError(_FAULTS.build("no_layers", file=file, field="--layer", value=layer))
