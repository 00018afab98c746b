"""yihui benefits why: every decision about a member, explained; for a 12351 agent in three sentences."""

import json
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from yihui.bootstrap import Wiring
from yihui.runtime.errors import EXIT_FINDINGS

if TYPE_CHECKING:
    from benefits import Told
    from events import NotLooked

N_ = str  # marks a text for the message catalogue


def add_to(app: typer.Typer, _: Callable[[str], str]) -> None:
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
        from benefits import tell
        from members import scrubbed
        from yihui.runtime.arguments import day
        from yihui.services.member_faults import refuse_unknown

        wiring: Wiring = context.obj
        at = day(on, "--at") if on else None
        with wiring.database.read() as connection:
            found = tell(connection, member, rule_id=rule, on=at)
            if not (found or rule):
                refuse_unknown(connection, member, "--member")
        if rule and not found:
            _print_not_looked(wiring, member, rule, at, agent=agent, as_json=json_)
        elif json_:
            from yihui.views.decisions import told_json

            typer.echo(json.dumps([told_json(item, wiring.language) for item in found], ensure_ascii=False))
        elif not found:
            nothing = N_("no rule looked at {member} on {day}; without --at all days are told")
            template = nothing if at else N_("no rule has looked at {member} yet")
            typer.echo(wiring.say(template, member=scrubbed(member), day=at))
        else:
            _print_told(wiring, found, agent=agent)


def _print_told(wiring: Wiring, found: "list[Told]", *, agent: bool) -> None:
    from yihui.views.agent_script import agent_words
    from yihui.views.decisions import told_lines

    for item in found:
        lines = agent_words(item, wiring.language) if agent else told_lines(item, wiring.language)
        typer.echo("\n".join(lines))
        typer.echo()


def _print_not_looked(
    wiring: Wiring, member: str, rule: str, at: date | None, *, agent: bool, as_json: bool
) -> None:
    from members import scrubbed
    from yihui.views.agent_script import not_looked_words
    from yihui.views.decisions import not_looked_json, not_looked_lines

    title, found = not_looked_at(wiring, member, rule, at)
    asked, who, language = at.isoformat() if at else None, scrubbed(member), wiring.language
    if as_json:
        content = not_looked_json(found, title, who, asked, language)
        typer.echo(json.dumps({"decisions": [], "not_looked": content}, ensure_ascii=False))
    elif agent:
        typer.echo("\n".join(not_looked_words(found[0], title, who, asked, language)))
    else:
        typer.echo("\n".join(not_looked_lines(found, title, who, asked, language)))
    if found[0].knows_nobody:
        raise typer.Exit(EXIT_FINDINGS)


def not_looked_at(wiring: Wiring, member: str, rule: str, at: date | None) -> "tuple[str, list[NotLooked]]":
    """A rule's title, and why it looked at nothing of a member. *Raises*: InputFaults for an unknown rule."""
    from core.faults import InputFaults
    from events import not_looked
    from yihui.views.outcomes import no_such_rule

    library = wiring.library
    with wiring.database.read() as connection:
        found = not_looked(connection, member, rule, library, at, wiring.now())
    if not found:
        raise InputFaults([no_such_rule(library, rule, wiring.language)])
    return library.versions(rule)[-1].definition.title, found
