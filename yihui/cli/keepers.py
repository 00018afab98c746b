"""yihui keepers: the keys of keepers, and the notices that they give with them."""

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.faults import FaultError
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, OnDay
from yihui.cli.output import emit, print_message, print_note, refuse_usage

if TYPE_CHECKING:
    from yihui.services.stations.keeper_keys import IssuedKeeperKey
    from yihui.services.stations.keepers import Kept

app = typer.Typer(
    help=N_("Keepers: issue and revoke their keys; close for today, set hours, tell what is broken."),
    no_args_is_help=True,
)

_Station = Annotated[str, typer.Argument(help=N_("the station's id"), metavar="STATION")]
_Key = Annotated[str, typer.Option(help=N_("the keeper's key"), envvar="YIHUI_KEEPER_KEY")]
_Reason = Annotated[str, typer.Option(help=N_("why, in a few words that everybody may read"))]
_Facility = Annotated[str, typer.Argument(help=N_("what, such as water or 饮水机"), metavar="FACILITY")]


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


@app.command("closed-today", help=N_("Close for a day."))
def closed_today(
    context: typer.Context, station: _Station, key: _Key, on: OnDay = None, reason: _Reason = ""
) -> None:
    from yihui.services.stations.keepers import Kept

    _apply(context.obj, station, key, Kept(act="closed_today", on=_parse_day(on, "--on"), reason=reason))


@app.command(help=N_("Other hours on some dates, such as the Spring Festival; they end by themselves."))
def hours(
    context: typer.Context,
    station: _Station,
    key: _Key,
    first: Annotated[str, typer.Option("--from", help=N_("the first day"), metavar="DATE")],
    last: Annotated[str, typer.Option("--until", help=N_("the last day"), metavar="DATE")],
    text: Annotated[
        str | None,
        typer.Argument(help=N_("the hours, such as 10:00-16:00; 照常 for the usual ones"), metavar="HOURS"),
    ] = None,
    closed: Annotated[bool, typer.Option("--closed", help=N_("closed on these dates"))] = False,
    reason: _Reason = "",
) -> None:
    from yihui.services.stations.keepers import Kept

    if (text is None) != closed:
        refuse_usage(context.obj, N_("give either the hours or --closed"))
    days = (_parse_day(first, "--from"), _parse_day(last, "--until"))
    kept = Kept(act="hours", first=days[0], last=days[1], hours_text=text or "", reason=reason)
    _apply(context.obj, station, key, kept)


@app.command(
    help=N_(
        "Report that all is well: this settles riders' reports and reopens a station that was closed for today."
    )
)
def fine(context: typer.Context, station: _Station, key: _Key) -> None:
    from yihui.services.stations.keepers import Kept

    _apply(context.obj, station, key, Kept(act="fine"))


@app.command(help=N_("Something is broken; it counts as not there until it is repaired."))
def broken(context: typer.Context, station: _Station, facility: _Facility, key: _Key) -> None:
    from yihui.services.stations.keepers import Kept

    _apply(context.obj, station, key, Kept(act="broken", facility=facility))


@app.command(help=N_("Something works again."))
def repaired(context: typer.Context, station: _Station, facility: _Facility, key: _Key) -> None:
    from yihui.services.stations.keepers import Kept

    _apply(context.obj, station, key, Kept(act="repaired", facility=facility))


@app.command(help=N_("An inspection took place; without --missing the standard is met."))
def inspected(
    context: typer.Context,
    station: _Station,
    key: _Key,
    on: OnDay = None,
    missing: Annotated[
        list[str] | None,
        typer.Option(help=N_("what the standard asks for and isn't there; may be repeated")),
    ] = None,
) -> None:
    from yihui.services.stations.keepers import Kept

    found, day = missing or [], _parse_day(on, "--on")
    kept = Kept(act="inspected", on=day, meets_standard=not found, missing=found)
    _apply(context.obj, station, key, kept)


def _apply(wiring: Wiring, station: str, key: str, kept: "Kept") -> None:
    """Apply a keeper's act and print the station's live status after it. *Raises*: FaultError."""
    from geo.hours import USUAL_HOURS, parse_hours
    from yihui.services.stations.keeper_keys import apply_keeper_event, build_keyed_event
    from yihui.views.live_status import build_live_answers

    event = build_keyed_event(wiring, station, key, kept)
    text = kept.hours_text
    if text and text != USUAL_HOURS and not parse_hours(text).understood:
        unknown = N_("“{text}” can't be understood: on these days the answer will be “unknown”")
        print_note(wiring, unknown, text=text)
    answers = build_live_answers(apply_keeper_event(wiring, event, station), wiring.language)
    for answer in answers:
        typer.echo(answer["reason"])
    if not answers:
        print_message(wiring, N_("nothing out of the ordinary is known of the station"))


def _parse_day(text: str | None, option: str) -> date | None:
    from yihui.runtime.arguments import parse_day

    return None if text is None else parse_day(text, option)
