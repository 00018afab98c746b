"""yihui vouchers: issue codes to members, redeem and refund for merchants, void for officers."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli import merchants
from yihui.cli.options import AsJson, By, MemberOption, QrFile
from yihui.cli.output import emit, exit_on_findings, print_message, refuse_usage

app = typer.Typer(
    help=N_("Vouchers: hand out codes, redeem, refund and void; batches used offline; merchants."),
    no_args_is_help=True,
)

_Grant = Annotated[str, typer.Argument(help=N_("the benefit's number"), metavar="GRANT")]
_RequestKey = Annotated[
    str, typer.Option(help=N_("the merchant's own key of this request, such as the receipt's number"))
]
_KEY = typer.Option(help=N_("the merchant's key"), envvar="YIHUI_MERCHANT_KEY")


@app.command(help=N_("Hand out the code of a benefit, which claims it; again it shows the same code."))
def issue(
    context: typer.Context,
    grant: _Grant,
    anew: Annotated[
        bool, typer.Option("--anew", help=N_("the old code was lost: replace it, it no longer holds"))
    ] = False,
    qr: QrFile = None,
    json_: AsJson = False,
) -> None:
    from benefits import format_code
    from yihui.services.benefits.vouchers import issue_member_code

    wiring: Wiring = context.obj
    _check_qr(qr)
    made = issue_member_code(wiring, None, grant, anew=anew)
    code = format_code(made.code) if made.code else None
    if qr and code:
        _write_qr(qr, code)
    line = code or wiring.render(N_("the code was erased; make another one with --anew"))
    emit({"grant": grant, "code": code, "number": made.number}, [line], json_)


@app.command(help=N_("List what a member can use, with the codes; only the member may see them."))
def show(context: typer.Context, member: MemberOption, json_: AsJson = False) -> None:
    from yihui.services.benefits.vouchers import list_member_vouchers
    from yihui.views.vouchers import owned_voucher_json, owned_vouchers_lines

    wiring: Wiring = context.obj
    owned = list_member_vouchers(wiring, member)
    emit([owned_voucher_json(item) for item in owned], owned_vouchers_lines(owned, wiring.language), json_)


def _check_qr(file: Path | None) -> None:
    from yihui.files.whole_files import check_output_path

    if file:
        check_output_path(file)


def _write_qr(file: Path, text: str) -> None:
    from yihui.files.whole_files import write_atomically
    from yihui.views.vouchers import render_qr_svg

    write_atomically(file, render_qr_svg(text))


@app.command(help=N_("Redeem a code, or what a card shows; with the same request key it happens once."))
def redeem(
    context: typer.Context,
    code: Annotated[str, typer.Argument(help=N_("the code; - reads it from standard input"))],
    request: _RequestKey,
    key: Annotated[str, _KEY],
    amount: Annotated[
        int | None, typer.Option(help=N_("fen of vouchers, pieces of things; otherwise for one use"))
    ] = None,
    rule: Annotated[
        str | None, typer.Option(help=N_("the rule's id; needed with a card where several fit"))
    ] = None,
    station: Annotated[str | None, typer.Option(help=N_("the station's id"))] = None,
    check: Annotated[bool, typer.Option("--check", help=N_("only show what would be redeemed"))] = False,
    json_: AsJson = False,
) -> None:
    from yihui.services.benefits import vouchers
    from yihui.views.vouchers import redemption_json, redemption_preview_text, redemption_text

    wiring: Wiring = context.obj
    wish = vouchers.MerchantRedemption(request, _read_code(code), amount, rule, station)
    run = vouchers.preview_redemption if check else vouchers.redeem_voucher
    done = run(wiring, vouchers.merchant_by_key(wiring, key), wish)
    line = (redemption_preview_text if check else redemption_text)(done, wiring.language)
    emit(redemption_json(done), [line], json_)


def _read_code(code: str) -> str:
    """Return the code; read it from standard input for ``-``.

    Other users of the machine can see a code on the command line in the list of processes.
    """
    return typer.get_text_stream("stdin").readline().strip() if code == "-" else code


@app.command(help=N_("Refund (a part of) a redemption; with the same request key it happens once."))
def refund(
    context: typer.Context,
    redemption: Annotated[str, typer.Argument(help=N_("the redemption's number"), metavar="REDEMPTION")],
    request: _RequestKey,
    key: Annotated[str, _KEY],
    amount: Annotated[
        int | None, typer.Option(help=N_("fen of vouchers, pieces of things; otherwise all that is left"))
    ] = None,
    back_to_budget: Annotated[
        bool, typer.Option("--back-to-budget", help=N_("the member can't use it again"))
    ] = False,
    json_: AsJson = False,
) -> None:
    from yihui.services.benefits.vouchers import refund_redemption
    from yihui.views.vouchers import refund_json, refund_text

    wiring: Wiring = context.obj
    done = refund_redemption(wiring, key, request, redemption, amount, reusable=not back_to_budget)
    emit(refund_json(done), [refund_text(done, wiring.language)], json_)


@app.command(
    help=N_(
        "End the rest of a benefit, also cash that can't be paid: it returns to its budget; the part that was used stays."
    )
)
def void(
    context: typer.Context,
    grant: _Grant,
    by: By,
    reason: Annotated[str, typer.Option(help=N_("why; the member will read it"))] = "",
) -> None:
    from core.money import format_yuan
    from yihui.services.benefits.vouchers import void_grant

    done = void_grant(context.obj, grant, by, reason)
    print_message(context.obj, N_("void: {yuan} yuan went back"), yuan=format_yuan(done.amount_fen))


@app.command(
    help=N_(
        "Submit a file of offline redemptions (CSV, workbook or JSON); the same batch again changes nothing."
    )
)
def batch(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help=N_("columns request_key, code, used_at, amount, rule, station"))
    ],
    key: Annotated[str | None, _KEY] = None,
    merchant: Annotated[str | None, typer.Option(help=N_("hand in for this merchant, as an officer"))] = None,
    number: Annotated[
        str | None, typer.Option(help=N_("the merchant's number of the batch; otherwise its content's"))
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help=N_("write what became of each row to this CSV file"), metavar="FILE"),
    ] = None,
    json_: AsJson = False,
) -> None:
    from yihui.files.whole_files import check_output_path, write_atomically
    from yihui.services.benefits.vouchers import accept_offline_file, merchant_by_id, merchant_by_key
    from yihui.views.vouchers import offline_result_csv, offline_result_json, offline_result_lines

    wiring: Wiring = context.obj
    if (key is None) == (merchant is None):
        refuse_usage(wiring, N_("give either --key or --merchant"))
    if out:
        check_output_path(out)
    who = merchant_by_key(wiring, key) if key else merchant_by_id(merchant or "")
    result = accept_offline_file(wiring, file, who, number)
    if out:
        write_atomically(out, offline_result_csv(result, wiring.language))
    content = offline_result_json(result, wiring.language)
    emit(content, offline_result_lines(result, wiring.language), json_)
    exit_on_findings(result.count("refused"))


@app.command(
    "lost",
    help=N_(
        "List accepted offline uses of codes that were reported lost before the use was handed in; the time of "
        "use is the merchant's word."
    ),
)
def list_lost_code_uses(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.benefits.vouchers import list_lost_codes_used
    from yihui.views.vouchers import lost_code_use_json, lost_code_use_lines

    uses = list_lost_codes_used(context.obj)
    emit([lost_code_use_json(use) for use in uses], lost_code_use_lines(uses, context.obj.language), json_)


app.add_typer(merchants.app, name="merchants")
