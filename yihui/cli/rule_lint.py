"""yihui rules lint, yihui rules schema: check rule files before use, and print the JSON Schema for editors."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from yihui.bootstrap import Wiring


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command("lint", help=_("Check rule files: every fault with its place, the reason and the remedy."))
    def lint_(
        context: typer.Context,
        paths: Annotated[
            list[Path] | None,
            typer.Argument(help=_("files or folders; without any the whole library is checked")),
        ] = None,
        folders: Annotated[
            list[Path] | None, typer.Option("--rules", help=_("a folder with more rules, may be repeated"))
        ] = None,
        budget: Annotated[
            list[str] | None,
            typer.Option(
                metavar="NAME=FEN",
                help=_("a budget in fen that the quotas must fit into, may be repeated"),
            ),
        ] = None,
        ledger: Annotated[
            bool, typer.Option("--budgets-of-ledger", help=_("hold the quotas against the ledger's budgets"))
        ] = False,
        json_: Annotated[
            bool, typer.Option("--json", help=_("print JSON, with ranges as editors want them"))
        ] = False,
    ) -> None:
        from yihui.services.rule_lint import lint_paths, load_budgets
        from yihui.views.rule_lint import lint_json, lint_lines

        wiring: Wiring = context.obj
        budgets = load_budgets(wiring, budget or (), ledger=ledger)
        checked = lint_paths(paths or (), (*wiring.settings.rules, *(folders or ())), budgets)
        if json_:
            typer.echo(json.dumps(lint_json(checked, wiring.language), ensure_ascii=False))
        else:
            for line in lint_lines(checked, wiring.language):
                typer.echo(line)
        if checked.has_errors:
            raise typer.Exit(1)

    @app.command(
        help=_("Print the JSON Schema of rule files, with which an editor completes and checks them.")
    )
    def schema(
        context: typer.Context,
        to: Annotated[
            Path | None, typer.Option(help=_("write it into this file, which rule files then name"))
        ] = None,
    ) -> None:
        from rules import rule_schema
        from yihui.files.whole_files import check_output_path, write_atomically

        wiring: Wiring = context.obj
        text = json.dumps(rule_schema(wiring.language.translate), ensure_ascii=False, indent=2)
        if to is None:
            typer.echo(text)
            return
        check_output_path(to)
        write_atomically(to, text + "\n")
        line = f"# yaml-language-server: $schema={to}"
        typer.echo(wiring.render("written; begin a rule file with the line: {line}", line=line), err=True)
