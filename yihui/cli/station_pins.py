"""Run ``yihui stations pins``: print where riders report stations to be, beside the register's points."""

import json
from datetime import timedelta

import typer

from core.civil_time import format_civil_instant
from core.text_marks import N_
from geo.registry.reports import load_pins
from geo.station import Station
from geo.status.pins import PinOffset, PinProposal, build_pin_proposals
from yihui.bootstrap import Wiring
from yihui.services.station_selection import select_stations


def print_pin_proposals(
    wiring: Wiring, register: str | None, district: str | None, days: int, *, as_json: bool
) -> None:
    """Print the riders' pins by station, with their distances from the register's points.

    No pin changes the register.
    """
    stations = select_stations(wiring, register=register, district=district)
    with wiring.database.read() as connection:
        found = build_pin_proposals(stations, load_pins(connection, wiring.now() - timedelta(days=days)))
    if as_json:
        typer.echo(json.dumps([_as_data(one, wiring) for one in found], ensure_ascii=False))
        return
    for one in found:
        _print_proposal(wiring, one)
    told = N_(
        "stations that riders place elsewhere: {count}. Mend the register's file and import it, or for those "
        "without a point: yihui stations place ID LON LAT --datum wgs84 --by NAME"
    )
    typer.echo(wiring.render(told if found else N_("no rider has set a pin"), count=len(found)), err=True)


def _print_proposal(wiring: Wiring, one: PinProposal) -> None:
    typer.echo(f"{one.station.id}  {one.station.name}  {_point(one.station)}".rstrip())
    told = N_("  {agreeing} of {count} pins agree on {lon}, {lat} (wgs84)  {offset}")
    lon, lat = (f"{value:.5f}" for value in one.middle)
    offset = _offset(wiring, one.distance_m, one.bearing)
    typer.echo(
        wiring.render(
            told, agreeing=one.agreeing, count=len(one.pins), lon=lon, lat=lat, offset=offset
        ).rstrip()
    )
    for pin in one.pins:
        typer.echo(f"    {_pin(wiring, pin)}".rstrip())


def _pin(wiring: Wiring, one: PinOffset) -> str:
    pin = one.pin
    parts = (format_civil_instant(pin.at), pin.number, f"{pin.lon:.5f}, {pin.lat:.5f}")
    return "  ".join((*parts, _offset(wiring, one.distance_m, one.bearing)))


def _offset(wiring: Wiring, distance_m: float | None, bearing: str) -> str:
    if distance_m is None:
        return wiring.render(N_("not placed yet"))
    far = wiring.render(N_("{metres} m"), metres=f"{distance_m:,.0f}")
    return f"{far} {wiring.render(bearing)}"


def _point(station: Station) -> str:
    return f"{station.lon:.5f}, {station.lat:.5f}" if station.is_placed else ""


def _as_data(one: PinProposal, wiring: Wiring) -> dict[str, object]:
    return {
        "id": one.station.id,
        "name": one.station.name,
        "lon": one.station.lon,
        "lat": one.station.lat,
        "middle": {"lon": round(one.middle[0], 6), "lat": round(one.middle[1], 6)},
        "distance_m": None if one.distance_m is None else round(one.distance_m, 1),
        "bearing": wiring.render(one.bearing) if one.bearing else "",
        "agreeing": one.agreeing,
        "pins": [
            {
                "number": pin.pin.number,
                "at": format_civil_instant(pin.pin.at),
                "lon": pin.pin.lon,
                "lat": pin.pin.lat,
                "distance_m": None if pin.distance_m is None else round(pin.distance_m, 1),
            }
            for pin in one.pins
        ],
    }
