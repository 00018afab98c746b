"""yihui vouchers merchants: who may redeem what and where, and their keys."""

from collections.abc import Callable
from typing import Annotated

import typer

N_ = str  # marks a text for the message catalogue
Text = Callable[[str], str]


def commands(_: Text) -> typer.Typer:
    app = typer.Typer(
        help=_("Merchants: who may redeem what and where, and their keys."), no_args_is_help=True
    )

    @app.command(help=_("Add a merchant with a first key. The key is shown once and kept nowhere."))
    def add(
        context: typer.Context,
        merchant: Annotated[
            str, typer.Argument(help=_("an id of small letters, digits and hyphens"), metavar="MERCHANT")
        ],
        name: Annotated[str, typer.Option(help=_("the name"))],
        rule: Annotated[
            list[str] | None, typer.Option(help=_("may redeem only this rule; may be repeated"))
        ] = None,
        station: Annotated[
            list[str] | None, typer.Option(help=_("may redeem only at this station; may be repeated"))
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from benefits.vouchers.merchants import Merchant
        from yihui.cli.voucher_output import add_with_key

        new = Merchant(merchant, name, tuple(rule or ()), tuple(station or ()))
        add_with_key(context.obj, new, as_json=json_)

    @app.command(help=_("Make a further key; it is shown once. Revoke the old one when all tills have it."))
    def key(
        context: typer.Context,
        merchant: Annotated[str, typer.Argument(help=_("the merchant's id"), metavar="MERCHANT")],
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.voucher_output import further_key

        further_key(context.obj, merchant, as_json=json_)

    @app.command(help=_("End a key, or all of a merchant; what was redeemed with them stays."))
    def revoke(
        context: typer.Context,
        name: Annotated[
            str,
            typer.Argument(
                help=_("the merchant's id, or the first eight characters of a key"), metavar="MERCHANT|KEY"
            ),
        ],
    ) -> None:
        from yihui.cli.voucher_output import revoke

        revoke(context.obj, name)

    @app.command("list", help=_("All merchants; the keys themselves can't be shown."))
    def list_(
        context: typer.Context,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.voucher_output import list_merchants

        list_merchants(context.obj, as_json=json_)

    return app
