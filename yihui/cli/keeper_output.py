"""The work of the ``yihui keepers`` commands, and their output."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import segno
import typer

from core.civil_time import format_civil_instant
from core.faults import Fault, FaultError
from core.text_marks import N_
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


def issue_and_print_key(
    wiring: Wiring, station: str, base: str, sheet: Path | None, *, as_json: bool
) -> None:
    """Issue a keeper's key and print it, the only time that it is shown.

    *Raises*: FaultError, OSError, NoReport.
    """
    draw = None if sheet is None else _choose_renderer(sheet)
    site = _check_site(base)
    with wiring.database.write() as connection:
        issued = issue_keeper_key(connection, station, wiring.now())
        place = find_station(connection, station)
        assert place is not None, "a key is issued for stations that there are"
        link = f"{site}/keep#{issued.text}"  # servers never receive the fragment, so no log holds the key
        if draw is not None and sheet is not None:  # before the commit: no key without its printout
            write_atomically(
                sheet, draw(KeyPrintout.build(place.name, link, issued.text, wiring.language)), private=True
            )
    if as_json:
        typer.echo(
            json.dumps({**_key_json(issued.key), "key": issued.text, "link": link}, ensure_ascii=False)
        )
        return
    typer.echo(wiring.render(N_("key: {key}"), key=issued.text))
    typer.echo(wiring.render(N_("link for the keeper: {link}"), link=link))
    if sheet is not None:
        typer.echo(wiring.render(N_("sheet to print: {file}"), file=sheet))
    elif sys.stdout.isatty():
        segno.make(link, error="m", micro=False).terminal(sys.stdout, compact=True)
    typer.echo(wiring.render(N_("write it down now: it is not kept and can't be shown again")), err=True)


def _choose_renderer(sheet: Path) -> Callable[[KeyPrintout], str | bytes]:
    """Return the function that renders the printout for a file's suffix. *Raises*: FaultError, OSError."""
    kinds: dict[str, Callable[[KeyPrintout], str | bytes]] = {
        ".svg": KeyPrintout.render_svg,
        ".png": KeyPrintout.render_png,
    }
    if sheet.suffix.lower() not in kinds:
        raise FaultError([_no_image_file_fault(sheet)])
    check_output_path(sheet)
    return kinds[sheet.suffix.lower()]


def _check_site(base: str) -> str:
    """Return the site's address without a final slash.

    *Raises*: FaultError unless it is an http or https URL without a query or fragment.
    """
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise FaultError([_no_site_fault(base)])
    return base.rstrip("/")


def revoke_key(wiring: Wiring, id: str) -> None:
    """Revoke a key, given by its name or in full, and print its name and station."""
    with wiring.database.write() as connection:
        key = revoke_keeper_key(connection, id.partition("-")[0], wiring.now())
    typer.echo(
        wiring.render(
            N_("the key {key} of the station {station} is revoked"), key=key.id, station=key.station
        )
    )


def print_keeper_keys(wiring: Wiring, station: str | None, *, as_json: bool) -> None:
    """Print the keys of one station, or of all. *Raises*: FaultError for an unknown station."""
    with wiring.database.read() as connection:
        keys = load_keeper_keys(connection, station)
        if station is not None and not keys and find_station(connection, station) is None:
            raise FaultError([_no_station_fault(station)])
    if as_json:
        typer.echo(json.dumps([_key_json(key) for key in keys], ensure_ascii=False))
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


def apply_keeper_act(wiring: Wiring, station: str, key: str, kept: Kept) -> None:
    """Apply a keeper's act and print the station's live status after it. *Raises*: FaultError."""
    with wiring.database.read() as connection:
        known = find_valid_keeper_key(connection, key, station)
    if known is None:
        raise FaultError([_wrong_key_fault(station)])
    try:
        event = keeper_event(kept, station, known.id, wiring.now())
    except FaultError as error:
        raise FaultError(
            [replace(f, field=_OPTIONS.get(f.field or "", f.field)) for f in error.faults]
        ) from error
    if kept.hours_text and kept.hours_text != USUAL_HOURS and not parse_hours(kept.hours_text).understood:
        told = N_("“{text}” can't be understood: on these days the answer will be “unknown”")
        typer.echo(wiring.render(told, text=kept.hours_text), err=True)
    _process_event(wiring, event)
    _print_live_status(wiring, station)


_OPTIONS = {"first": "--from", "last": "--until", "hours_text": "HOURS", "reason": "--reason", "on": "--on"}


def _process_event(wiring: Wiring, event: Event) -> None:
    """Store the event in the ingress table and process all events that wait there.

    *Raises*: FaultError with the event's faults if it became a dead letter.
    """
    with wiring.database.write() as connection:
        accept_events(connection, [event], wiring.now())
    letters: list[DeadLetter] = []
    for outcomes in wiring.runner.run_ingress():
        letters += [letter for letter in outcomes.dead_letters if letter.event_id == event.id]
    if letters:
        raise FaultError([fault for letter in letters for fault in letter.faults])


def _print_live_status(wiring: Wiring, station: str) -> None:
    with wiring.database.read() as connection:
        live = load_live_summaries(connection, wiring.now(), station=station).get(station)
    answers = build_live_answers(live.statuses_at(wiring.now()) if live else (), wiring.language)
    for answer in answers:
        typer.echo(answer["reason"])
    if not answers:
        typer.echo(wiring.render(N_("nothing out of the ordinary is known of the station")))


def _key_json(key: KeeperKey) -> dict[str, object]:
    return {
        "id": key.id,
        "station": key.station,
        "created_at": format_civil_instant(key.created_at),
        "revoked_at": format_civil_instant(key.revoked_at) if key.revoked_at else None,
    }


def _wrong_key_fault(station: str) -> Fault:
    return Fault(
        N_("this is no key of the station {value}, or it was revoked"),
        N_("ask the union for a new one (yihui keepers add)"),
        field="--key",
        value=station,
    )


def _no_station_fault(id: str) -> Fault:
    return Fault(
        N_("there is no station {value}"),
        N_("`yihui stations list` shows the ids"),
        field="STATION",
        value=id,
    )


def _no_image_file_fault(sheet: Path) -> Fault:
    return Fault(
        N_("{value} is neither SVG nor PNG"),
        N_("name the file .svg or .png"),
        field="--qr",
        value=str(sheet),
    )


def _no_site_fault(base: str) -> Fault:
    return Fault(
        N_("“{value}” is no address of a site"),
        N_("write it as https://yihui.example, as riders' phones reach it"),
        field="--base",
        value=base,
    )
