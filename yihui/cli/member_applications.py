"""yihui members applications: a member's applications, step by step."""

from collections.abc import Callable
from typing import Annotated

import typer

from yihui.bootstrap import Wiring


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    """Add the `applications` command."""

    @app.command(help=_("Show what a member has applied for, step by step, and how far each has come."))
    def applications(
        context: typer.Context,
        member: Annotated[str, typer.Option(help=_("the member's id"))],
        on: Annotated[
            str | None, typer.Option(help=_("a date such as 2026-05-01; today unless said"))
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        import json

        from core.civil_time import civil_date
        from members import read_application_steps
        from yihui.runtime.arguments import parse_day
        from yihui.services.unknown_ids import require_known_member
        from yihui.views.applications import applications_json, applications_lines

        wiring: Wiring = context.obj
        with wiring.database.read() as connection:
            require_known_member(connection, member, "--member")
            steps = read_application_steps(connection, [member])[member]
        on_day = parse_day(on) if on else civil_date(wiring.now())
        if json_:
            typer.echo(json.dumps(applications_json(steps, on_day), ensure_ascii=False))
            return
        for line in applications_lines(steps, on_day, wiring.language):
            typer.echo(line)
