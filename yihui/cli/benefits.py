"""yihui benefits: what a member has, and why or why not."""

import json
from collections.abc import Callable
from typing import Annotated

import typer

from yihui.bootstrap import Wiring
from yihui.cli import benefit_appeals, benefit_debts, benefit_why

N_ = str  # marks a text for the message catalogue


def commands(_: Callable[[str], str]) -> typer.Typer:
    app = typer.Typer(
        help=_("Benefits: what a member was granted, and why or why not."), no_args_is_help=True
    )

    @app.command("list", help=_("List a member's benefits, newest first."))
    def list_(
        context: typer.Context,
        member: Annotated[str, typer.Option(help=_("the member's id"))],
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from benefits import grants_of
        from yihui.rulings import grant_json, grant_text

        wiring: Wiring = context.obj
        with wiring.database.read() as connection:
            grants = grants_of(connection, member)
        if json_:
            typer.echo(json.dumps([grant_json(grant) for grant in grants], ensure_ascii=False))
            return
        for grant in grants:
            typer.echo(grant_text(grant, wiring.language))
        typer.echo(wiring.say(N_("benefits: {count}"), count=len(grants)))

    benefit_why.add_to(app, _)
    benefit_appeals.add_to(app, _)
    benefit_debts.add_to(app, _)
    return app
