"""yihui rules test: run an officer's own cases against rules, and list the lines that no case covers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from yihui.bootstrap import Wiring


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(
        "test",
        help=_(
            "Run cases of your own: which come out otherwise, side by side, and which lines no case touches."
        ),
    )
    def test_(
        context: typer.Context,
        files: Annotated[list[Path], typer.Argument(metavar="FILE…", help=_("files or folders with cases"))],
        rule: Annotated[
            list[Path] | None,
            typer.Option("--rule", help=_("a rule file to try instead of the library, may be repeated")),
        ] = None,
        folders: Annotated[
            list[Path] | None, typer.Option("--rules", help=_("a folder with more rules, may be repeated"))
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.services.rule_cases import case_run_json, case_run_lines, run_rule_cases

        wiring: Wiring = context.obj
        trial = run_rule_cases(files, rule or (), (*wiring.settings.rules, *(folders or ())))
        if json_:
            typer.echo(json.dumps(case_run_json(trial, wiring.language), ensure_ascii=False))
        else:
            for line in case_run_lines(trial, wiring.language):
                typer.echo(line)
        if trial.failed_rulings:
            raise typer.Exit(1)
