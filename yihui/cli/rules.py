"""yihui rules: check, test and simulate rules, show those in force, list the facts that a rule may use."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.faults import FaultError
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli import rule_life
from yihui.cli.options import AnyRuleArgument, AsJson
from yihui.cli.output import emit, exit_on_findings

if TYPE_CHECKING:
    from rules import Rule, RuleLibrary

app = typer.Typer(no_args_is_help=True)


@app.command(help=N_("Check rule files: every fault with its place, the reason and the remedy."))
def lint(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help=N_("files or folders; without any the whole library is checked")),
    ] = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.rules.lint import lint_paths
    from yihui.views.rules import rule_fault_json, rule_fault_text

    wiring: Wiring = context.obj
    found = lint_paths(wiring, paths or ())
    lines = [rule_fault_text(one, wiring.language) for one in found] or [wiring.render(N_("no findings"))]
    emit([rule_fault_json(one, wiring.language) for one in found], lines, json_)
    exit_on_findings(any(one.severity == "error" for one in found))


@app.command(help=N_("List the rules, or show one: conditions, limit, basis and hash."))
def show(
    context: typer.Context,
    rule: AnyRuleArgument = None,
    at: Annotated[
        str | None,
        typer.Option(help=N_("an organisation's code: the rule as it holds there")),
    ] = None,
    on: Annotated[str | None, typer.Option(help=N_("the day, with --at; otherwise today"))] = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.rules.sources import read_rule_sources
    from yihui.views.rules import rule_json, rule_lines, rule_summary

    wiring: Wiring = context.obj
    library = read_rule_sources(wiring).load_library()
    if at is None:
        shown = _select_rules(library, rule, wiring)
    else:
        from yihui.services.rules.adaptations import find_rule_at_place

        shown = (find_rule_at_place(wiring, library, rule, at, on),)
    language = wiring.language
    one_line = [rule_summary(version, language) for version in shown] if rule is None else ()
    lines = one_line or (line for version in shown for line in rule_lines(version, language))
    emit([rule_json(version) for version in shown], lines, json_)


def _select_rules(library: "RuleLibrary", rule: str | None, wiring: Wiring) -> "tuple[Rule, ...]":
    if rule is None:
        return library.rules
    from yihui.services.members.unknown_ids import unknown_rule_fault

    versions = library.versions(rule)
    if not versions:
        raise FaultError([unknown_rule_fault(library, rule, wiring.language)])
    return versions


@app.command(help=N_("List the facts that a rule may read: kind, unit, values, source, personal data."))
def facts(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.views.rules import facts_json, facts_lines

    emit(facts_json(context.obj.language), facts_lines(context.obj.language), json_)


@app.command(
    help=N_("Show how conditions and amounts are written: every operator and function with examples.")
)
def expressions(context: typer.Context) -> None:
    from yihui.views.expressions import render_expression_page

    typer.echo(render_expression_page(context.obj.language), nl=False)


@app.command(
    help=N_(
        "Simulate drafts on past events beside the rules in force: cost, who gains and loses, when the money runs out. Nothing is written."
    )
)
def simulate(
    context: typer.Context,
    drafts: Annotated[list[Path], typer.Argument(metavar="DRAFT…", help=N_("rule files of drafts"))],
    since: Annotated[
        str | None, typer.Option("--from", help=N_("first day to replay, such as 2026-01-01"))
    ] = None,
    until: Annotated[str | None, typer.Option(help=N_("last day to replay, such as 2026-12-31"))] = None,
    backdate: Annotated[
        bool,
        typer.Option(
            "--backdate", help=N_("treat the drafts as if they had been in force on every day replayed")
        ),
    ] = False,
    json_: AsJson = False,
) -> None:
    from yihui.runtime.arguments import parse_day
    from yihui.services.rules.simulation import SimulationRequest, run_simulation
    from yihui.services.rules.simulation_drafts import read_draft_texts
    from yihui.services.rules.simulation_report import REPORT_JSON, build_simulation_report
    from yihui.views.rule_simulation import simulation_report_lines

    wiring: Wiring = context.obj
    request = SimulationRequest(
        read_draft_texts(drafts),
        since=parse_day(since, "--from") if since else None,
        until=parse_day(until, "--until") if until else None,
        backdate=backdate,
    )
    report = build_simulation_report(run_simulation(wiring, request))
    lines = simulation_report_lines(report, wiring.language)
    emit(lambda: REPORT_JSON.dump_python(report, mode="json"), lines, json_)


app.registered_commands += rule_life.app.registered_commands


@app.command(
    help=N_(
        "Run your own cases against the rules: list those with another result than expected, and the lines of rules that no case covers."
    )
)
def test(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help=N_("files or folders with cases"))],
    rule: Annotated[
        list[Path] | None,
        typer.Option("--rule", help=N_("a rule file to try instead of the library, may be repeated")),
    ] = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.rules.cases import run_rule_cases
    from yihui.views.rule_cases import case_run_json, case_run_lines

    wiring: Wiring = context.obj
    trial = run_rule_cases(wiring, files, rule or ())
    emit(case_run_json(trial, wiring.language), case_run_lines(trial, wiring.language), json_)
    exit_on_findings(trial.failed)
