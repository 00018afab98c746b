"""yihui benefits: a member's benefits, and why each was or was not granted."""

import json
from collections.abc import Callable
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli import benefit_appeals, benefit_claims, benefit_debts, benefit_why, vouchers


def build_commands(_: Callable[[str], str]) -> typer.Typer:
    """Build the `benefits` command group."""
    app = typer.Typer(
        help=_("Benefits: what a member was granted, and why or why not."), no_args_is_help=True
    )

    @app.command("list", help=_("List a member's benefits, newest first."))
    def list_(
        context: typer.Context,
        member: Annotated[str, typer.Option(help=_("the member's id"))],
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from benefits import (
            claim_status_by_grant,
            list_member_grants,
            list_participations,
            read_grant_positions,
        )
        from yihui.services.unknown_ids import require_known_member
        from yihui.views.claims import participation_text
        from yihui.views.grants import grant_position_texts, grant_positions_json
        from yihui.views.outcomes import grant_json, grant_text

        wiring: Wiring = context.obj
        with wiring.database.read() as connection:
            grants, claiming = (
                list_member_grants(connection, member),
                claim_status_by_grant(connection, member),
            )
            parts = list_participations(connection, member)
            standing = read_grant_positions(connection, [grant.id for grant in grants])
            if not (grants or parts):
                require_known_member(connection, member, "--member")
        if json_:
            rows = [
                {
                    **grant_json(grant, claiming[grant.id]),
                    "standing": grant_positions_json(standing[grant.id]),
                }
                for grant in grants
            ]
            typer.echo(json.dumps(rows, ensure_ascii=False))
            return
        for grant in grants:
            told = grant_text(grant, wiring.language, claiming[grant.id])
            became = grant_position_texts(grant, standing[grant.id], claiming[grant.id], wiring.language)
            typer.echo(wiring.language.join_clauses([told, *became]))
        typer.echo(wiring.render(N_("benefits: {count}"), count=len(grants)))
        for part in parts:
            typer.echo(participation_text(part, wiring.language))

    @app.command(help=_("List where a member takes part or waits: entered, won, place on the waiting list."))
    def entries(
        context: typer.Context,
        member: Annotated[str, typer.Option(help=_("the member's id"))],
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from benefits import list_participations
        from yihui.services.unknown_ids import require_known_member
        from yihui.views.claims import participation_json, participation_text

        wiring: Wiring = context.obj
        with wiring.database.read() as connection:
            parts = list_participations(connection, member)
            if not parts:
                require_known_member(connection, member, "--member")
        if json_:
            typer.echo(json.dumps([participation_json(part) for part in parts], ensure_ascii=False))
            return
        for part in parts:
            typer.echo(participation_text(part, wiring.language))
        if not parts:
            typer.echo(wiring.render(N_("takes part in nothing")))

    benefit_claims.add_commands(app, _)
    benefit_why.add_commands(app, _)
    vouchers.add_expire_command(app, _)
    benefit_appeals.add_commands(app, _)
    benefit_debts.add_commands(app, _)
    return app
