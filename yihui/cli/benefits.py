"""yihui benefits: what a member has, and why or why not."""

import json
from collections.abc import Callable
from typing import Annotated

import typer

from yihui.bootstrap import Wiring

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

    @app.command(
        help=_("Explain every decision about a member: what was looked at, what is missing, how to mend it.")
    )
    def why(
        context: typer.Context,
        member: Annotated[str, typer.Option(help=_("the member's id"))],
        rule: Annotated[str | None, typer.Option(help=_("only this rule"))] = None,
        on: Annotated[
            str | None, typer.Option("--at", help=_("only decisions on this day, such as 2026-05-01"))
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from benefits import why as decisions_about
        from geo.faults import InputFaults
        from members import scrubbed
        from yihui.arguments import day
        from yihui.rulings import no_such_rule, why_json, why_lines

        wiring: Wiring = context.obj
        with wiring.database.read() as connection:
            found = decisions_about(connection, member, rule_id=rule, on=day(on, "--at") if on else None)
        if rule and not found and not wiring.library.versions(rule):
            raise InputFaults([no_such_rule(wiring.library, rule, wiring.language)])
        if json_:
            typer.echo(json.dumps([why_json(item, wiring.language) for item in found], ensure_ascii=False))
            return
        for item in found:
            typer.echo("\n".join(why_lines(item, wiring.language)))
        if not found:
            typer.echo(wiring.say(N_("no rule has looked at {member} yet"), member=scrubbed(member)))

    return app
