"""Write a register to a file for other programs."""

from collections.abc import Sequence

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.datum import UNSHIFTED_DATUMS, Datum
from geo.formats import export
from geo.station import Station
from yihui.bootstrap import Wiring
from yihui.services.stations.selection import select_stations

EXPORT_FORMATS = ("csv", "xlsx", "json", "geojson", "gpkg", "parquet")
_WGS84_ONLY = ("geojson", "gpkg", "parquet")
_FAULTS = FaultTable(
    "station_export",
    {
        "no_station": (
            N_("there is no station to export"),
            N_("import a register first: yihui stations import FILE.csv --datum wgs84"),
        ),
        "wgs84_only": (
            N_("{form} has no way to say {value}: GeoJSON is WGS84 by RFC 7946, and {value} has no CRS code"),
            N_("leave --datum out; or export csv, xlsx or json, which name the datum in a column"),
        ),
    },
)


def export_stations(wiring: Wiring, form: str, datum: Datum, register: str | None) -> tuple[int, bytes]:
    """Return the number of stations and the content of the file.

    *Raises*: FaultError where the format can't hold that datum, where the register does not exist or there is
    nothing to export.
    """
    if form in _WGS84_ONLY and datum not in UNSHIFTED_DATUMS:
        raise FaultError(_FAULTS.build("wgs84_only", field="--datum", value=datum.value, form=form))
    stations = select_stations(wiring, register=register)
    if not stations:
        raise FaultError(_FAULTS.build("no_station"))
    return len(stations), _render(form, stations, datum)


def _render(form: str, stations: Sequence[Station], datum: Datum) -> bytes:
    if form == "csv":
        return export.render_stations_csv(stations, datum).encode()
    if form == "json":
        return export.render_stations_json(stations, datum).encode()
    if form == "xlsx":
        return export.render_stations_xlsx(stations, datum)
    if form == "geojson":
        return export.render_stations_geojson(stations).encode()
    if form == "gpkg":
        return export.render_stations_geopackage(stations)
    return export.render_stations_geoparquet(stations)
