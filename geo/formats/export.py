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

from core.sheets.table import escape_formula
from core.sheets.workbook_rendering import LONGEST_TEXT, Cell, Worksheet, render_workbook
from geo.crs import points_in_datum
from geo.datum import Datum
from geo.station import Station

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

# In files ``district`` is a name, as the import reads it; the datum stands beside the point.
_NAMES_IN_FILES = {"district": "district_code", "district_name": "district"}
EXPORT_FIELDS = tuple(
    _NAMES_IN_FILES.get(name, name)
    for field in Station.model_fields
    for name in ((field, "datum") if field == "lat" else (field,))
)
_WIDTHS = {"name": 36, "address": 36, "hours_text": 24, "note": 24, "source": 24}
STATIONS_LAYER = "stations"  # and worksheet
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


def render_stations_xlsx(stations: Sequence[Station], datum: Datum = Datum.WGS84) -> bytes:
    """Render a workbook with one worksheet, which the import can read; every text is a text, a day a date.

    *Raises*: ValueError for a text longer than a cell may be, which would be cut.
    """
    rows = (
        [_cell(_plain(name, record[name])) for name in EXPORT_FIELDS]
        for record in station_records(stations, datum)
    )
    widths = [_WIDTHS.get(name, 14) for name in EXPORT_FIELDS]
    return render_workbook([Worksheet(STATIONS_LAYER, rows, EXPORT_FIELDS, widths)])


def _cell(value: object) -> Cell:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        raise ValueError(f"a cell of a workbook holds {LONGEST_TEXT} characters, this text {len(value)}")
    return value if isinstance(value, str | int | float | date) and value != "" else None


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
