"""yihui lottery with --by, list, publish; yihui allocate: draws and rankings of the ledger's entries."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring

if TYPE_CHECKING:
    from benefits import CompletedDraw, DrawSummary

Translator = Callable[[str], str]

DRAW_STATE_TEXTS = {
    "open": N_("entries are collected"),
    "fixed": N_("fixed, to be drawn"),
    "drawn": N_("given"),
}


def commit_rule_draws(
    wiring: Wiring, rule: str, by: str, to: Path, number: tuple[datetime, str | None, int]
) -> None:
    """Fix the entries of a rule's draws and write the commitments to be published."""
    from rules.lottery.file import parse_lottery_file
    from yihui.services.draws import (
        check_publish_target,
        fix_draw_entries,
        plan_public_number,
        publish_lottery_files,
    )

    check_publish_target(to)
    found = fix_draw_entries(wiring, rule, by, plan_public_number(*number))
    places = publish_lottery_files([(fixed.id, fixed.file) for fixed in found], rule, to)
    new = N_("{file}: {count} entries, {seats} places; publish it now, and this line: {commitment}")
    old = N_("{file}: was fixed on {day} and stays as it is; its commitment: {commitment}")
    for place, fixed in zip(places, found, strict=True):
        file = parse_lottery_file(fixed.file)
        counts = {"count": len(file.terms.entries), "seats": fixed.seats, "day": fixed.fixed_on}
        template = new if fixed.is_new else old
        typer.echo(wiring.render(template, file=place, **counts, commitment=file.commitment))


def run_rule_draws(
    wiring: Wiring, rule: str, by: str, to: Path, number: tuple[str | None, Path | None, str | None]
) -> None:
    """Draw a rule's lots, grant the benefits, and write the files to be published."""
    from yihui.services import draws as draw_desk

    draw_desk.check_publish_target(to)
    found = draw_desk.draw_rule_lots(wiring, rule, by, *number)
    _publish_draws(wiring, rule, found, to, "-drawn")


def _publish_draws(wiring: Wiring, rule: str, found: "Sequence[CompletedDraw]", to: Path, mark: str) -> None:
    from yihui.services.draws import publish_lottery_files

    places = publish_lottery_files([(drawn.id, drawn.file) for drawn in found], rule, to, mark)
    new = N_(
        "{file}: {granted} granted, {waiting} wait, {refused} refused; publish it, everybody can verify it"
    )
    old = N_("{file}: was given on {day}; nothing has happened now")
    for place, drawn in zip(places, found, strict=True):
        if drawn.given is None:
            typer.echo(wiring.render(old, file=place, day=drawn.drawn_on))
        else:
            typer.echo(wiring.render(new, file=place, **drawn.given.counts()))


def add_commands(app: typer.Typer, _: Translator) -> None:
    """Add the lottery commands that read draws from the ledger."""

    @app.command("list", help=_("List draws and rankings: how many entered, what is fixed, what is given."))
    def list_(
        context: typer.Context,
        rule: Annotated[str | None, typer.Argument(help=_("only this rule"))] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from benefits import list_draw_summaries

        wiring: Wiring = context.obj
        with wiring.database.read() as connection:
            found = list_draw_summaries(connection, rule)
        if json_:
            typer.echo(json.dumps([_line_json(line) for line in found], ensure_ascii=False))
            return
        for line in found:
            typer.echo(_line_text(line, wiring))
        if not found:
            typer.echo(wiring.render(N_("nobody takes part in any draw")))

    @app.command(help=_("Write again what a rule's draws have made public so far."))
    def publish(
        context: typer.Context,
        rule: Annotated[str, typer.Argument(help=_("the rule's id"))],
        to: Annotated[Path, typer.Option(help=_("a folder, or a file where there is one draw"))],
    ) -> None:
        from benefits import list_published_draw_files
        from yihui.services import draws as draw_desk

        wiring: Wiring = context.obj
        draw_desk.check_publish_target(to)
        with wiring.database.read() as connection:
            files = list_published_draw_files(connection, rule)
        for place in draw_desk.publish_lottery_files(files, rule, to) if files else ():
            typer.echo(str(place))
        if not files:
            typer.echo(wiring.render(N_("nothing was made public of {rule}"), rule=rule))


def add_allocate_command(app: typer.Typer, _: Translator) -> None:
    """Add the `allocate` command, which grants by rank."""

    @app.command(help=_("Grant the places of a by_rank rule: the highest first, the others wait."))
    def allocate(
        context: typer.Context,
        rule: Annotated[str, typer.Argument(help=_("the rule's id"))],
        by: Annotated[str, typer.Option(help=_("who acts: a short pseudonym"))],
        to: Annotated[Path, typer.Option(help=_("where the ranking is written: a folder or a file"))],
    ) -> None:
        from yihui.services.draws import check_publish_target, rank_rule_entries

        wiring: Wiring = context.obj
        check_publish_target(to)
        _publish_draws(wiring, rule, rank_rule_entries(wiring, rule, by), to, "-ranked")


def _line_json(line: "DrawSummary") -> dict[str, object]:
    content = asdict(line)
    for name in ("fixed_on", "drawn_on"):
        content[name] = content[name].isoformat() if content[name] else None
    return content


def _line_text(line: "DrawSummary", wiring: Wiring) -> str:
    template = N_("{places}: {entered} entered; {state}")
    state = wiring.language.translate(DRAW_STATE_TEXTS[line.state])
    return wiring.render(template, places=line.places, entered=line.entered, state=state)
