"""yihui vouchers: what members were given and what officers do to it, and hand in a merchant's offline redemptions."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, HiddenOption, open_sheets
from yihui.cli.output import emit, exit_on_findings
from yihui.frame.commands import add_commands, build_group
from yihui.frame.noun import load_noun

app = build_group(load_noun("yihui.money.vouchers.pages:NOUN"))
add_commands(app, load_noun("yihui.money.vouchers.lost_codes:NOUN"))


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
