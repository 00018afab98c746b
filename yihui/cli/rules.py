"""yihui rules: check rule files, show what is in force and what a rule may say."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yihui.bootstrap import Wiring
from yihui.cli import rule_life

if TYPE_CHECKING:
    from rules import Library, Rule


def commands(_: Callable[[str], str]) -> typer.Typer:
    app = typer.Typer(help=_("Rules: check rule files, show which hold."), no_args_is_help=True)

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
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.rule_sheet import finding_json, finding_text
        from yihui.rulebook import lint_files

        wiring: Wiring = context.obj
        findings = lint_files(paths or (), (*wiring.settings.rules, *(folders or ())))
        if json_:
            typer.echo(json.dumps([finding_json(f, wiring.language) for f in findings], ensure_ascii=False))
        else:
            for finding in findings:
                typer.echo(finding_text(finding, wiring.language))
            if not findings:
                typer.echo(wiring.say("no findings"))
        if any(finding.severity == "error" for finding in findings):
            raise typer.Exit(1)

    @app.command(help=_("List the rules, or show one: conditions, limit, basis and hash."))
    def show(
        context: typer.Context,
        rule: Annotated[str | None, typer.Argument(help=_("the rule's id"))] = None,
        folders: Annotated[
            list[Path] | None, typer.Option("--rules", help=_("a folder with more rules, may be repeated"))
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.rule_sheet import rule_json, rule_lines, rule_summary
        from yihui.rulebook import read_library

        wiring: Wiring = context.obj
        library = read_library((*wiring.settings.rules, *(folders or ())))
        shown = _chosen(library, rule, wiring)
        if json_:
            typer.echo(json.dumps([rule_json(version) for version in shown], ensure_ascii=False))
        elif rule is None:
            for version in shown:
                typer.echo(rule_summary(version, wiring.language))
        else:
            for version in shown:
                typer.echo("\n".join(rule_lines(version, wiring.language)))

    @app.command(help=_("List the facts that a rule may read: kind, unit, values, source, personal data."))
    def facts(
        context: typer.Context,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.fact_sheet import facts_json, facts_lines

        wiring: Wiring = context.obj
        if json_:
            typer.echo(json.dumps(facts_json(wiring.language), ensure_ascii=False))
        else:
            for line in facts_lines(wiring.language):
                typer.echo(line)

    @app.command(
        help=_("Print the JSON Schema of rule files, with which an editor completes and checks them.")
    )
    def schema() -> None:
        from rules import json_schema

        typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))

    rule_life.add_to(app, _)
    return app


def _chosen(library: "Library", rule: str | None, wiring: Wiring) -> "tuple[Rule, ...]":
    if rule is None:
        return library.rules
    from geo.faults import InputFaults
    from yihui.rulings import no_such_rule

    versions = library.versions(rule)
    if not versions:
        raise InputFaults([no_such_rule(library, rule, wiring.language)])
    return versions
