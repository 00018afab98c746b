"""Run ``yihui stations unplaced | place`` and print the results."""

import json
from dataclasses import dataclass

import numpy as np
import typer

from core.faults import Fault, FaultError
from core.text_marks import N_
from geo.crs import UNSHIFTED_DATUMS, Datum, to_wgs84
from geo.districts import NEAR_WITHIN_M, AssignmentFlag, Districts
from geo.formats.coordinates import CoordinateText, parse_station_point
from geo.registry import Placing, find_station, place_station
from geo.station import Station
from geo.unplaced import UnplacedStation, list_unplaced_stations
from yihui.bootstrap import Wiring
from yihui.services.station_selection import select_stations
from yihui.views.labels import STATION_KIND_LABELS, code_label
from yihui.views.stations import build_station_answers

_DECIMALS = 9  # of a degree, a tenth of a millimetre; further digits are noise of the conversion to WGS84


@dataclass(frozen=True, slots=True)
class PlacingRequest:
    """The position of a station, as the user typed it."""

    id: str
    lon: str
    lat: str
    datum: Datum
    by: str
    confirmed: bool


def print_unplaced_stations(
    wiring: Wiring, register: str | None, district: str | None, *, as_json: bool
) -> None:
    """Print the stations that have no position yet, by district."""
    stations = select_stations(wiring, register=register, district=district)
    queue = list_unplaced_stations(stations, wiring.outlines)
    if as_json:
        answers = build_station_answers([entry.station for entry in queue], Datum.WGS84)
        rows = [{**answer, **_known(entry)} for answer, entry in zip(answers, queue, strict=True)]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    area: object = None
    for entry in queue:
        if entry.district != area or area is None:
            area = entry.district
            typer.echo(_area(wiring, entry))
        typer.echo("  " + _line(wiring, entry))
    told = N_(
        "{count} of {total} stations wait for a place: yihui stations place ID LON LAT --datum … --by NAME"
    )
    typer.echo(wiring.render(told, count=len(queue), total=len(stations)), err=True)


def _known(entry: UnplacedStation) -> dict[str, object]:
    beside = entry.beside
    return {
        "located_in": entry.district.code if entry.district else None,
        "township": entry.township,
        "same_address_as": {"id": beside.id, "name": beside.name, "lon": beside.lon, "lat": beside.lat}
        if beside
        else None,
    }


def _area(wiring: Wiring, entry: UnplacedStation) -> str:
    place = entry.district
    return f"{place.code} {place.city}{place.name}" if place else wiring.render(N_("district not known"))


def _line(wiring: Wiring, entry: UnplacedStation) -> str:
    station = entry.station
    parts = [
        station.id,
        station.name,
        code_label(STATION_KIND_LABELS, station.kind, wiring.language),
        station.address,
        station.phone,
    ]
    if entry.beside:
        where = {"name": entry.beside.name, "point": f"{entry.beside.lon:.6f} {entry.beside.lat:.6f}"}
        parts.append(wiring.render(N_("(same address as “{name}” at {point}, wgs84)"), **where))
    return "  ".join(part for part in parts if part)


def check_and_place_station(wiring: Wiring, wish: PlacingRequest, *, as_json: bool) -> None:
    """Place a station.

    *Raises*: FaultError where the point is not valid, or lies in another district and is not confirmed.
    """
    lon, lat = _point(wish)
    with wiring.database.read() as connection:
        station = find_station(connection, wish.id)
    placing = _placing(wiring.outlines, lon, lat, wish.by)
    if station is not None and not wish.confirmed:
        _check_district(wiring.outlines, station, placing)
    with wiring.database.write() as connection:
        placed = place_station(connection, wish.id, placing, wiring.now())
    if as_json:
        (answer,) = build_station_answers([placed], Datum.WGS84)
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    told = N_("{name} now stands at {lon}, {lat} (wgs84), placed by {by}")
    params = {"name": placed.name, "lon": f"{placing.lon:.6f}", "lat": f"{placing.lat:.6f}", "by": wish.by}
    typer.echo(wiring.render(told, **params))


def _point(wish: PlacingRequest) -> tuple[float, float]:
    read = parse_station_point(CoordinateText(wish.lon, wish.lat, "LON", "LAT"))
    if isinstance(read, list) or read is None:
        raise FaultError(
            read or [Fault(N_("the point is empty"), N_("give longitude and latitude"), field="LON, LAT")]
        )
    true = to_wgs84(np.array([read], dtype=np.float64), wish.datum)
    lon, lat = (true if wish.datum in UNSHIFTED_DATUMS else true.round(_DECIMALS))[0].tolist()
    return lon, lat


def _placing(districts: Districts, lon: float, lat: float, by: str) -> Placing:
    hit = districts.assign([(lon, lat)])
    located = districts.find_by_code(hit.code[0]) if hit.flag[0] != AssignmentFlag.NONE else None
    return Placing(lon, lat, by, *((located.code, located.name) if located else (None, "")))


def _check_district(districts: Districts, station: Station, placing: Placing) -> None:
    """Check that the point lies in the stated district.

    *Raises*: FaultError where the point lies more than 2 km outside of it.
    """
    outside_m = float(districts.signed_distance_m([(placing.lon, placing.lat)], [station.district])[0])
    if not outside_m > NEAR_WITHIN_M:
        return
    stated = districts.find_by_code(station.district or "")
    raise FaultError(
        [
            Fault(
                N_(
                    "the point lies {metres} m outside of {stated}, where “{name}” is listed; it is in {located}"
                ),
                N_("check longitude, latitude and datum; if the point is right, say --confirm"),
                field="LON, LAT",
                value=f"{placing.lon:.6f}, {placing.lat:.6f}",
                params={
                    "metres": f"{outside_m:.0f}",
                    "stated": stated.name if stated else station.district or "",
                    "name": station.name,
                    "located": placing.district_name or "–",
                },
            )
        ]
    )
