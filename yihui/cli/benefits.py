"""yihui benefits: what a member has, and why or why not."""

import json
from collections.abc import Callable
from typing import Annotated

import typer

from yihui.bootstrap import Wiring
from yihui.cli import benefit_appeals, benefit_claims, benefit_debts, benefit_why, vouchers

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
        from benefits import claiming_of, grants_of, positions, taking_part
        from yihui.services.claims import part_text
        from yihui.services.member_faults import refuse_unknown
        from yihui.views.grants import standing_json, standing_words
        from yihui.views.outcomes import grant_json, grant_text

        wiring: Wiring = context.obj
        with wiring.database.read() as connection:
            grants, claiming = grants_of(connection, member), claiming_of(connection, member)
            parts = taking_part(connection, member)
            standing = positions(connection, [grant.id for grant in grants])
            if not (grants or parts):
                refuse_unknown(connection, member, "--member")
        if json_:
            rows = [
                {**grant_json(grant, claiming[grant.id]), "standing": standing_json(standing[grant.id])}
                for grant in grants
            ]
            typer.echo(json.dumps(rows, ensure_ascii=False))
            return
        for grant in grants:
            told = grant_text(grant, wiring.language, claiming[grant.id])
            became = standing_words(grant, standing[grant.id], claiming[grant.id], wiring.language)
            typer.echo(wiring.language.clauses([told, *became]))
        typer.echo(wiring.say(N_("benefits: {count}"), count=len(grants)))
        for part in parts:
            typer.echo(part_text(part, wiring.language))

    @app.command(help=_("List where a member takes part or waits: entered, won, place on the waiting list."))
    def entries(
        context: typer.Context,
        member: Annotated[str, typer.Option(help=_("the member's id"))],
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from benefits import taking_part
        from yihui.services.claims import part_json, part_text
        from yihui.services.member_faults import refuse_unknown

        wiring: Wiring = context.obj
        with wiring.database.read() as connection:
            parts = taking_part(connection, member)
            if not parts:
                refuse_unknown(connection, member, "--member")
        if json_:
            typer.echo(json.dumps([part_json(part) for part in parts], ensure_ascii=False))
            return
        for part in parts:
            typer.echo(part_text(part, wiring.language))
        if not parts:
            typer.echo(wiring.say(N_("takes part in nothing")))

    benefit_claims.add_to(app, _)
    benefit_why.add_to(app, _)
    vouchers.add_expire(app, _)
    benefit_appeals.add_to(app, _)
    benefit_debts.add_to(app, _)
    return app
