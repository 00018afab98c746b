"""yihui senders: programs that send events or read layers, and their keys."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.acting import current_actor
from yihui.cli.options import AsJson, By, RecordedReason
from yihui.cli.output import emit, print_message, print_note

if TYPE_CHECKING:
    from yihui.access.senders import NewSenderKey

app = typer.Typer(no_args_is_help=True)

_Name = Annotated[str, typer.Argument(help=N_("the sender's name"), metavar="NAME")]
_Until = Annotated[str, typer.Option(help=N_("the last day of the key"), metavar="DATE")]


@app.command(help=N_("Add a sender with a first key. The key is shown once and stored nowhere."))
def add(
    context: typer.Context,
    name: _Name,
    organisation: Annotated[
        str,
        typer.Option(help=N_("the organisation for which, and below which, it may send"), metavar="CODE"),
    ],
    uses: Annotated[
        list[str],
        typer.Option(help=N_("events, feeds or gis; several with commas"), metavar="USE[,USE…]"),
    ],
    until: _Until,
    by: By,
    sources: Annotated[
        list[str] | None,
        typer.Option(
            help=N_("sources of its events; one that ends in a slash covers all that begin with it"),
            metavar="SOURCE[,SOURCE…]",
        ),
    ] = None,
    types: Annotated[
        list[str] | None,
        typer.Option(help=N_("types of its events"), metavar="TYPE[,TYPE…]"),
    ] = None,
    json_: AsJson = False,
) -> None:
    from yihui.runtime.arguments import parse_day
    from yihui.services.access.sender_keys import SenderDraft, add_sender

    wiring: Wiring = context.obj
    draft = SenderDraft(
        name,
        organisation.strip(),
        parse_day(until, "--until"),
        _split(sources),
        _split(types),
        _split(uses),
    )
    _show_key(wiring, add_sender(wiring, current_actor(context), draft), json_)


@app.command(
    help=N_(
        "Issue a further key, shown once. Older keys go on until the overlap ends, so that none is missed."
    )
)
def rotate(
    context: typer.Context,
    name: _Name,
    until: _Until,
    by: By,
    overlap: Annotated[int, typer.Option(help=N_("days for which older keys still count"))] = 14,
    json_: AsJson = False,
) -> None:
    from core.civil_time import format_wall_clock
    from yihui.runtime.arguments import parse_day
    from yihui.services.access.sender_keys import rotate_sender

    wiring: Wiring = context.obj
    rotated = rotate_sender(wiring, current_actor(context), name, parse_day(until, "--until"), overlap)
    older = {key.id: key.expires_at for key in rotated.older}
    _show_key(wiring, rotated.key, json_, older_keys=older)
    for id, end in {} if json_ else older.items():
        print_note(wiring, N_("the key {key} counts until {time}"), key=id, time=format_wall_clock(end))


@app.command(help=N_("Revoke a sender with all its keys, or one key; it takes effect at once."))
def revoke(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help=N_("the sender's name, or a key's id"), metavar="NAME|KEY")],
    by: By,
    reason: RecordedReason = "",
) -> None:
    from yihui.services.access.sender_keys import revoke_sender_or_key

    wiring: Wiring = context.obj
    sender, keys = revoke_sender_or_key(wiring, current_actor(context), name, reason)
    for key in keys:
        print_message(wiring, N_("the key {key} of {sender} is revoked"), key=key, sender=sender)
    if sender == name:
        print_message(wiring, N_("the sender {name} is revoked"), name=sender)
    elif not keys:
        print_note(wiring, N_("it was revoked before"))


@app.command("list", help=N_("All senders; the keys themselves can't be shown."))
def list_(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.access.sender_keys import list_senders
    from yihui.views.senders import sender_json, sender_line

    wiring: Wiring = context.obj
    found, now = list_senders(wiring), wiring.now()
    lines = (sender_line(one, now, wiring.language) for one in found)
    emit([sender_json(one, now) for one in found], lines, json_)
    if not (found or json_):
        print_note(wiring, N_("no sender yet: yihui senders add"))


@app.command(help=N_("One sender: what it may send, its keys and when each was last used."))
def show(context: typer.Context, name: _Name, json_: AsJson = False) -> None:
    from yihui.services.access.sender_keys import show_sender
    from yihui.views.senders import sender_json, sender_lines

    wiring: Wiring = context.obj
    found, now = show_sender(wiring, name), wiring.now()
    emit(sender_json(found, now), sender_lines(found, now, wiring.language), json_)


def _split(typed: list[str] | None) -> tuple[str, ...]:
    return tuple(part for text in typed or () for part in re.split(r"[,，、\s]+", text) if part)


def _show_key(wiring: Wiring, new: "NewSenderKey", as_json: bool, **more: object) -> None:
    key = new.key
    shown = {"sender": key.sender, "expires_at": key.expires_at, **more, "id": key.id, "key": new.text}
    emit(shown, [wiring.render(N_("key: {key}"), key=new.text)], as_json)
    if not as_json:
        print_note(wiring, N_("write it down now: it is not kept and can't be shown again"))
