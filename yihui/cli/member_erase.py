"""yihui members erase: erase a person's data; the pseudonymous ledger stays."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    """Add the `erase` command."""

    @app.command(
        help=_(
            "Erase a person: facts, events, applications, what decisions read, the words of appeals. The pseudonym stays in the books."
        )
    )
    def erase(
        context: typer.Context,
        member: Annotated[str, typer.Argument(help=_("the member's id"))],
        by: Annotated[str, typer.Option(help=_("who acts: a short pseudonym"))],
        reason: Annotated[str, typer.Option(help=_("why, in a sentence, without personal data"))],
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from events import erase_everywhere as erase_everywhere
        from events.retries import run_in_transaction
        from yihui.services.rule_life import acting_officer

        wiring: Wiring = context.obj
        acting = acting_officer(wiring, by, reason)
        done = run_in_transaction(
            wiring.database, lambda connection: erase_everywhere(connection, acting, member)
        )
        wiring.database.vacuum()
        if json_:
            typer.echo(json.dumps(asdict(done)))
        elif done.act is None:
            typer.echo(wiring.render(N_("nothing was left to erase of {member}"), member=member))
        else:
            told = N_("erased of {member}: {rows} rows; act {act} says who did it and why")
            typer.echo(wiring.render(told, member=member, rows=done.rows, act=done.act))
