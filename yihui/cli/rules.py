"""yihui rules: check, test and simulate rules, show those in force; take one from its draft to its end."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.faults import FaultError
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.acting import current_actor
from yihui.cli.options import AnyRuleArgument, AsJson, By, NewFile, PublishedReason, RuleArgument, ShortReason
from yihui.cli.output import emit, exit_on_findings, print_message, print_note
from yihui.runtime.errors import EXIT_FINDINGS

if TYPE_CHECKING:
    from rules import Rule, RuleLibrary
    from yihui.services.rules.life import SubmissionResult

app = typer.Typer(no_args_is_help=True)
_Version = Annotated[
    str, typer.Argument(help=N_("a hash or its beginning, or a rule's id"), metavar="HASH|RULE")
]
_COMPARED_HELP = N_("a rule's id, a hash or a file")


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
        from yihui.services.rules.lookup import find_rule_at_place

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
        "Simulate drafts on events of the journal and the calendar beside the rules in force: cost, who gains and loses, when the money runs out. Nothing is written."
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


@app.command(help=N_("Write a new rule file, with comments, from a template or a rule that there is."))
def draft(
    context: typer.Context,
    source: Annotated[
        str, typer.Option("--from", help=N_("voucher, cash, item, or a rule's id"), metavar="TEMPLATE|RULE")
    ],
    to: NewFile,
    begins: Annotated[
        str | None, typer.Option(help=N_("the first day; otherwise tomorrow"), metavar="DATE")
    ] = None,
    id_: Annotated[
        str | None,
        typer.Option("--id", help=N_("the id of a new rule; without it --from RULE gives its next version")),
    ] = None,
    owner: Annotated[
        str | None, typer.Option(help=N_("the organisation that grants a new rule; otherwise 370000"))
    ] = None,
) -> None:
    from yihui.runtime.arguments import parse_day
    from yihui.services.rules.drafts import write_draft
    from yihui.services.rules.lookup import draft_rule

    wiring: Wiring = context.obj
    first = parse_day(begins, "--begins") if begins else None
    write_draft(to, draft_rule(wiring, source, first, id_, owner))
    print_message(
        wiring, N_("written: {file}; edit it, then check it with: yihui rules lint {file}"), file=to
    )


@app.command(help=N_("Submit a rule file for a colleague to approve."))
def submit(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=N_("a rule file"))],
    by: By,
    takes_over: Annotated[
        bool, typer.Option("--takes-over", help=N_("end the versions that hold when this one begins"))
    ] = False,
    json_: AsJson = False,
) -> None:
    from yihui.services.rules.desk import submit_version
    from yihui.services.rules.documents import read_rule_file

    actor = current_actor(context)
    handed_in = submit_version(context.obj, actor, read_rule_file(file), takes_over=takes_over)
    headline = N_("handed in: {title} ({rule}), version {hash}, in force from {since}")
    _emit_submission(context.obj, handed_in, headline, json_)


@app.command(help=N_("Approve a version that a colleague submitted, which puts it in force."))
def approve(
    context: typer.Context,
    version: _Version,
    by: By,
    seen: Annotated[
        bool,
        typer.Option(
            "--retroactive-seen", help=N_("I have looked at what it would have changed in the past")
        ),
    ] = False,
    json_: AsJson = False,
) -> None:
    from yihui.services.rules.life import PastNotReviewed, RuleService

    wiring: Wiring = context.obj
    try:
        handed_in = RuleService(wiring).approve(version, by, seen=seen)
    except PastNotReviewed as unseen:
        headline = N_("not approved yet: {title} ({rule}), version {hash}, reaches back to {since}")
        _emit_submission(wiring, unseen.handed_in, headline, json_)
        print_note(wiring, N_("look at it, then approve it with --retroactive-seen"))
        raise typer.Exit(EXIT_FINDINGS) from unseen
    headline = N_("approved: {title} ({rule}), version {hash}, in force from {since}")
    _emit_submission(wiring, handed_in, headline, json_)


@app.command(help=N_("Reject a version that was submitted, or withdraw your own."))
def reject(context: typer.Context, version: _Version, by: By, reason: ShortReason) -> None:
    from yihui.services.rules.life import RuleService

    found = RuleService(context.obj).reject(version, by, reason)
    template = N_("rejected: {rule}, version {hash}")
    print_message(context.obj, template, rule=found.rule_id, hash=found.hash[:12])


@app.command(
    help=N_("List the versions of a rule or of all: what holds, what waits, what is over or stopped.")
)
def versions(context: typer.Context, rule: AnyRuleArgument = None, json_: AsJson = False) -> None:
    from yihui.services.rules.versions import list_versions
    from yihui.views.rule_life import version_json, version_lines

    wiring: Wiring = context.obj
    found = list_versions(wiring, rule)
    lines = (line for entry in found for line in version_lines(entry, wiring.language))
    emit([version_json(entry) for entry in found], lines, json_)


@app.command(help=N_("Show in which keys two versions differ."))
def diff(
    context: typer.Context,
    before: Annotated[str, typer.Argument(help=_COMPARED_HELP, metavar="A")],
    after: Annotated[
        str | None,
        typer.Argument(
            help=N_("the same; without it what holds today is compared with the newest version of A"),
            metavar="B",
        ),
    ] = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.rules.lookup import compare_versions
    from yihui.views.rule_life import version_difference_lines

    found = compare_versions(context.obj, before, after)
    lines = [line for one in found for line in version_difference_lines(one)]
    emit(found, lines or [context.obj.render(N_("the two say the same"))], json_)


@app.command(help=N_("Show who did what with a rule or with all, when and why."))
def log(context: typer.Context, rule: AnyRuleArgument = None, json_: AsJson = False) -> None:
    from yihui.services.rules.life import list_rule_acts
    from yihui.views.rule_life import act_line

    found = list_rule_acts(context.obj, rule)
    lines = [act_line(act, context.obj.language) for act in found]
    emit(found, lines or [context.obj.render(N_("nobody has done anything yet"))], json_)


@app.command(help=N_("Stop a rule at once, in every process; the events that it would consider are held."))
def stop(context: typer.Context, rule: RuleArgument, reason: PublishedReason, by: By) -> None:
    from yihui.services.rules.life import stop_rule_at_once

    stop_rule_at_once(context.obj, rule, by, reason)
    template = N_("stopped: {rule}; events are held until yihui rules resume {rule}")
    print_message(context.obj, template, rule=rule)


@app.command(
    help=N_(
        "Propose that a stopped rule goes on; when a second person confirms, its held events are decided first."
    )
)
def resume(
    context: typer.Context, rule: RuleArgument, by: By, reason: ShortReason = "", json_: AsJson = False
) -> None:
    from yihui.services.rules.life import propose_resuming

    act = propose_resuming(context.obj, rule, by, reason)
    said = N_("to be confirmed by somebody else: yihui approvals confirm {number}")
    emit({"number": act.number}, [context.obj.render(said, number=act.number)], json_)


@app.command(help=N_("End a rule after a day; a version approved later may follow."))
def retire(
    context: typer.Context,
    rule: RuleArgument,
    reason: PublishedReason,
    by: By,
    last_day: Annotated[
        str | None, typer.Option(help=N_("the last day; otherwise today"), metavar="DATE")
    ] = None,
) -> None:
    from yihui.runtime.arguments import parse_day
    from yihui.services.rules.life import retire_rule_after
    from yihui.views.rule_life import ended_version_lines

    last = parse_day(last_day, "--last-day") if last_day else None
    done = retire_rule_after(context.obj, rule, last, by, reason)
    print_message(context.obj, N_("retired: {rule} holds until {day}"), rule=rule, day=done.last_day)
    for line in ended_version_lines(done, context.obj.language):
        typer.echo(line)


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


def _emit_submission(wiring: Wiring, handed_in: "SubmissionResult", headline: str, as_json: bool) -> None:
    from yihui.views.rule_life import submission_json, submission_lines

    content = submission_json(handed_in, wiring.language)
    emit(content, submission_lines(handed_in, headline, wiring.language), as_json)
