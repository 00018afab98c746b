"""yihui stations show | list | registers | check | unplaced | link | unlink | pins | use | devices: look up and correct a register."""

from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, By, OnlyDistrict, OnlyRegister, StationArgument
from yihui.cli.output import emit, exit_on_findings, print_message, print_note

app = typer.Typer()

STALE_AFTER_DAYS = 180
PIN_PERIOD_DAYS = 365


@app.command(help=N_("One station with its history."))
def show(context: typer.Context, id: StationArgument, json_: AsJson = False) -> None:
    from yihui.services.stations.upkeep import load_station_details
    from yihui.views.station_details import station_details_json, station_details_lines

    wiring: Wiring = context.obj
    found = load_station_details(wiring, id)
    lines = station_details_lines(found, wiring.language)
    emit(lambda: station_details_json(found, wiring.language), lines, json_)


@app.command("list", help=N_("Stations of a district, those not placed too; all of them if none is named."))
def list_(
    context: typer.Context,
    district: Annotated[str | None, typer.Option(help=N_("code, or its beginning: 370102, 3701, 37"))] = None,
    register: OnlyRegister = None,
    address: Annotated[
        str | None,
        typer.Option(help=N_("only where the address or the name says this, such as 解放路街道")),
    ] = None,
    json_: AsJson = False,
) -> None:
    from geo.datum import Datum
    from yihui.services.stations.upkeep import StationListFilter, list_stations, name_districts
    from yihui.views.station_details import station_list_lines
    from yihui.views.stations import build_station_answers

    wiring: Wiring = context.obj
    stations = list_stations(wiring, StationListFilter(district, register, address))
    lines = station_list_lines(stations, name_districts(wiring, stations), wiring.language)
    emit(lambda: build_station_answers(stations, Datum.WGS84), lines, json_)
    if not json_:
        print_note(wiring, N_("stations: {count}"), count=len(stations))


