"""Run ``yihui stations export``."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import typer

from core.faults import Fault, FaultError
from core.text_marks import N_
from geo.crs import UNSHIFTED_DATUMS, Datum
from geo.station import Station
from yihui.bootstrap import Wiring
from yihui.files.whole_files import check_output_path, write_atomically
from yihui.services.station_selection import select_stations


def _csv(stations: Sequence[Station], datum: Datum) -> bytes:
    from geo.formats.export import render_stations_csv

    return render_stations_csv(stations, datum).encode()


def _json(stations: Sequence[Station], datum: Datum) -> bytes:
    from geo.formats.export import render_stations_json

    return render_stations_json(stations, datum).encode()


def _xlsx(stations: Sequence[Station], datum: Datum) -> bytes:
    from geo.formats.export import render_stations_xlsx

    return render_stations_xlsx(stations, datum)


def _geojson(stations: Sequence[Station], _: Datum) -> bytes:
    from geo.formats.export import render_stations_geojson

    return render_stations_geojson(stations).encode()


def _geopackage(stations: Sequence[Station], _: Datum) -> bytes:
    from geo.formats.export import render_stations_geopackage

    return render_stations_geopackage(stations)


def _geoparquet(stations: Sequence[Station], _: Datum) -> bytes:
    from geo.formats.export import render_stations_geoparquet

    return render_stations_geoparquet(stations)


EXPORT_RENDERERS: Mapping[str, Callable[[Sequence[Station], Datum], bytes]] = MappingProxyType(
    {
        "csv": _csv,
        "xlsx": _xlsx,
        "json": _json,
        "geojson": _geojson,
        "gpkg": _geopackage,
        "parquet": _geoparquet,
    }
)
_WGS84_ONLY = ("geojson", "gpkg", "parquet")


def export_stations(wiring: Wiring, file: Path, form: str, datum: Datum, register: str | None) -> None:
    """Write the register to a file, completely or not at all; ``-`` is standard output.

    *Raises*: FaultError where the format can't hold that datum, where the register does not exist or there is
    nothing to export; OSError where the file can't be written.
    """
    if str(file) != "-":
        check_output_path(file)
    if form in _WGS84_ONLY and datum not in UNSHIFTED_DATUMS:
        raise FaultError([_wgs84_only_fault(form, datum)])
    stations = select_stations(wiring, register=register)
    if not stations:
        raise FaultError([_no_station_fault()])
    content = EXPORT_RENDERERS[form](stations, datum)
    if str(file) == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return
    write_atomically(file, content)
    typer.echo(wiring.render(N_("stations: {count} → {file}"), count=len(stations), file=file), err=True)


def _no_station_fault() -> Fault:
    return Fault(
        N_("there is no station to export"),
        N_("import a register first: yihui stations import FILE.csv --datum wgs84"),
    )


def _wgs84_only_fault(form: str, datum: Datum) -> Fault:
    return Fault(
        N_("{form} has no way to say {value}: GeoJSON is WGS84 by RFC 7946, and {value} has no CRS code"),
        N_("leave --datum out; or export csv, xlsx or json, which name the datum in a column"),
        field="--datum",
        value=datum.value,
        params={"form": form},
    )
