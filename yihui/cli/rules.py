"""yihui rules: check rule files, show the rules in force, and list the facts and expressions that a rule may
use.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yihui.bootstrap import Wiring
from yihui.cli import rule_life, rule_lint, rule_simulate, rule_test

if TYPE_CHECKING:
    from rules import Rule, RuleLibrary


def build_commands(_: Callable[[str], str]) -> typer.Typer:
    app = typer.Typer(help=_("Rules: check rule files, show which hold."), no_args_is_help=True)

    rule_lint.add_commands(app, _)

    @app.command(help=_("List the rules, or show one: conditions, limit, basis and hash."))
    def show(
        context: typer.Context,
        rule: Annotated[str | None, typer.Argument(help=_("the rule's id"))] = None,
        folders: Annotated[
            list[Path] | None, typer.Option("--rules", help=_("a folder with more rules, may be repeated"))
        ] = None,
        at: Annotated[
            str | None,
            typer.Option(
                help=_("an organisation's code: the rule as it holds there, and where each line is from")
            ),
        ] = None,
        on: Annotated[str | None, typer.Option(help=_("the day, with --at; otherwise today"))] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.services.rules import read_library
        from yihui.views.rules import rule_json, rule_lines, rule_summary

        wiring: Wiring = context.obj
        everywhere = (*wiring.settings.rules, *(folders or ()))
        if at is not None:
            from yihui.services.rule_adaptations import rule_lines_at_place

            for line in rule_lines_at_place(wiring, everywhere, (rule, at, on), as_json=json_):
                typer.echo(line)
            return
        library = read_library(everywhere)
        shown = _select_rules(library, rule, wiring)
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
        from yihui.views.rules import facts_json, facts_lines

        wiring: Wiring = context.obj
        if json_:
            typer.echo(json.dumps(facts_json(wiring.language), ensure_ascii=False))
        else:
            for line in facts_lines(wiring.language):
                typer.echo(line)

    @app.command(
        help=_("Show how conditions and amounts are written: every operator and function with examples.")
    )
    def expressions(context: typer.Context) -> None:
        from yihui.views.expressions import render_expression_page

        wiring: Wiring = context.obj
        typer.echo(render_expression_page(wiring.language), nl=False)

    rule_simulate.add_commands(app, _)
    rule_life.add_commands(app, _)
    rule_test.add_commands(app, _)
    return app


def _select_rules(library: "RuleLibrary", rule: str | None, wiring: Wiring) -> "tuple[Rule, ...]":
    if rule is None:
        return library.rules
    from core.faults import FaultError
    from yihui.services.unknown_ids import unknown_rule_fault

    versions = library.versions(rule)
    if not versions:
        raise FaultError([unknown_rule_fault(library, rule, wiring.language)])
    return versions
