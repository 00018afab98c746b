"""Stations → CSV, GeoJSON, JSON: what others open in a spreadsheet, a GIS or a program."""

import csv
import io
import json
from collections.abc import Iterable, Sequence

import numpy as np

from geo.crs import Datum, from_wgs84
from geo.formats.guard import guarded
from geo.station import Station

FIELDS = (
    *("id", "name", "kind", "lon", "lat", "datum", "address", "district_code", "district"),
    *("hours_text", "calendar", "entry", "access", "employer", "accepts", "area_m2", "facilities"),
    *("phone", "note", "status", "verified_on", "source", "sample"),
)
_DECIMALS = 7  # a centimetre; WGS84 goes out as it is kept


def write_csv(stations: Sequence[Station], datum: Datum = Datum.WGS84) -> str:
    """A CSV that a spreadsheet opens as it is (UTF-8 with BOM) and that the import reads back.

    Text that a spreadsheet would run as a formula gets an apostrophe in front; the import takes it
    off again.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(FIELDS)
    for record in records(stations, datum):
        writer.writerow([harmless(record[name]) for name in FIELDS])
    return "\ufeff" + text.getvalue()


def write_json(stations: Sequence[Station], datum: Datum = Datum.WGS84) -> str:
    """An object whose ``data`` is the list of stations; the import reads it back."""
    return _dumped({"datum": datum.value, "data": [*records(stations, datum)]})


def write_geojson(stations: Sequence[Station]) -> str:
    """A FeatureCollection; a place that is not placed has a null geometry (RFC 7946, 3.2).

    *CRS*: WGS84, as RFC 7946 knows no other.
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
        for record in records(stations, Datum.WGS84)
    ]
    return _dumped({"type": "FeatureCollection", "features": features})


def placed_in(stations: Sequence[Station], datum: Datum) -> list[tuple[float, float] | None]:
    """Where each station is in a datum; None where it is not placed."""
    placed = [(s.lon, s.lat) for s in stations if s.lon is not None and s.lat is not None]
    if datum not in (Datum.WGS84, Datum.CGCS2000) and placed:
        shifted = from_wgs84(np.array(placed, dtype=np.float64), datum)
        placed = [(lon, lat) for lon, lat in shifted.round(_DECIMALS).tolist()]
    points = iter(placed)
    return [next(points) if station.is_placed else None for station in stations]


def records(stations: Sequence[Station], datum: Datum) -> Iterable[dict[str, object]]:
    """Each station as plain values by the names of `FIELDS`."""
    for station, point in zip(stations, placed_in(stations, datum), strict=True):
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


def harmless(value: object) -> object:
    """A value as a spreadsheet may hold it: text that it would run has an apostrophe in front."""
    if isinstance(value, list):
        value = "、".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return guarded(value) if isinstance(value, str) else value


def _dumped(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
