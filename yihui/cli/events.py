"""yihui run, yihui events: events in, benefits out; what could not be handled, and again."""

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo.faults import Fault, InputFaults
from yihui.bootstrap import Wiring
from yihui.labels import OTHER_REASON, REASONS, offered
from yihui.problems import EXIT_FINDINGS, fault_line
from yihui.sealing import seal_what_waits, sealed
from yihui.upkeep import keep_up

N_ = str  # marks a text for the message catalogue

if TYPE_CHECKING:
    from events import DeadLetter, Outcomes, Tally


def add_run(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(
        "run", help=_("Handle events from a file, standard input (-) or what waits in the database.")
    )
    def run(
        context: typer.Context,
        file: Annotated[
            Path | None,
            typer.Argument(help=_("events, one CloudEvent in JSON a line; - reads standard input")),
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        wiring: Wiring = context.obj
        if file is None:
            tally = _total(sealed(wiring, wiring.runner.run_ingress()))
        elif str(file) == "-":
            tally = _total(sealed(wiring, wiring.runner.run_stream(sys.stdin.buffer, "-")))
        else:
            tally = _file(wiring, file, from_start=False)
        keep_up(wiring)
        seal_what_waits(wiring)
        _tell(wiring, tally, json_)


def commands(_: Callable[[str], str]) -> typer.Typer:
    app = typer.Typer(help=_("Events: replay them, look at dead letters."), no_args_is_help=True)

    @app.command(
        help=_(
            "Handle a file again from its first line, or dead letters; what was handled before changes nothing."
        )
    )
    def replay(
        context: typer.Context,
        file: Annotated[Path | None, typer.Argument(help=_("events, one CloudEvent in JSON a line"))] = None,
        dead_letters: Annotated[
            bool, typer.Option("--dead-letters", help=_("replay dead letters instead of a file"))
        ] = False,
        letter: Annotated[
            list[str] | None, typer.Option(help=_("only the dead letter with this id (or its beginning)"))
        ] = None,
        reason: Annotated[str | None, typer.Option(help=_("only dead letters with this reason"))] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        wiring: Wiring = context.obj
        if dead_letters or letter or reason:
            letters = _letters(wiring, letter or (), reason)
            _tell_unkept(wiring, letters)
            tally = _total(sealed(wiring, [wiring.runner.replay_letters(letters)]))
        elif file is not None:
            tally = _file(wiring, file, from_start=True)
        else:
            raise typer.BadParameter(_("name a file, or say --dead-letters"))
        _tell(wiring, tally, json_)

    @app.command("dead-letters", help=_("List what could not be handled, with the reason and the remedy."))
    def dead_letters_(
        context: typer.Context,
        reason: Annotated[str | None, typer.Option(help=_("only dead letters with this reason"))] = None,
        text: Annotated[bool, typer.Option("--text", help=_("show the letters' text as well"))] = False,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        wiring: Wiring = context.obj
        letters = _letters(wiring, (), reason)
        if json_:
            _print_letters(wiring, letters)
            return
        for item in letters:
            typer.echo(f"{item.id[:12]}  {item.origin}  {_heading(wiring, item)}  {item.reason}")
            for fault in item.faults:
                typer.echo("    " + fault_line(fault, wiring.language).text())
            if text and item.text is not None:
                typer.echo("    " + item.text)
        typer.echo(wiring.say(N_("dead letters: {count}"), count=len(letters)))

    @app.command(help=_("List the types of events and the fields of each."))
    def types(
        context: typer.Context,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON Schemas"))] = False,
    ) -> None:
        from events import catalogue

        if json_:
            schemas = {kind: model.model_json_schema() for kind, model in catalogue().items()}
            typer.echo(json.dumps(schemas, ensure_ascii=False, indent=2))
            return
        for kind, model in catalogue().items():
            fields = (
                f"{name}{'' if field.is_required() else '?'}" for name, field in model.model_fields.items()
            )
            typer.echo(f"{kind:28} {', '.join(fields)}")

    return app


def _file(wiring: Wiring, file: Path, *, from_start: bool) -> "Tally":
    from events import Tally
    from yihui.progress import progress

    if not file.stat().st_size:
        raise InputFaults([_empty(file)])
    tally = Tally()
    with progress(wiring.say("handling events"), file.stat().st_size) as advance:
        for position, batch in sealed(wiring, wiring.runner.run_file(file, from_start=from_start)):
            tally.add(batch)
            advance(position)
    return tally


def _empty(file: Path) -> Fault:
    return Fault(
        N_("the file is empty"), N_("write one CloudEvent in JSON on each line"), file=file.name, value=""
    )


def _total(batches: "Iterable[Outcomes]") -> "Tally":
    from events import Tally

    tally = Tally()
    for batch in batches:
        tally.add(batch)
    return tally


def _letters(wiring: Wiring, ids: Iterable[str], reason: str | None) -> "list[DeadLetter]":
    """Those that wait, in order; some of them by id or reason. *Raises*: InputFaults where one is not known."""
    from events.dead_letters import find

    with wiring.database.read() as connection:
        waiting = sorted(find(connection), key=_in_order)
    found = [item for item in waiting if not reason or item.reason == reason]
    if reason and not found and reason not in REASONS:
        raise InputFaults([_no_reason(reason, waiting, wiring)])
    wanted = tuple(ids)
    strange = [id for id in wanted if not any(item.id.startswith(id) for item in found)]
    if strange:
        raise InputFaults([_no_letter(id) for id in strange])
    return [item for item in found if not wanted or item.id.startswith(wanted)]


def _in_order(item: "DeadLetter") -> tuple[object, ...]:
    """By time, then by file and line; line 9 comes before line 10."""
    file, _, line = item.origin.rpartition(":")
    return item.recorded_at, *((file, int(line)) if line.isdecimal() else (item.origin, 0)), item.id


def _no_reason(reason: str, waiting: "list[DeadLetter]", wiring: Wiring) -> Fault:
    there = sorted({item.reason for item in waiting}) or sorted(REASONS)
    return Fault(
        N_("there is no reason “{value}”"),
        N_("choose one of {expected}"),
        field="--reason",
        value=reason,
        params={
            "expected": offered({code: REASONS.get(code, OTHER_REASON) for code in there}, wiring.language)
        },
    )


def _no_letter(id: str) -> Fault:
    return Fault(
        N_("no dead letter that waits has an id that begins with “{value}”"),
        N_("`yihui events dead-letters` lists those that wait"),
        field="--letter",
        value=id,
    )


def _tell_unkept(wiring: Wiring, letters: "list[DeadLetter]") -> None:
    unkept = sum(item.text is None for item in letters)
    if unkept:
        template = N_("not replayed, since they held personal data and their text was not kept: {count}")
        typer.echo(wiring.say(template, count=unkept), err=True)


def _tell(wiring: Wiring, tally: "Tally", as_json: bool) -> None:
    """Print what became of the events; dead letters are a finding."""
    from yihui.rulings import print_tally

    print_tally(wiring.language, tally, as_json=as_json)
    if tally.dead:
        template = N_("dead letters: {count}; see yihui events dead-letters")
        typer.echo(wiring.say(template, count=tally.dead), err=True)
        raise typer.Exit(EXIT_FINDINGS)


def _heading(wiring: Wiring, item: "DeadLetter") -> str:
    return wiring.language.text(REASONS.get(item.reason, OTHER_REASON))


def _print_letters(wiring: Wiring, letters: "list[DeadLetter]") -> None:
    for item in letters:
        errors = [fault_line(fault, wiring.language).as_json() for fault in item.faults]
        content = {
            "id": item.id,
            "reason": item.reason,
            "title": _heading(wiring, item),
            "origin": item.origin,
            "errors": errors,
            "text": item.text,
        }
        typer.echo(json.dumps(content, ensure_ascii=False))
