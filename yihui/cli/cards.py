"""yihui cards: the code that a card shows, whether a scanned one is genuine, and the keys that sign."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, By, MemberArgument, QrFile
from yihui.cli.output import emit, print_message, refuse_usage

app = typer.Typer(no_args_is_help=True)
keys_app = typer.Typer(
    help=N_("The keys that sign cards and organisations' links."),
    no_args_is_help=True,
)
_KeyArgument = Annotated[str, typer.Argument(help=N_("the key's id, as `list` shows it"), metavar="KEY")]


@app.command(help=N_("Show the code of a member's card, which turns every minute."))
def code(context: typer.Context, member: MemberArgument, qr: QrFile = None, json_: AsJson = False) -> None:
    from yihui.cases.cards.own import find_member_card
    from yihui.files.whole_files import check_output_path, write_atomically
    from yihui.views.cards import shown_card_json, shown_card_lines
    from yihui.views.vouchers import render_qr_svg

    wiring: Wiring = context.obj
    if qr:
        check_output_path(qr)
    shown = find_member_card(wiring, member)
    if qr:
        write_atomically(qr, render_qr_svg(shown.token))
    emit(shown_card_json(member, shown), shown_card_lines(shown, wiring.language), json_)


@app.command(help=N_("Verify a scanned card: with this database, or offline with the published keys."))
def verify(
    context: typer.Context,
    token: Annotated[str, typer.Argument(help=N_("the scanned text; - reads it from standard input"))] = "-",
    keys: Annotated[
        Path | None,
        typer.Option(help=N_("offline: the answer of /.well-known/yihui-keys"), metavar="FILE"),
    ] = None,
    union_time: Annotated[
        str | None,
        typer.Option(help=N_("offline: the union's time now, if known, to notice a wrong clock here")),
    ] = None,
    json_: AsJson = False,
) -> None:
    from yihui.cases.cards.own import verify_card_here, verify_card_offline
    from yihui.views.cards import mask_card_number, verified_card_json, verified_card_lines

    wiring: Wiring = context.obj
    if union_time is not None and keys is None:
        refuse_usage(wiring, N_("--union-time is for --keys only"))
    text = typer.get_text_stream("stdin").readline() if token == "-" else token
    if keys is None:
        verified = verify_card_here(wiring, text)
        lines = verified_card_lines(verified, wiring.language)
        emit(verified_card_json(verified, wiring.language), lines, json_)
        return
    from yihui.runtime.arguments import parse_instant

    known = parse_instant(union_time, "--union-time") if union_time else None
    number = mask_card_number(
        verify_card_offline(text, keys.read_text("utf-8", "replace"), keys.name, wiring.now(), known)
    )
    line = wiring.render(
        N_("genuine: card {number}; whether it was blocked since is not known offline"), number=number
    )
    emit({"state": "genuine", "card": number}, [line], json_)


@keys_app.command("list", help=N_("The keys: the published ones, and those that were retired."))
def list_(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.members.card_keys import list_card_keys
    from yihui.views.cards import stored_key_json, stored_key_lines

    wiring: Wiring = context.obj
    found = list_card_keys(wiring)
    emit([stored_key_json(key) for key in found], stored_key_lines(found, wiring.language), json_)


@keys_app.command(help=N_("Sign with a new key from now on; what older keys signed stays valid."))
def rotate(context: typer.Context, by: By) -> None:
    from yihui.services.members.card_keys import rotate_card_key

    print_message(
        context.obj, N_("the new key {key} signs from now on"), key=rotate_card_key(context.obj, by)
    )


@keys_app.command(
    help=N_("Retire a key that leaked: nothing that it signed holds any more, printed links neither.")
)
def retire(context: typer.Context, key: _KeyArgument, by: By) -> None:
    from yihui.services.members.card_keys import retire_card_key

    is_new = retire_card_key(context.obj, key, by)
    template = N_("the key {key} is retired") if is_new else N_("the key {key} was retired before")
    print_message(context.obj, template, key=key)


app.add_typer(keys_app, name="keys")
