"""What ``yihui stations export`` does and says."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import typer

from core.faults import Fault, InputFaults
from geo.crs import UNSHIFTED, Datum
from geo.station import Station
from yihui.bootstrap import Wiring
from yihui.files.whole_files import check_place, write_whole
from yihui.services.station_selection import chosen_stations

N_ = str  # marks a text for the message catalogue


def _csv(stations: Sequence[Station], datum: Datum) -> bytes:
    from geo.formats.export import write_csv

    return write_csv(stations, datum).encode()


def _json(stations: Sequence[Station], datum: Datum) -> bytes:
    from geo.formats.export import write_json

    return write_json(stations, datum).encode()


def _xlsx(stations: Sequence[Station], datum: Datum) -> bytes:
    from geo.formats.export_xlsx import write_xlsx

    return write_xlsx(stations, datum)


def _geojson(stations: Sequence[Station], _: Datum) -> bytes:
    from geo.formats.export import write_geojson

    return write_geojson(stations).encode()


def _geopackage(stations: Sequence[Station], _: Datum) -> bytes:
    from geo.formats.export_features import write_geopackage

    return write_geopackage(stations)


def _geoparquet(stations: Sequence[Station], _: Datum) -> bytes:
    from geo.formats.export_features import write_geoparquet

    return write_geoparquet(stations)


WRITERS: Mapping[str, Callable[[Sequence[Station], Datum], bytes]] = MappingProxyType(
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
    """Write the register to a file, whole or not at all; ``-`` is standard output.

    *Raises*: InputFaults where the format can't hold that datum, where there is no such register or
    nothing to export; OSError where the file can't be written.
    """
    if str(file) != "-":
        check_place(file)
    if form in _WGS84_ONLY and datum not in UNSHIFTED:
        raise InputFaults([_wgs84_only(form, datum)])
    stations = chosen_stations(wiring, register=register)
    if not stations:
        raise InputFaults([_nothing()])
    content = WRITERS[form](stations, datum)
    if str(file) == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return
    write_whole(file, content)
    typer.echo(wiring.say(N_("stations: {count} → {file}"), count=len(stations), file=file), err=True)


def _nothing() -> Fault:
    return Fault(
        N_("there is no station to export"),
        N_("import a register first: yihui stations import FILE.csv --datum wgs84"),
    )


def _wgs84_only(form: str, datum: Datum) -> Fault:
    return Fault(
        N_("{form} has no way to say {value}: GeoJSON is WGS84 by RFC 7946, and {value} has no CRS code"),
        N_("leave --datum out; or export csv, xlsx or json, which name the datum in a column"),
        field="--datum",
        value=datum.value,
        params={"form": form},
    )
