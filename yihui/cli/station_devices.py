"""yihui stations devices: the devices that report for self-service stations."""

from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson
from yihui.cli.output import emit, print_message, print_note

app = typer.Typer(
    help=N_("Devices of self-service stations: add them, list when they were heard, revoke them."),
    no_args_is_help=True,
)


@app.command(help=N_("Add a device to a station. Its key is shown once and stored nowhere."))
def add(
    context: typer.Context,
    station: Annotated[str, typer.Argument(help=N_("the station's id"), metavar="STATION")],
    label: Annotated[str, typer.Option(help=N_("what it is, such as 门锁"))] = "",
    json_: AsJson = False,
) -> None:
    from yihui.services.stations.devices import add_station_device
    from yihui.views.station_devices import device_json

    wiring: Wiring = context.obj
    added = add_station_device(wiring, station, label)
    if json_:
        emit({**device_json(added.device), "key": added.key}, (), json_)
        return
    print_message(wiring, N_("device: {device}"), device=added.device.id)
    print_message(wiring, N_("key: {key}"), key=added.key)
    print_note(wiring, N_("write it down now: it is not kept and can't be shown again"))


@app.command("list", help=N_("The devices of a station or of all, and when each was heard last."))
def list_(
    context: typer.Context,
    station: Annotated[str | None, typer.Argument(help=N_("the station's id"), metavar="STATION")] = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.stations.devices import list_station_devices
    from yihui.views.station_devices import device_json, device_line

    wiring: Wiring = context.obj
    found = list_station_devices(wiring, station)
    emit([device_json(one) for one in found], (device_line(one, wiring.language) for one in found), json_)
    if not (found or json_):
        print_note(wiring, N_("no device yet: yihui stations devices add STATION"))


@app.command(help=N_("Revoke a device: what it stated has no effect any more."))
def revoke(
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