@app.command(help=N_("The registers that were imported."))
def registers(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.stations.upkeep import list_registers
    from yihui.views.station_details import register_lines, registers_json

    found = list_registers(context.obj)
    emit(registers_json(found), register_lines(found, context.obj.language), json_)
    if not (found or json_):
        print_note(context.obj, N_("no register yet: yihui stations import FILE.csv --datum wgs84"))


@app.command(
    help=N_(
        "Check the registers: duplicates, wrong points and districts, missing facilities, outdated verifications, unreadable opening hours."
    )
)
def check(
    context: typer.Context,
    register: OnlyRegister = None,
    district: OnlyDistrict = None,
    stale_days: Annotated[
        int,
        typer.Option("--stale-days", min=1, help=N_("a verification older than so many days is stale")),
    ] = STALE_AFTER_DAYS,
    all_: Annotated[
        bool, typer.Option("--all", help=N_("list every finding, not only the first of each kind"))
    ] = False,
    json_: AsJson = False,
) -> None:
    from geo.checks.finding import FindingSeverity
    from yihui.services.stations.upkeep import check_selected_stations
    from yihui.views.station_upkeep import station_check_json, station_check_lines

    wiring: Wiring = context.obj
    checked = check_selected_stations(wiring, register, district, stale_days)
    lines = station_check_lines(checked, wiring.language, show_all=all_)
    emit(lambda: station_check_json(checked, wiring.language), lines, json_)
    errors, warnings = checked.count(FindingSeverity.ERROR), checked.count(FindingSeverity.WARNING)
    if not json_:
        template = N_("{stations} stations checked: {errors} errors, {warnings} warnings")
        print_note(wiring, template, stations=checked.station_count, errors=errors, warnings=warnings)
    exit_on_findings(errors)


@app.command(help=N_("Stations that wait for a place on the map, by district and name."))
def unplaced(
    context: typer.Context,
    register: OnlyRegister = None,
    district: OnlyDistrict = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.stations.upkeep import list_unplaced
    from yihui.views.station_upkeep import unplaced_json, unplaced_lines

    wiring: Wiring = context.obj
    queue, total = list_unplaced(wiring, register, district)
    emit(lambda: unplaced_json(queue), unplaced_lines(queue, wiring.language), json_)
    if not json_:
        template = N_(
            "{count} of {total} stations wait for a place: yihui register place ID --point LON,LAT --datum …"
        )
        print_note(wiring, template, count=len(queue), total=total)


@app.command(
    help=N_(
        "Link the id that a register gives a station now with its old one: it keeps the old id and its history."
    )
)
def link(
    context: typer.Context,
    old: Annotated[str, typer.Argument(help=N_("the station's old id"), metavar="OLD")],
    new: Annotated[str, typer.Argument(help=N_("its id in the register now"), metavar="NEW")],
    by: By,
    json_: AsJson = False,
) -> None:
    from yihui.services.stations.upkeep import link_station_ids

    wiring: Wiring = context.obj
    kept = link_station_ids(wiring, old.strip(), new.strip(), by.strip())
    line = wiring.render(N_("{new} is the station {kept} from now on"), new=new.strip(), kept=kept)
    emit({"id": kept, "linked": new.strip()}, [line], json_)


@app.command(
    help=N_("End a link that was an error: the next import adds that id as a station of its own again.")
)
def unlink(
    context: typer.Context,
    new: Annotated[str, typer.Argument(help=N_("the id that was linked by error"), metavar="NEW")],
    by: By,
    json_: AsJson = False,
) -> None:
    from yihui.services.stations.upkeep import unlink_station_id

    wiring: Wiring = context.obj
    kept = unlink_station_id(wiring, new.strip(), by.strip())
    line = wiring.render(N_("{new} is not linked with {kept} any more"), new=new.strip(), kept=kept)
    emit({"id": kept, "unlinked": new.strip()}, [line], json_)


@app.command(
    help=N_("Show where riders report stations to be, with distances; no station is moved automatically.")
)
def pins(
    context: typer.Context,
    register: OnlyRegister = None,
    district: OnlyDistrict = None,
    days: Annotated[
        int, typer.Option("--days", min=1, max=3_650, help=N_("pins of so many days"))
    ] = PIN_PERIOD_DAYS,
    json_: AsJson = False,
) -> None:
    from yihui.services.stations.upkeep import list_pin_proposals
    from yihui.views.station_upkeep import pin_proposal_json, pin_proposal_lines

    wiring: Wiring = context.obj
    found = list_pin_proposals(wiring, register, district, days)
    lines = (line for one in found for line in pin_proposal_lines(one, wiring.language))
    emit([pin_proposal_json(one, wiring.language) for one in found], lines, json_)
    if not json_:
        some = N_(
            "stations that riders place elsewhere: {count}. Mend the register's file and import it, or place "
            "one of them: yihui register place ID --point LON,LAT --datum wgs84"
        )
        print_note(wiring, some if found else N_("no rider has set a pin"), count=len(found))


@app.command(
    help=N_("Show how many riders rested where and at which hours: anonymous counts of whole months.")
)
def use(
    context: typer.Context,
    register: OnlyRegister = None,
    district: OnlyDistrict = None,
    since: Annotated[
        str | None, typer.Option(help=N_("from the month of this day on"), metavar="DATE")
    ] = None,
    json_: AsJson = False,
) -> None:
    from yihui.runtime.arguments import parse_day
    from yihui.services.stations.upkeep import list_station_uses
    from yihui.views.station_upkeep import use_basis_line, use_lines, uses_json

    wiring: Wiring = context.obj
    first = None if since is None else parse_day(since, "--since")
    found = list_station_uses(wiring, register, district, first)
    emit(uses_json(found), use_lines(found, wiring.language), json_)
    if not json_:
        typer.echo(use_basis_line(found, wiring.language), err=True)


devices_app = typer.Typer(
    help=N_("Devices of self-service stations: add them, list when they were heard, revoke them."),
    no_args_is_help=True,
)


@devices_app.command("add", help=N_("Add a device to a station. Its key is shown once and stored nowhere."))
def add_device(
    context: typer.Context,
    station: Annotated[str, typer.Argument(help=N_("the station's id"), metavar="STATION")],
    label: Annotated[str, typer.Option(help=N_("what it is, such as 门锁"))] = "",
    json_: AsJson = False,
) -> None:
    from yihui.services.stations.devices import add_station_device
    from yihui.views.station_upkeep import device_json

    wiring: Wiring = context.obj
    added = add_station_device(wiring, station, label)
    if json_:
        emit({**device_json(added.device), "key": added.key}, (), json_)
        return
    print_message(wiring, N_("device: {device}"), device=added.device.id)
    print_message(wiring, N_("key: {key}"), key=added.key)
    print_note(wiring, N_("write it down now: it is not kept and can't be shown again"))


@devices_app.command("list", help=N_("The devices of a station or of all, and when each was heard last."))
def list_devices(
    context: typer.Context,
    station: Annotated[str | None, typer.Argument(help=N_("the station's id"), metavar="STATION")] = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.stations.devices import list_station_devices
    from yihui.views.station_upkeep import device_json, device_line

    wiring: Wiring = context.obj
    found = list_station_devices(wiring, station)
    emit([device_json(one) for one in found], (device_line(one, wiring.language) for one in found), json_)
    if not (found or json_):
        print_note(wiring, N_("no device yet: yihui stations devices add STATION"))


@devices_app.command("revoke", help=N_("Revoke a device: what it stated has no effect any more."))
def revoke_device(
    context: typer.Context,
    device: Annotated[
        str,
        typer.Argument(help=N_("the device's name: the first eight characters of its key"), metavar="DEVICE"),
    ],
) -> None:
    from yihui.services.stations.devices import revoke_station_device

    ended = revoke_station_device(context.obj, device)
    template = N_("the device {device} of the station {station} is revoked")
    print_message(context.obj, template, device=ended.id, station=ended.station)
