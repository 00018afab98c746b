"""yihui vouchers: issue codes to members, redeem and refund for merchants, void for officers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring

Translator = Callable[[str], str]


def build_commands(_: Translator) -> typer.Typer:
    from yihui.cli import merchants

    app = typer.Typer(
        help=_("Vouchers: hand out codes, redeem, refund and void; batches used offline; merchants."),
        no_args_is_help=True,
    )
    _add_member(app, _)
    _add_redeem(app, _)
    _add_refund(app, _)
    _add_void(app, _)
    _add_batch(app, _)
    app.add_typer(merchants.build_commands(_), name="merchants")
    return app


def _add_member(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("Hand out the code of a benefit, which claims it; again it shows the same code."))
    def issue(
        context: typer.Context,
        grant: Annotated[str, typer.Argument(help=_("the benefit's number"), metavar="GRANT")],
        anew: Annotated[
            bool, typer.Option("--anew", help=_("the old code was lost: replace it, it no longer holds"))
        ] = False,
        qr: Annotated[
            Path | None, typer.Option(help=_("write the QR code to this SVG file"), metavar="FILE")
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.voucher_output import issue_code

        issue_code(context.obj, grant, anew, qr, as_json=json_)

    @app.command(help=_("What a member can use, with the codes: for the member's own eyes."))
    def show(
        context: typer.Context,
        member: Annotated[str, typer.Option(help=_("the member's id"))],
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.voucher_output import print_usable_benefits

        print_usable_benefits(context.obj, member, as_json=json_)

    @app.command(help=_("What a member's card shows now; it turns every 30 seconds."))
    def card(
        context: typer.Context,
        member: Annotated[str, typer.Option(help=_("the member's id"))],
        qr: Annotated[
            Path | None, typer.Option(help=_("write the QR code to this SVG file"), metavar="FILE")
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.voucher_output import print_member_card

        print_member_card(context.obj, member, qr, as_json=json_)


def _add_redeem(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("Redeem a code, or what a card shows; with the same request key it happens once."))
    def redeem(
        context: typer.Context,
        code: Annotated[str, typer.Argument(help=_("the code; - reads it from standard input"))],
        request: Annotated[
            str, typer.Option(help=_("the merchant's own key of this request, such as the receipt's number"))
        ],
        key: Annotated[str, typer.Option(help=_("the merchant's key"), envvar="YIHUI_MERCHANT_KEY")],
        amount: Annotated[
            int | None, typer.Option(help=_("fen of vouchers, pieces of things; otherwise for one use"))
        ] = None,
        rule: Annotated[str | None, typer.Option(help=_("of which rule, with a card"))] = None,
        station: Annotated[str | None, typer.Option(help=_("the station's id"))] = None,
        check: Annotated[bool, typer.Option("--check", help=_("only say what it would come to"))] = False,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.voucher_output import redeem_code
        from yihui.services.vouchers import MerchantRedemption

        wish = MerchantRedemption(request, _read_code(code), amount, rule, station)
        redeem_code(context.obj, key, wish, check=check, as_json=json_)


def _add_refund(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("Refund (a part of) a redemption; with the same request key it happens once."))
    def refund(
        context: typer.Context,
        redemption: Annotated[str, typer.Argument(help=_("the redemption's number"), metavar="REDEMPTION")],
        request: Annotated[
            str, typer.Option(help=_("the merchant's own key of this request, such as the receipt's number"))
        ],
        key: Annotated[str, typer.Option(help=_("the merchant's key"), envvar="YIHUI_MERCHANT_KEY")],
        amount: Annotated[
            int | None, typer.Option(help=_("fen of vouchers, pieces of things; otherwise all that is left"))
        ] = None,
        back_to_budget: Annotated[
            bool, typer.Option("--back-to-budget", help=_("the member can't use it again"))
        ] = False,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.voucher_output import refund_redemption

        wish = (request, redemption, amount, not back_to_budget)
        refund_redemption(context.obj, key, wish, as_json=json_)


def _add_void(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("End what is left of a benefit, which goes back to its budget; what was used stays."))
    def void(
        context: typer.Context,
        grant: Annotated[str, typer.Argument(help=_("the benefit's number"), metavar="GRANT")],
        by: Annotated[str, typer.Option(help=_("who does it: a short pseudonym"))],
        reason: Annotated[str, typer.Option(help=_("why; the member will read it"))] = "",
    ) -> None:
        from yihui.cli.voucher_output import void_grant

        void_grant(context.obj, grant, by, reason)


def _add_batch(app: typer.Typer, _: Translator) -> None:
    @app.command(
        help=_(
            "Hand in what was used offline, as CSV, workbook or JSON; the same batch again changes nothing."
        )
    )
    def batch(
        context: typer.Context,
        file: Annotated[
            Path, typer.Argument(help=_("columns request_key, code, used_at, amount, rule, station"))
        ],
        key: Annotated[
            str | None, typer.Option(help=_("the merchant's key"), envvar="YIHUI_MERCHANT_KEY")
        ] = None,
        merchant: Annotated[
            str | None, typer.Option(help=_("hand in for this merchant, as an officer"))
        ] = None,
        number: Annotated[
            str | None, typer.Option(help=_("the merchant's number of the batch; otherwise its content's"))
        ] = None,
        out: Annotated[
            Path | None,
            typer.Option(help=_("write what became of each row to this CSV file"), metavar="FILE"),
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.voucher_output import submit_offline_batch

        if (key is None) == (merchant is None):
            raise typer.BadParameter(_("give either --key or --merchant"))
        submit_offline_batch(context.obj, file, (key, merchant), (number, out), as_json=json_)


def _read_code(code: str) -> str:
    """Return the code; read it from standard input for ``-``.

    Other users of the machine can see a code on the command line in the list of processes.
    """
    return typer.get_text_stream("stdin").readline().strip() if code == "-" else code


def add_expire_command(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("Remind of what is going to expire, and give what has expired back to its budget."))
    def expire(
        context: typer.Context,
        on: Annotated[str | None, typer.Option(help=_("the day; otherwise today"), metavar="DATE")] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from core.civil_time import civil_date
        from rules import format_yuan
        from yihui.runtime.arguments import parse_day
        from yihui.services.upkeep import end_due_grants

        wiring: Wiring = context.obj
        done = end_due_grants(wiring, parse_day(on, "--on") if on else civil_date(wiring.now()))
        if json_:
            told = {"reminded": done.reminded, "ended": done.ended, "ended_fen": done.ended_fen}
            typer.echo(json.dumps(told))
            return
        template = N_("reminded {reminded}, expired {ended}: {yuan} yuan went back")
        typer.echo(
            wiring.render(
                template, reminded=done.reminded, ended=done.ended, yuan=format_yuan(done.ended_fen)
            )
        )
