"""What ``yihui stations show | list | registers | check`` do and say."""

import json
from collections import Counter
from dataclasses import asdict
from types import MappingProxyType

import typer

from geo.crs import Datum
from geo.faults import Fault, InputFaults
from geo.registry import find, history, load_registers
from geo.station import Station
from yihui.answers import civil, station_answers
from yihui.bootstrap import Wiring
from yihui.labels import ACCESSES, ENTRIES, KINDS, SAMPLE, STATUSES, facility_list, label
from yihui.station_choice import chosen_stations

N_ = str  # marks a text for the message catalogue

_CHANGES = MappingProxyType(
    {
        "added": N_("added"),
        "returned": N_("back again"),
        "moved": N_("moved"),
        "changed": N_("changed"),
        "gone": N_("gone"),
    }
)


def show_station(wiring: Wiring, id: str, *, as_json: bool) -> None:
    """One station and what happened to it. *Raises*: InputFaults where there is none."""
    with wiring.database.read() as connection:
        station = find(connection, id)
        past = history(connection, id)
    if station is None:
        raise InputFaults([_gone(id) if past else _unknown(id)])
    (answer,) = station_answers([station], Datum.WGS84)
    if as_json:
        entries = [
            {
                "at": civil(entry.at),
                "change": entry.change,
                "before": json.loads(entry.before),
                "after": json.loads(entry.after),
                "cause": entry.cause,
            }
            for entry in past
        ]
        typer.echo(json.dumps({**answer, "history": entries}, ensure_ascii=False))
        return
    for name, value in _described(wiring, station):
        typer.echo(wiring.say(N_("{name}: {detail}"), name=name, detail=value))
    for entry in past:
        typer.echo(f"    {civil(entry.at)}  {label(_CHANGES, entry.change, wiring.language)}  {entry.cause}")


def _described(wiring: Wiring, station: Station) -> list[tuple[str, str]]:
    language = wiring.language
    mark = language.text(SAMPLE)
    sample = f" [{mark}]" if station.sample and mark not in station.name else ""
    where = (
        f"{station.lon:.6f}, {station.lat:.6f} (wgs84)"
        if station.is_placed
        else wiring.say(N_("not placed yet"))
    )
    rows = [
        (N_("id"), station.id),
        (N_("name"), station.name + sample),
        (N_("kind"), label(KINDS, station.kind, language)),
        (N_("position"), where),
        (N_("address"), station.address),
        (N_("district"), " ".join(filter(None, (station.district, station.district_name)))),
        (N_("opening hours"), station.hours_text.replace("\n", " / ")),
        (N_("how to get in"), label(ENTRIES, station.entry, language)),
        (N_("for whom"), label(ACCESSES, station.access, language)),
        (N_("facilities"), facility_list(sorted(station.facilities), language)),
        (N_("phone"), station.phone),
        (N_("note"), station.note.replace("\n", " / ")),
        (N_("status"), label(STATUSES, station.status, language)),
        (N_("verified on"), station.verified_on.isoformat() if station.verified_on else ""),
        (N_("source"), station.source),
    ]
    return [(wiring.say(name), value) for name, value in rows if value]


def list_stations(
    wiring: Wiring, district: str | None, register: str | None, *, unplaced: bool, as_json: bool
) -> None:
    """The stations of a district and its parts, one a line; those not placed say so."""
    stations = chosen_stations(wiring, register=register, district=district)
    if unplaced:
        stations = [station for station in stations if not station.is_placed]
    if as_json:
        typer.echo(json.dumps(station_answers(stations, Datum.WGS84), ensure_ascii=False))
        return
    for station in stations:
        where = "" if station.is_placed else "  " + wiring.say(N_("not placed yet"))
        typer.echo(
            f"{station.id}  {station.name}  {label(KINDS, station.kind, wiring.language)}"
            f"  {station.address}{where}"
        )
    typer.echo(wiring.say(N_("stations: {count}"), count=len(stations)), err=True)


def list_registers(wiring: Wiring, *, as_json: bool) -> None:
    with wiring.database.read() as connection:
        found = load_registers(connection)
    if as_json:
        rows = [{**asdict(summary), "imported_at": civil(summary.imported_at)} for summary in found]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for summary in found:
        stations = wiring.say(N_("stations: {count}"), count=summary.stations)
        typer.echo(
            f"{summary.name}  {stations}  {civil(summary.imported_at)}  {summary.file}  {summary.source}".rstrip()
        )
    if not found:
        typer.echo(wiring.say(N_("no register yet: yihui stations import FILE.csv --datum wgs84")), err=True)


def check_hours(wiring: Wiring, register: str | None, *, as_json: bool) -> bool:
    """List opening hours that can't be understood, most frequent first; says whether there are any."""
    from geo.hours import unread

    stations = chosen_stations(wiring, register=register)
    found = unread(Counter(station.hours_text for station in stations).items())
    if as_json:
        rows = [
            {"hours_text": u.text, "stations": u.count, "unread": u.unread, "reason": wiring.say(u.reason)}
            for u in found
        ]
        typer.echo(json.dumps({"stations": len(stations), "hours_not_understood": rows}, ensure_ascii=False))
        return bool(found)
    for u in found:
        where = f"  ← {u.unread}" if u.unread else ""
        typer.echo(f"{u.count:6}  {u.text.replace(chr(10), ' / ')}{where}")
    told = N_(
        "stations whose opening hours can't be understood: {count} of {total}; their answer is “unknown”"
    )
    typer.echo(wiring.say(told, count=sum(u.count for u in found), total=len(stations)), err=True)
    return bool(found)


def _unknown(id: str) -> Fault:
    return Fault(
        N_("there is no station {value}"),
        N_("`yihui stations list` shows the ids"),
        field="ID",
        value=id,
    )


def _gone(id: str) -> Fault:
    return Fault(
        N_("the station {value} is no longer in its register"),
        N_("`yihui stations list` shows those that are there"),
        field="ID",
        value=id,
    )
