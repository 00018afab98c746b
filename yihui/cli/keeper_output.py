"""What ``yihui keepers`` does and says."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import segno
import typer

from core.faults import Fault, InputFaults
from events import Event, accept_events
from events.dead_letters import DeadLetter
from geo.hours import USUAL_HOURS, parse_hours
from geo.registry import (
    KeeperKey,
    find_station,
    find_valid_keeper_key,
    issue_keeper_key,
    load_keeper_keys,
    load_live_summaries,
    revoke_keeper_key,
)
from yihui.bootstrap import Wiring
from yihui.files.whole_files import check_output_path, write_atomically
from yihui.services.keepers import Kept, keeper_event
from yihui.views.keeper_keys import KeyPrintout
from yihui.views.live_status import build_live_answers
from yihui.views.stations import format_civil_instant

N_ = str  # marks a text for the message catalogue


def issue_key(wiring: Wiring, station: str, base: str, sheet: Path | None, *, as_json: bool) -> None:
    """Make a key and show it: the only time that anybody sees it. *Raises*: InputFaults, OSError, NoReport."""
    draw = None if sheet is None else _drawing(sheet)
    site = _site(base)
    with wiring.database.write() as connection:
        issued = issue_keeper_key(connection, station, wiring.now())
        place = find_station(connection, station)
        assert place is not None, "a key is issued for stations that there are"
        link = f"{site}/keep#{issued.text}"  # what stands after # is never sent to a server: no log holds it
        if draw is not None and sheet is not None:  # before the commit: without its sheet there is no key
            write_atomically(
                sheet, draw(KeyPrintout.build(place.name, link, issued.text, wiring.language)), private=True
            )
    if as_json:
        typer.echo(json.dumps({**_as_data(issued.key), "key": issued.text, "link": link}, ensure_ascii=False))
        return
    typer.echo(wiring.render(N_("key: {key}"), key=issued.text))
    typer.echo(wiring.render(N_("link for the keeper: {link}"), link=link))
    if sheet is not None:
        typer.echo(wiring.render(N_("sheet to print: {file}"), file=sheet))
    elif sys.stdout.isatty():
        segno.make(link, error="m", micro=False).terminal(sys.stdout, compact=True)
    typer.echo(wiring.render(N_("write it down now: it is not kept and can't be shown again")), err=True)


def _drawing(sheet: Path) -> Callable[[KeyPrintout], str | bytes]:
    """How to draw a file of that name. *Raises*: InputFaults, OSError."""
    kinds: dict[str, Callable[[KeyPrintout], str | bytes]] = {
        ".svg": KeyPrintout.render_svg,
        ".png": KeyPrintout.render_png,
    }
    if sheet.suffix.lower() not in kinds:
        raise InputFaults([_no_picture(sheet)])
    check_output_path(sheet)
    return kinds[sheet.suffix.lower()]


def _site(base: str) -> str:
    """*Raises*: InputFaults where a phone could open nothing there."""
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise InputFaults([_no_site(base)])
    return base.rstrip("/")


def revoke_key(wiring: Wiring, id: str) -> None:
    with wiring.database.write() as connection:
        key = revoke_keeper_key(connection, id.partition("-")[0], wiring.now())
    typer.echo(
        wiring.render(
            N_("the key {key} of the station {station} is revoked"), key=key.id, station=key.station
        )
    )


def list_keys(wiring: Wiring, station: str | None, *, as_json: bool) -> None:
    """*Raises*: InputFaults where there is no such station."""
    with wiring.database.read() as connection:
        keys = load_keeper_keys(connection, station)
        if station is not None and not keys and find_station(connection, station) is None:
            raise InputFaults([_no_station(station)])
    if as_json:
        typer.echo(json.dumps([_as_data(key) for key in keys], ensure_ascii=False))
        return
    for key in keys:
        ended = (
            wiring.render(N_("revoked {time}"), time=format_civil_instant(key.revoked_at))
            if key.revoked_at
            else ""
        )
        typer.echo(
            "  ".join(filter(None, (key.id, key.station, format_civil_instant(key.created_at), ended)))
        )
    if not keys:
        typer.echo(wiring.render(N_("no key yet: yihui keepers add STATION")), err=True)


def say(wiring: Wiring, station: str, key: str, kept: Kept) -> None:
    """Let an act take effect, and show what holds at the station then. *Raises*: InputFaults."""
    with wiring.database.read() as connection:
        known = find_valid_keeper_key(connection, key, station)
    if known is None:
        raise InputFaults([_wrong_key(station)])
    try:
        event = keeper_event(kept, station, known.id, wiring.now())
    except InputFaults as error:
        raise InputFaults(
            [replace(f, field=_OPTIONS.get(f.field or "", f.field)) for f in error.faults]
        ) from error
    if kept.hours_text and kept.hours_text != USUAL_HOURS and not parse_hours(kept.hours_text).understood:
        told = N_("“{text}” can't be understood: on these days the answer will be “unknown”")
        typer.echo(wiring.render(told, text=kept.hours_text), err=True)
    _handle(wiring, event)
    _tell(wiring, station)


_OPTIONS = {"first": "--from", "last": "--until", "hours_text": "HOURS", "reason": "--reason", "on": "--on"}


def _handle(wiring: Wiring, event: Event) -> None:
    """Through the one way in, with whatever waits there already."""
    with wiring.database.write() as connection:
        accept_events(connection, [event], wiring.now())
    letters: list[DeadLetter] = []
    for outcomes in wiring.runner.run_ingress():
        letters += [letter for letter in outcomes.dead_letters if letter.event_id == event.id]
    if letters:
        raise InputFaults([fault for letter in letters for fault in letter.faults])


def _tell(wiring: Wiring, station: str) -> None:
    with wiring.database.read() as connection:
        live = load_live_summaries(connection, wiring.now(), station=station).get(station)
    answers = build_live_answers(live.statuses_at(wiring.now()) if live else (), wiring.language)
    for answer in answers:
        typer.echo(answer["reason"])
    if not answers:
        typer.echo(wiring.render(N_("nothing out of the ordinary is known of the station")))


def _as_data(key: KeeperKey) -> dict[str, object]:
    return {
        "id": key.id,
        "station": key.station,
        "created_at": format_civil_instant(key.created_at),
        "revoked_at": format_civil_instant(key.revoked_at) if key.revoked_at else None,
    }


def _wrong_key(station: str) -> Fault:
    return Fault(
        N_("this is no key of the station {value}, or it was revoked"),
        N_("ask the union for a new one (yihui keepers add)"),
        field="--key",
        value=station,
    )


def _no_station(id: str) -> Fault:
    return Fault(
        N_("there is no station {value}"),
        N_("`yihui stations list` shows the ids"),
        field="STATION",
        value=id,
    )


def _no_picture(sheet: Path) -> Fault:
    return Fault(
        N_("{value} is neither SVG nor PNG"),
        N_("name the file .svg or .png"),
        field="--qr",
        value=str(sheet),
    )


def _no_site(base: str) -> Fault:
    return Fault(
        N_("“{value}” is no address of a site"),
        N_("write it as https://yihui.example, as riders' phones reach it"),
        field="--base",
        value=base,
    )
