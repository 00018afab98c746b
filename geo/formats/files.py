"""Read the rows of a register file in any supported format.

The format is recognised by the first bytes, else by the file name.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.formats.table import Table

_FAULTS = FaultTable(
    "file",
    {
        "old_workbook": (
            N_("this is an old workbook (.xls), or one locked with a password"),
            N_("open it and save it as .xlsx without a password, or as “CSV UTF-8”"),
        ),
        "no_layers": (
            N_("--layer names {value}, but a file of this format has no sheets or layers"),
            N_("leave --layer out"),
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
WORKBOOK_SUFFIXES = (".xlsx", ".xlsm")
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"

TableReader = Callable[[bytes, str, str | None], Table]


def read_table(content: bytes, file: str, layer: str | None = None) -> Table:
    """Return the rows of a CSV, XLSX, JSON, GeoJSON, GeoPackage or (Geo)Parquet file.

    ``layer`` names the worksheet or layer if there are several.
    *Raises*: FaultError if no row can be read.
    """
    if content.startswith(_OLD_WORKBOOK):
        raise FaultError(_FAULTS.build("old_workbook", file=file))
    for begins, read in _BY_BEGINNING.items():
        if content.startswith(begins):
            return read(content, file, layer)
    if layer is not None:
        raise FaultError(_FAULTS.build("no_layers", file=file, field="--layer", value=layer))
    suffix = file.lower().rpartition(".")[2]
    return _BY_ENDING.get(suffix, _csv)(content, file, layer)


def refuse_large_file(size: int, file: str) -> None:
    """Refuse a file that is too large, before it is read. *Raises*: FaultError."""
    most = WORKBOOK_LIMIT_MB if file.lower().endswith(WORKBOOK_SUFFIXES) else SIZE_LIMIT_MB
    if size > most * _MEGABYTE:
        raise FaultError(_FAULTS.build("too_large", file=file, value=f"{size / _MEGABYTE:,.0f}", most=most))


def _csv(content: bytes, file: str, _: str | None) -> Table:
    from geo.formats.csv import read_csv

    return read_csv(content, file)


def _json(content: bytes, file: str, _: str | None) -> Table:
    """Read an array of records or a FeatureCollection; the name of either may end in .json."""
    from geo.formats.geojson import is_geojson, parse_json_file, read_geojson, read_json_records

    return (read_geojson if is_geojson(parse_json_file(content, file)) else read_json_records)(content, file)


def _geojson(content: bytes, file: str, _: str | None) -> Table:
    from geo.formats.geojson import read_geojson

    return read_geojson(content, file)


def _xlsx(content: bytes, file: str, layer: str | None) -> Table:
    from geo.formats.xlsx import read_xlsx

    refuse_large_file(len(content), file)
    return read_xlsx(content, file, layer)


def _geopackage(content: bytes, file: str, layer: str | None) -> Table:
    from geo.formats.vector_files import read_geopackage

    return read_geopackage(content, file, layer)


def _parquet(content: bytes, file: str, _: str | None) -> Table:
    from geo.formats.vector_files import read_geoparquet

    return read_geoparquet(content, file)


_BY_BEGINNING: Mapping[bytes, TableReader] = MappingProxyType(
    {b"PK\x03\x04": _xlsx, b"SQLite format 3\x00": _geopackage, b"PAR1": _parquet}
)
_BY_ENDING: Mapping[str, TableReader] = MappingProxyType({"json": _json, "geojson": _geojson})
