"""yihui vouchers merchants: the vouchers and stations of each merchant, and the merchants' keys."""

from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson
from yihui.cli.output import emit, print_message, print_note

if TYPE_CHECKING:
    from benefits import NewMerchantKey

_Until = Annotated[
    str | None,
    typer.Option(
        help=N_("the last day of the key; without it the key counts until it is revoked"), metavar="DATE"
    ),
]
app = typer.Typer(help=N_("Merchants: who may redeem what and where, and their keys."), no_args_is_help=True)


@app.command(help=N_("Add a merchant with a first key. The key is shown once and kept nowhere."))
def add(
    context: typer.Context,
    merchant: Annotated[
        str, typer.Argument(help=N_("an id of small letters, digits and hyphens"), metavar="MERCHANT")
    ],
    name: Annotated[str, typer.Option(help=N_("the name"))],
    rule: Annotated[
        list[str] | None, typer.Option(help=N_("may redeem only this rule; may be repeated"))
    ] = None,
    station: Annotated[
        list[str] | None, typer.Option(help=N_("may redeem only at this station; may be repeated"))
    ] = None,
    until: _Until = None,
    json_: AsJson = False,
) -> None:
    from benefits import Merchant
    from yihui.runtime.arguments import parse_day
    from yihui.services.benefits.merchants import add_merchant_with_key

    new = Merchant(merchant, name, tuple(rule or ()), tuple(station or ()))
    last = parse_day(until, "--until") if until else None
    _show_key(context.obj, add_merchant_with_key(context.obj, new, last), json_)


@app.command(help=N_("Make a further key; it is shown once. Revoke the old one when all tills have it."))
def key(
    context: typer.Context,
    merchant: Annotated[str, typer.Argument(help=N_("the merchant's id"), metavar="MERCHANT")],
    until: _Until = None,
    overlap: Annotated[
        int | None,
        typer.Option(
            min=0, max=90, help=N_("days after which the merchant's other keys end; without it they go on")
        ),
    ] = None,
    json_: AsJson = False,
) -> None:
    from core.civil_time import format_wall_clock
    from yihui.runtime.arguments import parse_day
    from yihui.services.benefits.merchants import issue_further_key

    last = parse_day(until, "--until") if until else None
    rotated = issue_further_key(context.obj, merchant, last, overlap)
    _show_key(context.obj, rotated.new, json_)
    for older in [] if json_ else rotated.older:
        if older.expires_at is not None:
            time = format_wall_clock(older.expires_at)
            print_note(context.obj, N_("the key {key} counts until {time}"), key=older.id, time=time)


def _show_key(wiring: Wiring, made: "NewMerchantKey", as_json: bool) -> None:
    from core.civil_time import format_civil_instant

    content = {
        "merchant": made.key.merchant_id,
        "id": made.key.id,
        "key": made.text,
        "expires_at": format_civil_instant(made.key.expires_at) if made.key.expires_at else None,
    }
    emit(content, [wiring.render(N_("key: {key}"), key=made.text)], as_json)
    if not as_json:
        print_note(wiring, N_("write it down now: it is not kept and can't be shown again"))


@app.command(help=N_("End a key, or all of a merchant; what was redeemed with them stays."))
def revoke(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            help=N_("the merchant's id, or the first eight characters of a key"), metavar="MERCHANT|KEY"
        ),
    ],
) -> None:
    from yihui.services.benefits.merchants import revoke_keys_by_name

    for ended in revoke_keys_by_name(context.obj, name):
        template = N_("the key {key} of {merchant} is revoked")
        print_message(context.obj, template, key=ended.id, merchant=ended.merchant_id)


@app.command("list", help=N_("All merchants; the keys themselves can't be shown."))
def list_(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.benefits.merchants import list_merchant_accounts
    from yihui.views.vouchers import merchant_json, merchant_text

    wiring: Wiring = context.obj
    found = list_merchant_accounts(wiring)
    lines = (merchant_text(account.merchant, account.keys, wiring.language) for account in found)
    emit([merchant_json(account.merchant, account.keys) for account in found], lines, json_)
    if not (found or json_):
        print_note(wiring, N_("no merchant yet: yihui vouchers merchants add"))
