"""yihui benefits debts, settle-debt, waive-debt: the debts of members whose used benefit was clawed back."""

import json
from collections.abc import Callable
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    """Add the commands for debts."""
    _add_debts(app, _)
    _add_debt_act(
        app,
        _,
        "settle-debt",
        _("Note that a member paid a debt back, or a part of it; the money goes where it came from."),
    )
    _add_debt_act(app, _, "waive-debt", _("Waive a member's debt, or a part of it; the money stays spent."))


def _add_debts(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(help=_("List what rules took back by their own terms, and what is owed because of it."))
    def debts(
        context: typer.Context,
        member: Annotated[str | None, typer.Option(help=_("only this member's"))] = None,
        all_: Annotated[bool, typer.Option("--all", help=_("also those of which nothing is owed"))] = False,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from benefits import list_debts as find
        from rules import format_yuan
        from yihui.views.decisions import debt_json, debt_lines

        wiring: Wiring = context.obj
        with wiring.database.read() as connection:
            found = find(connection, member_id=member, open_only=not all_)
        if json_:
            typer.echo(json.dumps([debt_json(item) for item in found], ensure_ascii=False))
            return
        for item in found:
            typer.echo(f"{item.member_id}  {item.rule_id}")
            typer.echo("\n".join(debt_lines(item, wiring.language)))
        owed = format_yuan(sum(item.left_fen for item in found))
        typer.echo(wiring.render(N_("debts: {count}, still owed: {yuan} yuan"), count=len(found), yuan=owed))


def _add_debt_act(app: typer.Typer, _: Callable[[str], str], name: str, help_: str) -> None:
    @app.command(name, help=help_)
    def end(
        context: typer.Context,
        debt: Annotated[str, typer.Argument(help=_("the debt's id"))],
        by: Annotated[str, typer.Option(help=_("who acts: a short pseudonym"))],
        reason: Annotated[str, typer.Option(help=_("why, in a sentence"))],
        amount: Annotated[
            str | None, typer.Option("--yuan", help=_("a part of it, in yuan; otherwise all that is owed"))
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from benefits import settle_debt, waive_debt
        from events.retries import run_in_transaction
        from yihui.runtime.arguments import parse_fen
        from yihui.services.rule_life import acting_officer
        from yihui.views.decisions import debt_json, debt_lines

        wiring: Wiring = context.obj
        work = settle_debt if name == "settle-debt" else waive_debt
        part = parse_fen(amount, "--yuan") if amount is not None else None
        acting = acting_officer(wiring, by, reason)
        done = run_in_transaction(wiring.database, lambda connection: work(connection, acting, debt, part))
        if json_:
            typer.echo(json.dumps(debt_json(done), ensure_ascii=False))
        else:
            typer.echo("\n".join(debt_lines(done, wiring.language)))
