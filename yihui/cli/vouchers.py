"""yihui vouchers: void what is left of a benefit, and hand in a merchant's offline redemptions."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, By, HiddenOption, open_sheets
from yihui.cli.output import emit, exit_on_findings, print_message

app = typer.Typer(no_args_is_help=True)

_Grant = Annotated[str, typer.Argument(help=N_("the benefit's number"), metavar="GRANT")]


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
    merchant: Annotated[str, typer.Option(help=N_("the merchant's id"))],
    number: Annotated[
        str | None, typer.Option(help=N_("the merchant's number of the batch; otherwise its content's"))
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help=N_("write what became of each row to this CSV file"), metavar="FILE"),
    ] = None,
    hidden: HiddenOption = "refuse",
    json_: AsJson = False,
) -> None:
    from yihui.files.whole_files import check_output_path, write_atomically
    from yihui.services.benefits.vouchers import accept_offline_file
    from yihui.views.vouchers import offline_result_csv, offline_result_json, offline_result_lines

    wiring: Wiring = context.obj
    if out:
        check_output_path(out)
    result = accept_offline_file(wiring, file, merchant, number, open_sheets(wiring, hidden))
    if out:
        write_atomically(out, offline_result_csv(result, wiring.language))
    content = offline_result_json(result, wiring.language)
    emit(content, offline_result_lines(result, wiring.language), json_)
    exit_on_findings(result.count("refused"))
