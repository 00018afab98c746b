"""yihui ledger: verify, export and seal it, and set budgets."""

import json
from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli import ledger_balances as ledger_books
from yihui.cli import ledger_dossier, ledger_reconcile
from yihui.runtime.errors import EXIT_FINDINGS, fault_line

_AGREE = N_(
    "decisions: {decisions}, grants: {grants}, postings: {postings}, promised: {yuan} yuan; all agree"
)
_DISAGREE = N_(
    "decisions: {decisions}, grants: {grants}, postings: {postings}, promised: {yuan} yuan; rows that do not agree: {count}"
)

_GAP = N_("batches that wait to be sealed: {batches}, since {since}; yihui ledger seal seals them")


def build_commands(_: Callable[[str], str]) -> typer.Typer:
    """Build the `ledger` command group."""
    app = typer.Typer(help=_("The ledger: verify, seal, export, balances, budgets."), no_args_is_help=True)

    @app.command(help=_("Recompute the whole ledger from its rows; name every row that does not agree."))
    def verify(
        context: typer.Context,
        export: Annotated[
            Path | None, typer.Option("--export", help=_("an export instead of the database; needs none"))
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from benefits import verify_export
        from benefits import verify_ledger as recompute
        from core.civil_time import format_wall_clock
        from rules import format_yuan

        wiring: Wiring = context.obj
        if export is not None:
            found = verify_export(export)
        else:
            with wiring.database.read() as connection:
                found = recompute(connection)
        lines = [fault_line(item, wiring.language).message for item in found.disagreements]
        if json_:
            content = {**asdict(found), "disagreements": lines, "sound": not lines}
            typer.echo(json.dumps(content, ensure_ascii=False, default=str))
        else:
            for line in lines:
                typer.echo(line)
            template = _AGREE if not lines else _DISAGREE
            counts = {"decisions": found.decisions, "grants": found.grants, "postings": found.postings}
            typer.echo(
                wiring.render(template, **counts, yuan=format_yuan(found.promised_fen), count=len(lines))
            )
            if found.gap.since is not None:
                since = format_wall_clock(found.gap.since)
                typer.echo(wiring.render(_GAP, batches=found.gap.batches, since=since))
        if lines:
            raise typer.Exit(EXIT_FINDINGS)

    @app.command(help=_("Write the canonical export: one JSON object a line, the same for the same ledger."))
    def export(
        context: typer.Context,
        out: Annotated[Path | None, typer.Option(help=_("a file; standard output unless said"))] = None,
        seals: Annotated[
            bool, typer.Option("--seals", help=_("with the hash chains, so that nobody can make it anew"))
        ] = False,
    ) -> None:
        from benefits import canonical_export_lines
        from yihui.files.whole_files import write_lines_atomically

        wiring: Wiring = context.obj
        with wiring.database.read() as connection:
            if out is not None:
                write_lines_atomically(out, canonical_export_lines(connection, seals=seals))
            else:
                for line in canonical_export_lines(connection, seals=seals):
                    typer.echo(line)

    @app.command(help=_("Set a budget in yuan, or list all budgets."))
    def budget(
        context: typer.Context,
        budget_id: Annotated[
            str | None, typer.Argument(metavar="BUDGET", help=_("the budget's id, as the rules name it"))
        ] = None,
        amount_yuan: Annotated[
            str | None, typer.Argument(metavar="YUAN", help=_("the amount in yuan"))
        ] = None,
        by: Annotated[str, typer.Option(help=_("who acts: a short pseudonym"))] = "",
        reason: Annotated[str, typer.Option(help=_("why, in a sentence"))] = "",
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from benefits import BudgetBelowPromises, list_budgets, set_budget
        from rules import format_yuan
        from yihui.services.rule_life import acting_officer

        wiring: Wiring = context.obj
        if budget_id and amount_yuan:
            amount_fen = _parse_ceiling_fen(amount_yuan)
            try:
                with wiring.database.write() as connection:
                    acting = acting_officer(wiring, by, reason).require_reason()
                    set_budget(connection, budget_id, amount_fen, acting)
            except BudgetBelowPromises as refused:
                raise refused.at(value=amount_yuan) from refused
            _warn_if_unnamed(wiring, budget_id)
        with wiring.database.read() as connection:
            found = list_budgets(connection)
        if json_:
            typer.echo(json.dumps([asdict(item) for item in found], ensure_ascii=False))
            return
        for item in found:
            ceiling = (
                format_yuan(item.ceiling_fen) if item.ceiling_fen is not None else wiring.render("not set")
            )
            text = wiring.render(
                "promised {promised} of {ceiling} yuan",
                promised=format_yuan(item.promised_fen),
                ceiling=ceiling,
            )
            typer.echo(f"{item.id:32} {text}")

    ledger_books.add_commands(app, _)
    ledger_reconcile.add_commands(app, _)
    ledger_dossier.add_commands(app, _)
    return app


def _warn_if_unnamed(wiring: Wiring, budget_id: str) -> None:
    """Warn about a budget that no rule names, since it limits nothing; the rule may come later."""
    named = sorted({rule.definition.budget for rule in wiring.library.rules if rule.definition.budget})
    if budget_id not in named:
        told = N_(
            "note: no rule in force names the budget {id}, so that it limits nothing; rules name {known}"
        )
        typer.echo(wiring.render(told, id=budget_id, known=wiring.language.format_list(named)), err=True)


def _parse_ceiling_fen(amount_yuan: str) -> int:
    """Parse an amount in yuan to fen, without a float; zero is allowed. *Raises*: FaultError."""
    from core.faults import Fault, FaultError

    message, remedy = N_("{value} is no amount in yuan"), N_("write 50000 or 50000.50")
    try:
        fen = Decimal(amount_yuan.replace(",", "")) * 100
        if fen == fen.to_integral_value() and 0 <= fen < 2**63:
            return int(fen)
        if fen < 0:
            message = N_("a budget can't be negative: {value} yuan")
            remedy = N_("write what it is in all from now on; at least what is promised out of it")
    except InvalidOperation:
        pass  # refused below, like every other invalid amount
    raise FaultError([Fault(message, remedy, field="YUAN", value=amount_yuan)])
