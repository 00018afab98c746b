"""Render stations as CSV, GeoJSON and JSON, for a spreadsheet, a GIS or a program."""

import csv
import io
import json
from collections.abc import Iterable, Sequence

import numpy as np

from geo.crs import Datum, from_wgs84
from geo.formats.guard import escape_formula
from geo.station import Station

EXPORT_FIELDS = (
    *("id", "name", "kind", "lon", "lat", "datum", "address", "district_code", "district"),
    *("hours_text", "calendar", "entry", "access", "employer", "accepts", "area_m2", "facilities"),
    *("phone", "note", "status", "verified_on", "source", "sample"),
)
_DECIMALS = 7  # about 1 cm; WGS84 coordinates are exported unrounded


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

    *CRS*: WGS84, the only one that RFC 7946 allows.
    """
    features = [
        {
            "type": "Feature",
            "id": record["id"],
            "geometry": None
            if record["lon"] is None
            else {"type": "Point", "coordinates": [record["lon"], record["lat"]]},
            "properties": {k: v for k, v in record.items() if k not in ("id", "lon", "lat", "datum")},
        }
        for record in station_records(stations, Datum.WGS84)
    ]
    return _dumped({"type": "FeatureCollection", "features": features})


def points_in_datum(stations: Sequence[Station], datum: Datum) -> list[tuple[float, float] | None]:
    """Return the point of each station in a datum; None for a station without coordinates."""
    placed = [(s.lon, s.lat) for s in stations if s.lon is not None and s.lat is not None]
    if datum not in (Datum.WGS84, Datum.CGCS2000) and placed:
        shifted = from_wgs84(np.array(placed, dtype=np.float64), datum)
        placed = [(lon, lat) for lon, lat in shifted.round(_DECIMALS).tolist()]
    points = iter(placed)
    return [next(points) if station.is_placed else None for station in stations]


def station_records(stations: Sequence[Station], datum: Datum) -> Iterable[dict[str, object]]:
    """Yield each station as plain values by the names of `EXPORT_FIELDS`."""
    for station, point in zip(stations, points_in_datum(stations, datum), strict=True):
        yield {
            "id": station.id,
            "name": station.name,
            "kind": station.kind.value,
            "lon": point[0] if point else None,
            "lat": point[1] if point else None,
            "datum": datum.value if point else None,
            "address": station.address,
            "district_code": station.district,
            "district": station.district_name,
            "hours_text": station.hours_text,
            "calendar": station.calendar.value,
            "entry": station.entry.value,
            "access": station.access.value,
            "employer": station.employer,
            "accepts": sorted(station.accepts),
            "area_m2": station.area_m2,
            "facilities": sorted(station.facilities),
            "phone": station.phone,
            "note": station.note,
            "status": station.status.value,
            "verified_on": station.verified_on.isoformat() if station.verified_on else None,
            "source": station.source,
            "sample": station.sample,
        }


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
