"""yihui payout: pay cash benefits by bank.

One officer prepares a batch, a second officer releases it, and the bank's return file says which
payments were paid and which failed.
"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, By, HiddenOption, ShortReason, open_sheets
from yihui.cli.output import emit, exit_on_findings, print_note

if TYPE_CHECKING:
    from benefits import PayoutBatch

app = typer.Typer(no_args_is_help=True)

_Batch = Annotated[str, typer.Argument(help=N_("the batch, such as PB000001"))]
_BankTerms = Annotated[Path, typer.Option(help=N_("the configuration of the bank's files (YAML)"))]
_Payees = Annotated[
    Path, typer.Option(help=N_("the accounts by member's pseudonym (CSV, XLSX); read, never kept"))
]
_SHOWN = 20


@app.command(
    help=N_(
        "Prepare a new batch of open cash benefits; they are in no other batch until this one is finished."
    )
)
def prepare(
    context: typer.Context,
    payees: _Payees,
    bank: _BankTerms,
    by: By,
    reason: Annotated[str, typer.Option(help=N_("what the payment is for"))] = "",
    rule: Annotated[str | None, typer.Option(help=N_("only of this rule"))] = None,
    until: Annotated[
        str | None, typer.Option(help=N_("only what was granted up to this day"), metavar="DATE")
    ] = None,
    despite_debts: Annotated[
        bool, typer.Option("--despite-debts", help=N_("also those of which something is owed"))
    ] = False,
    hidden: HiddenOption = "refuse",
    json_: AsJson = False,
) -> None:
    from benefits import PayoutCriteria
    from yihui.runtime.arguments import parse_day
    from yihui.services.access.acting import acting_officer
    from yihui.services.money import payout
    from yihui.views.payout import left_out_lines

    wiring: Wiring = context.obj
    wanted = PayoutCriteria(rule, parse_day(until, "--until") if until else None, despite_debts)
    acting = acting_officer(wiring, by, reason)
    files = payout.read_bank_files(bank, payees, open_sheets(wiring, hidden))
    made = payout.prepare_payout_batch(wiring, acting, wanted, files)
    left = [payout.left_out_json(item, wiring) for item in made.left_out]
    if json_:
        emit({**asdict(made.batch), "left_out": left}, (), json_, default=str)
        return
    for line in left_out_lines(left, _SHOWN, wiring.language):
        typer.echo(line, err=True)
    _emit_batch(wiring, made.batch, json_)
    print_note(wiring, N_("to be released by somebody else: yihui payout release {id}"), id=made.batch.id)


@app.command(help=N_("Release a batch that another officer prepared; after that it can't be changed."))
def release(
    context: typer.Context,
    batch: _Batch,
    payees: _Payees,
    bank: _BankTerms,
    by: By,
    reason: Annotated[str, typer.Option(help=N_("a remark"))] = "",
    hidden: HiddenOption = "refuse",
    json_: AsJson = False,
) -> None:
    from yihui.services.access.acting import acting_officer
    from yihui.services.money.payout import read_bank_files, release_payout_batch

    wiring: Wiring = context.obj
    acting = acting_officer(wiring, by, reason)
    files = read_bank_files(bank, payees, open_sheets(wiring, hidden))
    done = release_payout_batch(wiring, acting, batch, files)
    _emit_batch(wiring, done, json_)


@app.command(help=N_("Write the file of a released batch for the bank: always the same bytes."))
def export(
    context: typer.Context,
    batch: _Batch,
    payees: _Payees,
    bank: _BankTerms,
    to: Annotated[Path, typer.Option(help=N_("the file to write; only its owner can read it"))],
    by: By,
    hidden: HiddenOption = "refuse",
    json_: AsJson = False,
) -> None:
    from yihui.services.access.acting import acting_officer
    from yihui.services.money.payout import export_payout_batch, read_bank_files

    wiring: Wiring = context.obj
    acting = acting_officer(wiring, by)
    files = read_bank_files(bank, payees, open_sheets(wiring, hidden))
    _emit_batch(wiring, export_payout_batch(wiring, acting, batch, files, to, payees, bank), json_)


@app.command(
    "import-return",
    help=N_(
        "Import the bank's return file: paid orders are settled, failed ones can be paid again; each line counts once."
    ),
)
def import_return(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=N_("the bank's file (CSV, XLSX)"))],
    bank: _BankTerms,
    by: By,
    batch: Annotated[str | None, typer.Option(help=N_("the batch that it answers, to be sure"))] = None,
    partly: Annotated[
        bool, typer.Option("--partly", help=N_("take the lines that fit, list the others"))
    ] = False,
    hidden: HiddenOption = "refuse",
    json_: AsJson = False,
) -> None:
    from yihui.runtime.errors import fault_line
    from yihui.services.access.acting import acting_officer
    from yihui.services.money.payout import import_bank_return, read_bank_terms
    from yihui.views.payout import bank_return_lines

    wiring: Wiring = context.obj
    acting = acting_officer(wiring, by)
    terms, sheets = read_bank_terms(bank), open_sheets(wiring, hidden)
    found = import_bank_return(wiring, acting, file, terms, batch, partly=partly, sheets=sheets)
    differences = [fault_line(fault, wiring.language).as_json() for fault in found.differences]
    content = {**asdict(found), "differences": differences}
    emit(content, bank_return_lines(found, wiring.language), json_, default=str)
    exit_on_findings(found.differences)


@app.command(help=N_("Cancel a batch that was not released; its benefits can go into another batch."))
def cancel(context: typer.Context, batch: _Batch, by: By, reason: ShortReason, json_: AsJson = False) -> None:
    from yihui.services.access.acting import acting_officer
    from yihui.services.money.payout import cancel_payout_batch

    wiring: Wiring = context.obj
    acting = acting_officer(wiring, by, reason)
    _emit_batch(wiring, cancel_payout_batch(wiring, acting, batch), json_)


@app.command("list", help=N_("All batches, the newest first."))
def list_(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.money.payout import list_prepared_batches
    from yihui.views.payout import payout_batch_line

    found = list_prepared_batches(context.obj)
    lines = (payout_batch_line(batch, context.obj.language) for batch in found)
    emit([asdict(batch) for batch in found], lines, json_, default=str)


@app.command(help=N_("A batch with its orders and the bank's answers; or whether a file is the batch's own."))
def show(
    context: typer.Context,
    batch: _Batch,
    file: Annotated[Path | None, typer.Option(help=N_("a file to compare with what was released"))] = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.money.payout import load_batch_details
    from yihui.views.payout import batch_details_lines

    found = load_batch_details(context.obj, batch, file)
    fits = {} if found.fits is None else {"file_fits": found.fits}
    content = {**asdict(found.batch), "list": found.orders, **fits}
    emit(content, batch_details_lines(found, context.obj.language), json_, default=str)
    exit_on_findings(found.fits is False)


def _emit_batch(wiring: Wiring, batch: "PayoutBatch", as_json: bool) -> None:
    from yihui.views.payout import payout_batch_line

    emit(asdict(batch), [payout_batch_line(batch, wiring.language)], as_json, default=str)
