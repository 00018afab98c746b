"""yihui keepers: the keys of keepers, with which they give notices on their page."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.faults import FaultError
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson
from yihui.cli.output import emit, print_message, print_note

if TYPE_CHECKING:
    from yihui.services.stations.keeper_keys import IssuedKeeperKey

app = typer.Typer(
    help=N_("Keepers: issue, list and revoke their keys."),
    no_args_is_help=True,
)

_Station = Annotated[str, typer.Argument(help=N_("the station's id"), metavar="STATION")]


@app.command(help=N_("Issue a key for one station. It is shown once and stored nowhere."))
def add(
    context: typer.Context,
    station: _Station,
    base: Annotated[
        str, typer.Option("--base", help=N_("address of the site, for the link"), metavar="URL")
    ] = "http://127.0.0.1:8000",
    qr: Annotated[
        Path | None,
        typer.Option(help=N_("a sheet to print, with a code to scan: .svg or .png"), metavar="FILE"),
    ] = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.stations.keeper_keys import is_readable_on_the_way, issue_station_key
    from yihui.views.keeper_keys import keeper_key_json

    wiring: Wiring = context.obj
    issued = issue_station_key(wiring, station, base, _printout_writer(wiring, qr))
    if is_readable_on_the_way(base):
        print_note(
            wiring,
            N_(
                "the link is plain http: whoever is on the way reads the key; name an https:// address with --base"
            ),
        )
    if json_:
        emit({**keeper_key_json(issued.key), "key": issued.text, "link": issued.link}, (), json_)
        return
    print_message(wiring, N_("key: {key}"), key=issued.text)
    print_message(wiring, N_("link for the keeper: {link}"), link=issued.link)
    if qr is not None:
        print_message(wiring, N_("sheet to print: {file}"), file=qr)
    elif sys.stdout.isatty():
        import segno

        segno.make(issued.link, error="m", micro=False).terminal(sys.stdout, compact=True)
    print_note(wiring, N_("write it down now: it is not kept and can't be shown again"))


def _printout_writer(wiring: Wiring, sheet: Path | None) -> "Callable[[IssuedKeeperKey], None]":
    """Return the function that writes a key's printout to a file. *Raises*: FaultError, OSError."""
    from yihui.files.whole_files import check_output_path, write_atomically
    from yihui.services.stations.keeper_keys import KEEPER_FAULTS
    from yihui.views.keeper_keys import KeyPrintout

    if sheet is None:
        return lambda issued: None
    renderers: dict[str, Callable[[KeyPrintout], str | bytes]] = {
        ".svg": KeyPrintout.render_svg,
        ".png": KeyPrintout.render_png,
    }
    render = renderers.get(sheet.suffix.lower())
    if render is None:
        raise FaultError(KEEPER_FAULTS.build("no_image_file", field="--qr", value=sheet))
    check_output_path(sheet)

    def write(issued: "IssuedKeeperKey") -> None:
        printout = KeyPrintout.build(issued.station_name, issued.link, issued.text, wiring.language)
        write_atomically(sheet, render(printout))

    return write


@app.command(help=N_("Revoke a key; the notices that were given with it stay."))
def revoke(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help=N_("the key's name: its first eight characters"), metavar="KEY")],
) -> None:
    from yihui.services.stations.keeper_keys import revoke_station_key

    ended = revoke_station_key(context.obj, key)
    template = N_("the key {key} of the station {station} is revoked")
    print_message(context.obj, template, key=ended.id, station=ended.station)


@app.command("list", help=N_("The keys of a station or of all; the keys themselves can't be shown."))
def list_(
    context: typer.Context,
    station: Annotated[str | None, typer.Argument(help=N_("the station's id"), metavar="STATION")] = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.stations.keeper_keys import list_keeper_keys
    from yihui.views.keeper_keys import keeper_key_json, keeper_key_line

    wiring: Wiring = context.obj
    keys = list_keeper_keys(wiring, station)
    emit([keeper_key_json(key) for key in keys], (keeper_key_line(k, wiring.language) for k in keys), json_)
    if not (keys or json_):
        print_note(wiring, N_("no key yet: yihui keepers add STATION"))
