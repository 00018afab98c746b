"""Render stations as CSV, XLSX, JSON, GeoJSON, GeoPackage and GeoParquet.

The formats for a GIS are in WGS84: of the supported datums, GCJ-02 and BD-09 have no CRS. Libraries are
imported by the formats that need them.
"""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from core.sheets.table import escape_formula, unescape_formula
from geo.crs import points_in_datum
from geo.datum import Datum
from geo.station import Station

if TYPE_CHECKING:
    import pyarrow as pa
    import xlsxwriter
    from numpy.typing import NDArray

# In files ``district`` is a name, as the import reads it; the datum stands beside the point.
_NAMES_IN_FILES = {"district": "district_code", "district_name": "district"}
EXPORT_FIELDS = tuple(
    _NAMES_IN_FILES.get(name, name)
    for field in Station.model_fields
    for name in ((field, "datum") if field == "lat" else (field,))
)
STATIONS_WORKSHEET = "stations"
_WIDTHS = {"name": 36, "address": 36, "hours_text": 24, "note": 24, "source": 24}
_CELL_LIMIT = 32_767  # characters; the limit of the XLSX format
STATIONS_LAYER = "stations"
_GEOMETRY = "geometry"
_CRS = "EPSG:4326"


def render_stations_csv(stations: Sequence[Station], datum: Datum = Datum.WGS84) -> str:
    """Render a CSV that a spreadsheet opens directly (UTF-8 with BOM) and that the import can read.

    Text that a spreadsheet would run as a formula gets a leading apostrophe, which the import removes.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(EXPORT_FIELDS)
    for record in station_records(stations, datum):
        writer.writerow([spreadsheet_safe_value(record[name]) for name in EXPORT_FIELDS])
    return "\ufeff" + text.getvalue()


def render_stations_json(stations: Sequence[Station], datum: Datum = Datum.WGS84) -> str:
    """Render an object whose ``data`` is the list of stations; the import can read it."""
    return _dumped({"datum": datum.value, "data": [*station_records(stations, datum)]})


def render_stations_geojson(stations: Sequence[Station]) -> str:
    """Render a FeatureCollection; a station without coordinates has a null geometry (RFC 7946, 3.2).

    The id stands among the properties too: a feature's own id that merely counts is read as its position.
    *CRS*: WGS84, the only one that RFC 7946 allows.
    """
    features = [
        {
            "type": "Feature",
            "id": record["id"],
            "geometry": None
            if record["lon"] is None
            else {"type": "Point", "coordinates": [record["lon"], record["lat"]]},
            "properties": {k: v for k, v in record.items() if k not in ("lon", "lat", "datum")},
        }
        for record in station_records(stations, Datum.WGS84)
    ]
    return _dumped({"type": "FeatureCollection", "features": features})


def station_records(stations: Sequence[Station], datum: Datum) -> Iterable[dict[str, object]]:
    """Yield each station as plain values by the names of `EXPORT_FIELDS`."""
    for station, point in zip(stations, points_in_datum(stations, datum), strict=True):
        values = {_NAMES_IN_FILES.get(name, name): value for name, value in station.plain_values().items()}
        values["lon"], values["lat"] = point or (None, None)
        values["datum"] = datum.value if point else None
        yield {name: values[name] for name in EXPORT_FIELDS}


def spreadsheet_safe_value(value: object) -> object:
    """Return a value that is safe in a spreadsheet: text that it would run gets a leading apostrophe.

    A list is joined to one text, and a bool becomes true or false.
    """
    if isinstance(value, list):
        value = "、".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape_formula(value) if isinstance(value, str) else value


def _dumped(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


class _Exact(float):
    """A number that is written with 17 digits, as a double may need; the library writes 16."""

    def __format__(self, form: str) -> str:
        return repr(float(self))


def render_stations_xlsx(stations: Sequence[Station], datum: Datum = Datum.WGS84) -> bytes:
    """Render a workbook with one worksheet, which the import can read.

    Every text is written as text, a day as a date. Text that would run as a formula, if the worksheet were saved as CSV,
    also gets a leading apostrophe and a text format, so that it stays text when the cell is edited.
    *Raises*: ValueError for a text longer than a cell may be, which the library would truncate.
    """
    import xlsxwriter

    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        text, bold = book.add_format({"quote_prefix": True}), book.add_format({"bold": True})
        day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        sheet = book.add_worksheet(STATIONS_WORKSHEET)
        sheet.freeze_panes(1, 1)
        for column, name in enumerate(EXPORT_FIELDS):
            sheet.set_column(column, column, _WIDTHS.get(name, 14))
            sheet.write_string(0, column, name, bold)
        for row, record in enumerate(station_records(stations, datum), start=1):
            for column, name in enumerate(EXPORT_FIELDS):
                value = spreadsheet_safe_value(record[name])
                if name == "verified_on" and isinstance(value, str):
                    sheet.write_datetime(row, column, date.fromisoformat(value), day)
                elif isinstance(value, float):
                    sheet.write_number(row, column, _Exact(value))
                elif isinstance(value, str) and value:
                    plain = unescape_formula(value) == value
                    _write(sheet, row, column, value, None if plain else text)
        sheet.autofilter(0, 0, max(len(stations), 1), len(EXPORT_FIELDS) - 1)
    return content.getvalue()


def _write(sheet: "xlsxwriter.worksheet.Worksheet", row: int, column: int, text: str, form: object) -> None:
    if len(text) > _CELL_LIMIT:
        raise ValueError(f"a cell of a workbook holds {_CELL_LIMIT} characters, this text {len(text)}")
    sheet.write_string(row, column, text, form)


def render_stations_geopackage(stations: Sequence[Station]) -> bytes:
    """Render a GeoPackage with one layer; a station without coordinates has no geometry. *CRS*: WGS84."""
    import pyogrio

    content = io.BytesIO()
    pyogrio.write_arrow(
        _table(stations),
        content,
        driver="GPKG",
        layer=STATIONS_LAYER,
        geometry_name=_GEOMETRY,
        geometry_type="Point",
        crs=_CRS,
    )
    return content.getvalue()


def render_stations_geoparquet(stations: Sequence[Station]) -> bytes:
    """Render a GeoParquet file; a station without coordinates has no geometry. *CRS*: WGS84."""
    import geopandas as gpd

    table = _table(stations)
    frame = gpd.GeoDataFrame(
        table.drop_columns([_GEOMETRY]).to_pandas(date_as_object=True), geometry=_points(stations), crs=_CRS
    )
    content = io.BytesIO()
    frame.to_parquet(content, index=False, compression="zstd")
    return content.getvalue()


def _table(stations: Sequence[Station]) -> "pa.Table":
    import pyarrow as pa
    import shapely

    types = {"sample": pa.bool_(), "verified_on": pa.date32(), "area_m2": pa.float64()}
    rows = list(station_records(stations, Datum.WGS84))
    columns = {
        name: pa.array([_plain(name, row[name]) for row in rows], types.get(name, pa.string()))
        for name in EXPORT_FIELDS
        if name not in ("lon", "lat", "datum")
    }
    return pa.table({**columns, _GEOMETRY: pa.array(shapely.to_wkb(_points(stations)).tolist(), pa.binary())})


def _plain(name: str, value: object) -> object:
    if isinstance(value, list):
        return "、".join(value)
    if name == "verified_on" and isinstance(value, str):
        return date.fromisoformat(value)
    return value


def _points(stations: Sequence[Station]) -> "NDArray[np.object_]":
    import shapely

    points = [shapely.Point(place) if place else None for place in points_in_datum(stations, Datum.WGS84)]
    return np.asarray(points, dtype=np.object_)
