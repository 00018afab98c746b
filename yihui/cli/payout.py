"""yihui payout: pay cash benefits by bank.

One officer prepares a batch, a second officer releases it, and the bank's return file says which
payments were paid and which failed.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.runtime.errors import EXIT_FINDINGS

if TYPE_CHECKING:
    from benefits import PayoutBatch

Translator = Callable[[str], str]

BATCH_HELP = N_("the batch, such as PB000001")
BY_HELP = N_("who acts: a short pseudonym")
BANK_TERMS_HELP = N_("the configuration of the bank's files (YAML)")
PAYEES_HELP = N_("the accounts by member's pseudonym (CSV, XLSX); read, never kept")
JSON_HELP = N_("print JSON")

_STATES = {
    "prepared": N_("prepared"),
    "released": N_("released"),
    "cancelled": N_("cancelled"),
    "open": N_("under way"),
    "paid": N_("paid by the bank"),
    "failed": N_("failed"),
}
_SHOWN = 20


def build_commands(_: Translator) -> typer.Typer:
    app = typer.Typer(
        help=_("Payments by bank: prepare, release by a second person, export, take the bank's answer."),
        no_args_is_help=True,
    )
    _add_prepare(app, _)
    _add_release(app, _)
    _add_export(app, _)
    _add_import(app, _)
    _add_cancel(app, _)
    _add_list(app, _)
    _add_show(app, _)
    return app


def _add_prepare(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("Put open cash benefits into a new batch; they are in no other until it is over."))
    def prepare(
        context: typer.Context,
        payees: Annotated[Path, typer.Option(help=_(PAYEES_HELP))],
        bank: Annotated[Path, typer.Option(help=_(BANK_TERMS_HELP))],
        by: Annotated[str, typer.Option(help=_(BY_HELP))],
        reason: Annotated[str, typer.Option(help=_("what the payment is for"))] = "",
        rule: Annotated[str | None, typer.Option(help=_("only of this rule"))] = None,
        until: Annotated[
            str | None, typer.Option(help=_("only what was granted up to this day"), metavar="DATE")
        ] = None,
        most: Annotated[int | None, typer.Option(min=1, help=_("at most so many orders"))] = None,
        despite_debts: Annotated[
            bool, typer.Option("--despite-debts", help=_("also those of which something is owed"))
        ] = False,
        json_: Annotated[bool, typer.Option("--json", help=_(JSON_HELP))] = False,
    ) -> None:
        from benefits import PayoutCriteria
        from yihui.runtime.arguments import parse_day
        from yihui.services.payout import (
            acting_officer,
            left_out_json,
            prepare_payout_batch,
            read_bank_files,
        )

        wiring: Wiring = context.obj
        wanted = PayoutCriteria(rule, parse_day(until, "--until") if until else None, most, despite_debts)
        acting = acting_officer(wiring, by, reason)
        made = prepare_payout_batch(wiring, acting, wanted, read_bank_files(bank, payees))
        left = [left_out_json(item, wiring) for item in made.left_out]
        if json_:
            typer.echo(_json({**_batch_json(made.batch), "left_out": left}))
            return
        for item in left[:_SHOWN]:
            typer.echo(wiring.render(N_("left out: {member}: {reason}"), **item), err=True)
        if len(left) > _SHOWN:
            typer.echo(
                wiring.render(N_("… and {count} more, see --json"), count=len(left) - _SHOWN), err=True
            )
        _print_batch(wiring, made.batch)
        typer.echo(
            wiring.render(N_("to be released by somebody else: yihui payout release {id}"), id=made.batch.id),
            err=True,
        )


def _add_release(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("Let a batch go that somebody else prepared; nothing of it changes any more."))
    def release(
        context: typer.Context,
        batch: Annotated[str, typer.Argument(help=_(BATCH_HELP))],
        payees: Annotated[Path, typer.Option(help=_(PAYEES_HELP))],
        bank: Annotated[Path, typer.Option(help=_(BANK_TERMS_HELP))],
        by: Annotated[str, typer.Option(help=_(BY_HELP))],
        reason: Annotated[str, typer.Option(help=_("a remark"))] = "",
        json_: Annotated[bool, typer.Option("--json", help=_(JSON_HELP))] = False,
    ) -> None:
        from yihui.services.payout import acting_officer, read_bank_files
        from yihui.services.payout import release_payout_batch as let_go

        wiring: Wiring = context.obj
        acting = acting_officer(wiring, by, reason)
        _print_batch_or_json(
            wiring, let_go(wiring, acting, batch, read_bank_files(bank, payees)), as_json=json_
        )


def _add_export(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("Write the file of a released batch for the bank: always the same bytes."))
    def export(
        context: typer.Context,
        batch: Annotated[str, typer.Argument(help=_(BATCH_HELP))],
        payees: Annotated[Path, typer.Option(help=_(PAYEES_HELP))],
        bank: Annotated[Path, typer.Option(help=_(BANK_TERMS_HELP))],
        to: Annotated[Path, typer.Option(help=_("the file to write; only its owner can read it"))],
        by: Annotated[str, typer.Option(help=_(BY_HELP))],
        json_: Annotated[bool, typer.Option("--json", help=_(JSON_HELP))] = False,
    ) -> None:
        from yihui.services.payout import acting_officer, read_bank_files
        from yihui.services.payout import export_payout_batch as write

        wiring: Wiring = context.obj
        acting = acting_officer(wiring, by)
        done = write(wiring, acting, batch, read_bank_files(bank, payees), to, payees, bank)
        _print_batch_or_json(wiring, done, as_json=json_)


def _add_import(app: typer.Typer, _: Translator) -> None:
    @app.command(
        "import-return",
        help=_("Take the bank's answer: paid is settled, failed can be paid again; each line once."),
    )
    def import_return(
        context: typer.Context,
        file: Annotated[Path, typer.Argument(help=_("the bank's file (CSV, XLSX)"))],
        bank: Annotated[Path, typer.Option(help=_(BANK_TERMS_HELP))],
        by: Annotated[str, typer.Option(help=_(BY_HELP))],
        batch: Annotated[str | None, typer.Option(help=_("the batch that it answers, to be sure"))] = None,
        partly: Annotated[
            bool, typer.Option("--partly", help=_("take the lines that fit, list the others"))
        ] = False,
        json_: Annotated[bool, typer.Option("--json", help=_(JSON_HELP))] = False,
    ) -> None:
        from rules import format_yuan
        from yihui.runtime.errors import fault_line
        from yihui.services.payout import (
            acting_officer,
            read_bank_terms,
        )
        from yihui.services.payout import import_bank_return as take

        wiring: Wiring = context.obj
        acting = acting_officer(wiring, by)
        found = take(wiring, acting, file, read_bank_terms(bank), batch, partly=partly)
        lines = [fault_line(item, wiring.language) for item in found.differences]
        if json_:
            typer.echo(_json({**asdict(found), "differences": [line.as_json() for line in lines]}))
        else:
            for line in lines:
                typer.echo(line.text())
            told = N_(
                "paid: {paid} ({paid_yuan} yuan), failed: {failed} ({failed_yuan} yuan), known already: {already}; without an answer: {open}; differences: {count}"
            )
            figures = {"paid": found.paid, "failed": found.failed, "already": found.already}
            typer.echo(
                wiring.render(
                    told,
                    **figures,
                    paid_yuan=format_yuan(found.paid_fen),
                    failed_yuan=format_yuan(found.failed_fen),
                    open=found.open_after,
                    count=len(lines),
                )
            )
        if lines:
            raise typer.Exit(EXIT_FINDINGS)


def _add_cancel(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("Drop a batch that was not released; what was in it can go into another."))
    def cancel(
        context: typer.Context,
        batch: Annotated[str, typer.Argument(help=_(BATCH_HELP))],
        by: Annotated[str, typer.Option(help=_(BY_HELP))],
        reason: Annotated[str, typer.Option(help=_("why"))],
        json_: Annotated[bool, typer.Option("--json", help=_(JSON_HELP))] = False,
    ) -> None:
        from yihui.services.payout import acting_officer
        from yihui.services.payout import cancel_payout_batch as drop

        wiring: Wiring = context.obj
        acting = acting_officer(wiring, by, reason)
        _print_batch_or_json(wiring, drop(wiring, acting, batch), as_json=json_)


def _add_list(app: typer.Typer, _: Translator) -> None:
    @app.command("list", help=_("All batches, the newest first."))
    def list_(
        context: typer.Context,
        json_: Annotated[bool, typer.Option("--json", help=_(JSON_HELP))] = False,
    ) -> None:
        from benefits import list_payout_batches

        wiring: Wiring = context.obj
        with wiring.database.read() as connection:
            found = list_payout_batches(connection)
        if json_:
            typer.echo(_json([_batch_json(batch) for batch in found]))
            return
        for batch in found:
            _print_batch(wiring, batch)


def _add_show(app: typer.Typer, _: Translator) -> None:
    @app.command(
        help=_("A batch with its orders and the bank's answers; or whether a file is the batch's own.")
    )
    def show(
        context: typer.Context,
        batch: Annotated[str, typer.Argument(help=_(BATCH_HELP))],
        file: Annotated[Path | None, typer.Option(help=_("a file to compare with what was released"))] = None,
        json_: Annotated[bool, typer.Option("--json", help=_(JSON_HELP))] = False,
    ) -> None:
        from rules import format_yuan
        from yihui.services.payout import load_batch_details as look

        wiring: Wiring = context.obj
        found = look(wiring, batch, file)
        if json_:
            fits = {} if found.fits is None else {"file_fits": found.fits}
            typer.echo(_json({**_batch_json(found.batch), "list": found.orders, **fits}))
        else:
            _print_batch(wiring, found.batch)
            for order in found.orders:
                state = wiring.render(_STATES[str(order["state"])])
                amount = format_yuan(int(str(order["amount_fen"])))
                typer.echo(
                    f"  {order['reference']}  {order['member_id']}  {amount:>12}  {state}  {order['title']}"
                )
            if found.fits is not None:
                same = N_("the file is the batch's own, byte for byte")
                other = N_("the file is not the batch's own: it was changed, or belongs to another batch")
                typer.echo(wiring.render(same if found.fits else other))
        if found.fits is False:
            raise typer.Exit(EXIT_FINDINGS)


def _print_batch_or_json(wiring: Wiring, batch: "PayoutBatch", *, as_json: bool) -> None:
    if as_json:
        typer.echo(_json(_batch_json(batch)))
    else:
        _print_batch(wiring, batch)


def _print_batch(wiring: Wiring, batch: "PayoutBatch") -> None:
    from rules import format_yuan

    told = N_("{id}  {state}  orders: {orders}  sum: {yuan} yuan  file: {digest}")
    typer.echo(
        wiring.render(
            told,
            id=batch.id,
            state=wiring.render(_STATES[batch.state]),
            orders=batch.orders,
            yuan=format_yuan(batch.amount_fen),
            digest=batch.file_digest,
        )
    )


def _batch_json(batch: "PayoutBatch") -> dict[str, object]:
    return asdict(batch)


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, default=str)
