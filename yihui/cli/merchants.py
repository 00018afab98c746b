"""yihui vouchers merchants: the vouchers and stations of each merchant, and the merchants' keys."""

from collections.abc import Callable
from typing import Annotated

import typer

Translator = Callable[[str], str]


def build_commands(_: Translator) -> typer.Typer:
    """Build the `merchants` command group."""
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
        from benefits import Merchant
        from yihui.cli.voucher_output import add_merchant_with_key

        new = Merchant(merchant, name, tuple(rule or ()), tuple(station or ()))
        add_merchant_with_key(context.obj, new, as_json=json_)

    @app.command(help=_("Make a further key; it is shown once. Revoke the old one when all tills have it."))
    def key(
        context: typer.Context,
        merchant: Annotated[str, typer.Argument(help=_("the merchant's id"), metavar="MERCHANT")],
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.voucher_output import issue_further_key

        issue_further_key(context.obj, merchant, as_json=json_)

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
        from yihui.cli.voucher_output import revoke_keys_by_name

        revoke_keys_by_name(context.obj, name)

    @app.command("list", help=_("All merchants; the keys themselves can't be shown."))
    def list_(
        context: typer.Context,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.voucher_output import print_merchants

        print_merchants(context.obj, as_json=json_)

    return app
