"""Render stations as GeoPackage and GeoParquet for a GIS, in WGS84.

Of the supported datums, GCJ-02 and BD-09 have no CRS.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from geo.crs import Datum
from geo.formats.export import EXPORT_FIELDS, points_in_datum, station_records
from geo.station import Station

STATIONS_LAYER = "stations"
_GEOMETRY = "geometry"
_CRS = "EPSG:4326"
_TYPES: Mapping[str, pa.DataType] = {
    "sample": pa.bool_(),
    "verified_on": pa.date32(),
    "area_m2": pa.float64(),
}


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


def _table(stations: Sequence[Station]) -> pa.Table:
    rows = list(station_records(stations, Datum.WGS84))
    columns = {
        name: pa.array([_plain(name, row[name]) for row in rows], _TYPES.get(name, pa.string()))
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


def _points(stations: Sequence[Station]) -> NDArray[np.object_]:
    points = [shapely.Point(place) if place else None for place in points_in_datum(stations, Datum.WGS84)]
    return np.asarray(points, dtype=np.object_)
