"""yihui ledger seal, balances: seal the hash chains, and show the balance of every account."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    """Add the `seal` and `balances` commands."""

    @app.command(
        help=_(
            "Seal what was committed into the hash chains, and show the last seal of each, to be noted down."
        )
    )
    def seal(
        context: typer.Context,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from benefits import list_chain_heads
        from yihui.services.sealing import seal_pending

        wiring: Wiring = context.obj
        batches, rows = seal_pending(wiring)
        with wiring.database.read() as connection:
            found = list_chain_heads(connection)
        if json_:
            content = {"batches": batches, "rows": rows, "heads": [asdict(head) for head in found]}
            typer.echo(json.dumps(content, ensure_ascii=False, default=str))
            return
        for head in found:
            typer.echo(f"{head.book:32} {head.lane} {head.number:6} {head.hash}")
        typer.echo(wiring.render(N_("sealed batches: {batches}, rows: {rows}"), batches=batches, rows=rows))

    @app.command(help=_("Show what every account holds; what went out of an account is negative."))
    def balances(
        context: typer.Context,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from benefits import FEN
        from benefits import list_account_balances as all_balances
        from rules import format_yuan

        wiring: Wiring = context.obj
        with wiring.database.read() as connection:
            found = all_balances(connection)
        if json_:
            typer.echo(json.dumps([asdict(balance) for balance in found], ensure_ascii=False))
            return
        for balance in found:
            amount = format_yuan(balance.amount) if balance.unit == FEN else f"{balance.amount:,}"
            unit = wiring.render(N_("yuan")) if balance.unit == FEN else balance.unit
            typer.echo(f"{balance.account:40} {amount:>20} {unit}")
