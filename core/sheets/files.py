"""Read the rows of a file of any plain format, and refuse files that are too large or of another kind.

The format is recognised by the bytes, else by the file name.
"""

import codecs
from pathlib import Path, PurePath

from core.faults import FaultError, FaultTable
from core.sheets.table import Table
from core.text_marks import N_

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
_MEGABYTE = 1_000_000
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BEGIN_BYTES = 1_000
OLD_WORKBOOK_LIMIT_MB = 32  # 65,536 rows of 25 columns
WORKBOOK_SUFFIXES = (".xlsx", ".xlsm")
OLD_WORKBOOK_BYTES, ZIP_BYTES = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
_NOT_READ = {
    "part_of_shapefile": ("shp", "dbf", "shx", "prj"),
    "other_layer": ("kml", "kmz", "gdb", "mif"),
    "document": ("ods", "numbers", "pdf", "docx", "png", "jpg"),
}


def read_plain_table(content: bytes, file: str, layer: str | None = None) -> Table:
    """Return the rows of a CSV, XLSX, XLS or JSON file; ``layer`` names the worksheet if there are several.

    *Raises*: FaultError if no row can be read.
    """
    if content.startswith(ZIP_BYTES):
        from core.sheets.workbooks import read_xlsx

        refuse_large_file(len(content), file)
        return read_xlsx(content, file, layer)
    if content.startswith(OLD_WORKBOOK_BYTES):
        from core.sheets.workbooks import read_xls

        _refuse_above(OLD_WORKBOOK_LIMIT_MB, len(content), file)
        return read_xls(content, file, layer)
    refuse_layer(layer, file)
    if is_json(content, file):
        from core.sheets.json_records import read_json_records

        return read_json_records(content, file)
    from core.sheets.csv import read_csv

    return read_csv(content, file)


def is_json(content: bytes, file: str) -> bool:
    """Return whether a file is JSON, by its name or its first letters."""
    is_named_so = find_ending(file) in ("json", "geojson") and not content.startswith(ZIP_BYTES)
    return is_named_so or _begin(content).startswith((b"{", b"[{"))


def refuse_kind(content: bytes, file: str) -> None:
    """Refuse a file by its name, or by its first bytes, where it is of a kind that is not read. *Raises*: FaultError."""
    ending = find_ending(file)
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
    """Return whether a file begins as an XLSX or an XLS workbook does."""
    return content.startswith((ZIP_BYTES, OLD_WORKBOOK_BYTES))


def _refuse_above(most: int, size: int, file: str) -> None:
    if size > most * _MEGABYTE:
        raise FaultError(_FAULTS.build("too_large", file=file, value=f"{size / _MEGABYTE:,.0f}", most=most))


def find_ending(file: str) -> str:
    """Return the ending of a file's name, small and without its dot."""
    return PurePath(file).suffix.lower().removeprefix(".")


def refuse_layer(layer: str | None, file: str) -> None:
    """Refuse the name of a layer for a file that has none. *Raises*: FaultError."""
    if layer is not None:
        raise FaultError(_FAULTS.build("no_layers", file=file, field="--layer", value=layer))
