"""yihui lottery with --by, list, publish; yihui allocate: draws and rankings of the ledger's entries."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yihui.bootstrap import Wiring

if TYPE_CHECKING:
    from benefits import DrawLine, Drawn

N_ = str  # marks a text for the message catalogue
Text = Callable[[str], str]

STATES = {
    "open": N_("entries are collected"),
    "fixed": N_("fixed, to be drawn"),
    "drawn": N_("given"),
}


def commit(wiring: Wiring, rule: str, by: str, to: Path, number: tuple[datetime, str | None, int]) -> None:
    """Fix who takes part in a rule's draws and write what is to be published."""
    from rules.lottery.file import read_lottery
    from yihui.services.draws import check_target, fix, plan_of, publish

    check_target(to)
    found = fix(wiring, rule, by, plan_of(*number))
    places = publish([(fixed.id, fixed.file) for fixed in found], rule, to)
    new = N_("{file}: {count} entries, {seats} places; publish it now, and this line: {commitment}")
    old = N_("{file}: was fixed on {day} and stays as it is; its commitment: {commitment}")
    for place, fixed in zip(places, found, strict=True):
        file = read_lottery(fixed.file)
        counts = {"count": len(file.terms.entries), "seats": fixed.seats, "day": fixed.fixed_on}
        template = new if fixed.is_new else old
        typer.echo(wiring.say(template, file=place, **counts, commitment=file.commitment))


def draw(
    wiring: Wiring, rule: str, by: str, to: Path, number: tuple[str | None, Path | None, str | None]
) -> None:
    """Draw a rule's lots, grant, and write what is to be published."""
    from yihui.services import draws as draw_desk

    draw_desk.check_target(to)
    found = draw_desk.draw(wiring, rule, by, *number)
    _tell(wiring, rule, found, to, "-drawn")


def _tell(wiring: Wiring, rule: str, found: "Sequence[Drawn]", to: Path, mark: str) -> None:
    from yihui.services.draws import publish

    places = publish([(drawn.id, drawn.file) for drawn in found], rule, to, mark)
    new = N_(
        "{file}: {granted} granted, {waiting} wait, {refused} refused; publish it, everybody can verify it"
    )
    old = N_("{file}: was given on {day}; nothing has happened now")
    for place, drawn in zip(places, found, strict=True):
        if drawn.given is None:
            typer.echo(wiring.say(old, file=place, day=drawn.drawn_on))
        else:
            typer.echo(wiring.say(new, file=place, **drawn.given.counts()))


def add_to(app: typer.Typer, _: Text) -> None:
    """Hang the commands of the ledger's lotteries in."""

    @app.command("list", help=_("List draws and rankings: how many entered, what is fixed, what is given."))
    def list_(
        context: typer.Context,
        rule: Annotated[str | None, typer.Argument(help=_("only this rule"))] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from benefits import draw_lines

        wiring: Wiring = context.obj
        with wiring.database.read() as connection:
            found = draw_lines(connection, rule)
        if json_:
            typer.echo(json.dumps([_line_json(line) for line in found], ensure_ascii=False))
            return
        for line in found:
            typer.echo(_line_text(line, wiring))
        if not found:
            typer.echo(wiring.say(N_("nobody takes part in any draw")))

    @app.command(help=_("Write again what a rule's draws have made public so far."))
    def publish(
        context: typer.Context,
        rule: Annotated[str, typer.Argument(help=_("the rule's id"))],
        to: Annotated[Path, typer.Option(help=_("a folder, or a file where there is one draw"))],
    ) -> None:
        from benefits import published
        from yihui.services import draws as draw_desk

        wiring: Wiring = context.obj
        draw_desk.check_target(to)
        with wiring.database.read() as connection:
            files = published(connection, rule)
        for place in draw_desk.publish(files, rule, to) if files else ():
            typer.echo(str(place))
        if not files:
            typer.echo(wiring.say(N_("nothing was made public of {rule}"), rule=rule))


def add_allocate(app: typer.Typer, _: Text) -> None:
    """Hang in what grants by rank."""

    @app.command(help=_("Grant the places of a by_rank rule: the highest first, the others wait."))
    def allocate(
        context: typer.Context,
        rule: Annotated[str, typer.Argument(help=_("the rule's id"))],
        by: Annotated[str, typer.Option(help=_("who acts: a short pseudonym"))],
        to: Annotated[Path, typer.Option(help=_("where the ranking is written: a folder or a file"))],
    ) -> None:
        from yihui.services.draws import check_target, rank

        wiring: Wiring = context.obj
        check_target(to)
        _tell(wiring, rule, rank(wiring, rule, by), to, "-ranked")


def _line_json(line: "DrawLine") -> dict[str, object]:
    content = asdict(line)
    for name in ("fixed_on", "drawn_on"):
        content[name] = content[name].isoformat() if content[name] else None
    return content


def _line_text(line: "DrawLine", wiring: Wiring) -> str:
    template = N_("{places}: {entered} entered; {state}")
    state = wiring.language.text(STATES[line.state])
    return wiring.say(template, places=line.places, entered=line.entered, state=state)
