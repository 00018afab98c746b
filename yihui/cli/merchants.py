"""yihui vouchers merchants: the vouchers and stations of each merchant, and the merchants' keys."""

from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson
from yihui.cli.output import emit, print_message, print_note

if TYPE_CHECKING:
    from benefits import NewMerchantKey

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
    json_: AsJson = False,
) -> None:
    from benefits import Merchant
    from yihui.services.merchants import add_merchant_with_key

    new = Merchant(merchant, name, tuple(rule or ()), tuple(station or ()))
    _show_key(context.obj, add_merchant_with_key(context.obj, new), json_)


@app.command(help=N_("Make a further key; it is shown once. Revoke the old one when all tills have it."))
def key(
    context: typer.Context,
    merchant: Annotated[str, typer.Argument(help=N_("the merchant's id"), metavar="MERCHANT")],
    json_: AsJson = False,
) -> None:
    from yihui.services.merchants import issue_further_key

    _show_key(context.obj, issue_further_key(context.obj, merchant), json_)


def _show_key(wiring: Wiring, made: "NewMerchantKey", as_json: bool) -> None:
    content = {"merchant": made.key.merchant_id, "id": made.key.id, "key": made.text}
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
    from yihui.services.merchants import revoke_keys_by_name

    for ended in revoke_keys_by_name(context.obj, name):
        template = N_("the key {key} of {merchant} is revoked")
        print_message(context.obj, template, key=ended.id, merchant=ended.merchant_id)


@app.command("list", help=N_("All merchants; the keys themselves can't be shown."))
def list_(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.merchants import list_merchant_accounts
    from yihui.views.vouchers import merchant_json, merchant_text

    wiring: Wiring = context.obj
    found = list_merchant_accounts(wiring)
    lines = (merchant_text(account.merchant, account.keys, wiring.language) for account in found)
    emit([merchant_json(account.merchant, account.keys) for account in found], lines, json_)
    if not (found or json_):
        print_note(wiring, N_("no merchant yet: yihui vouchers merchants add"))
