"""yihui doctor: check what is installed, reachable and migrated, and how to repair what is not."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.runtime.errors import EXIT_ENVIRONMENT

_MARKS = {"ok": "✓", "missing": "·", "broken": "✗"}


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    """Add the `doctor` command."""

    @app.command(help=_("Say what is installed, reachable and migrated, and how to mend what is not."))
    def doctor(
        context: typer.Context,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.runtime.health import run_health_checks

        wiring: Wiring = context.obj
        checks = list(run_health_checks(wiring))
        if json_:
            typer.echo(json.dumps([asdict(check) for check in checks], ensure_ascii=False))
        else:
            for check in checks:
                remedy = f"\n    → {check.remedy}" if check.remedy else ""
                told = wiring.render(N_("{name}: {detail}"), name=check.name, detail=check.detail)
                typer.echo(f"{_MARKS[check.state]} {told}{remedy}")
        if any(check.state == "broken" for check in checks):
            raise typer.Exit(EXIT_ENVIRONMENT)
