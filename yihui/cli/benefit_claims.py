"""yihui benefits claim, give-up: a member claims a grant, or gives up an entry or a waiting-list place."""

import json
from collections.abc import Callable
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    """Add the `claim` and `give-up` commands."""

    @app.command(help=_("Claim a benefit that lapses otherwise; repeated it changes nothing."))
    def claim(
        context: typer.Context,
        grant: Annotated[
            str, typer.Argument(help=_("the grant's id, as yihui benefits list --json tells it"))
        ],
        member: Annotated[
            str | None, typer.Option(help=_("the member's id; must be the grant's own"))
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.services.claims import claim_grant as claim_now
        from yihui.views.claims import claim_result_json, claim_result_text

        wiring: Wiring = context.obj
        done = claim_now(wiring, grant, member)
        if json_:
            typer.echo(json.dumps(claim_result_json(done), ensure_ascii=False))
            return
        typer.echo(claim_result_text(done, wiring.language))

    @app.command("give-up", help=_("Give up an entry, or a place on the waiting list."))
    def give_up(
        context: typer.Context,
        id_: Annotated[
            str, typer.Argument(metavar="ID", help=_("its id, as yihui benefits entries --json tells it"))
        ],
        member: Annotated[str, typer.Option(help=_("the member's id"))],
    ) -> None:
        from yihui.services.claims import give_up_participation as give_up_now

        wiring: Wiring = context.obj
        done = give_up_now(wiring, id_, member)
        told = N_("given up: {rule}") if done.is_new else N_("was given up before: {rule}")
        typer.echo(wiring.render(told, rule=done.rule_id))
