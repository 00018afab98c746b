"""yihui benefits why: explain every decision about a member; for a 12351 agent in three sentences."""

import json
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.runtime.errors import EXIT_FINDINGS

if TYPE_CHECKING:
    from benefits import DecisionRecord
    from events import SkipExplanation


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    """Add the `why` command."""

    @app.command(
        help=_("Explain every decision about a member: what was looked at, what is missing, how to mend it.")
    )
    def why(
        context: typer.Context,
        member: Annotated[str, typer.Option(help=_("the member's id"))],
        rule: Annotated[str | None, typer.Option(help=_("only this rule"))] = None,
        on: Annotated[
            str | None, typer.Option("--at", help=_("only decisions on this day, such as 2026-05-01"))
        ] = None,
        agent: Annotated[
            bool, typer.Option("--agent", help=_("only the three sentences for a 12351 agent"))
        ] = False,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from benefits import load_decision_records
        from members import scrub_personal_numbers
        from yihui.runtime.arguments import parse_day
        from yihui.services.unknown_ids import require_known_member

        wiring: Wiring = context.obj
        at = parse_day(on, "--at") if on else None
        with wiring.database.read() as connection:
            found = load_decision_records(connection, member, rule_id=rule, on=at)
            if not (found or rule):
                require_known_member(connection, member, "--member")
        if rule and not found:
            _print_no_decision(wiring, member, rule, at, agent=agent, as_json=json_)
        elif json_:
            from yihui.views.decisions import decision_record_json

            typer.echo(
                json.dumps(
                    [decision_record_json(item, wiring.language) for item in found], ensure_ascii=False
                )
            )
        elif not found:
            nothing = N_("no rule looked at {member} on {day}; without --at all days are told")
            template = nothing if at else N_("no rule has looked at {member} yet")
            typer.echo(wiring.render(template, member=scrub_personal_numbers(member), day=at))
        else:
            _print_records(wiring, found, agent=agent)


def _print_records(wiring: Wiring, found: "list[DecisionRecord]", *, agent: bool) -> None:
    from yihui.views.agent_script import render_agent_summary
    from yihui.views.decisions import decision_record_lines

    for item in found:
        lines = (
            render_agent_summary(item, wiring.language)
            if agent
            else decision_record_lines(item, wiring.language)
        )
        typer.echo("\n".join(lines))
        typer.echo()


def _print_no_decision(
    wiring: Wiring, member: str, rule: str, at: date | None, *, agent: bool, as_json: bool
) -> None:
    from members import scrub_personal_numbers
    from yihui.views.agent_script import render_not_evaluated_summary
    from yihui.views.decisions import no_decision_json, no_decision_lines

    title, found = load_skip_explanations(wiring, member, rule, at)
    asked, who, language = at.isoformat() if at else None, scrub_personal_numbers(member), wiring.language
    if as_json:
        content = no_decision_json(found, title, who, asked, language)
        typer.echo(json.dumps({"decisions": [], "not_looked": content}, ensure_ascii=False))
    elif agent:
        typer.echo("\n".join(render_not_evaluated_summary(found[0], title, who, asked, language)))
    else:
        typer.echo("\n".join(no_decision_lines(found, title, who, asked, language)))
    if found[0].is_unknown_member:
        raise typer.Exit(EXIT_FINDINGS)


def load_skip_explanations(
    wiring: Wiring, member: str, rule: str, at: date | None
) -> "tuple[str, list[SkipExplanation]]":
    """Return a rule's title, and why the rule did not evaluate the member's events.

    *Raises*: FaultError for an unknown rule.
    """
    from core.faults import FaultError
    from events import explain_skipped_rule
    from yihui.services.unknown_ids import unknown_rule_fault

    library = wiring.library
    with wiring.database.read() as connection:
        found = explain_skipped_rule(connection, member, rule, library, at, wiring.now())
    if not found:
        raise FaultError([unknown_rule_fault(library, rule, wiring.language)])
    return library.versions(rule)[-1].definition.title, found
