"""yihui events dead-letters: list, show, mend, replay and drop events that could not be processed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, By, RecordedReason
from yihui.cli.output import emit, exit_on_findings, print_lines, print_note

if TYPE_CHECKING:
    from events import DeadLetter, RunTally

app = typer.Typer(
    help=N_("Dead letters, the events that could not be processed: list, show, mend, replay, drop."),
    invoke_without_command=True,
)

DEFAULT_LIST_LIMIT = 100
_ID_HELP = N_("the letter's id, or its beginning")
_Id = Annotated[str, typer.Argument(metavar="ID", help=_ID_HELP)]
_OnlyReason = Annotated[str | None, typer.Option(help=N_("only dead letters with this reason"))]


@app.callback()
@app.command("list", help=N_("List the events that could not be processed, with the reason and the remedy."))
def list_(
    context: typer.Context,
    reason: _OnlyReason = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help=N_("list at most so many; otherwise 100, or all with --json"))
    ] = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.events.dead_letters import select_dead_letters
    from yihui.views.dead_letters import dead_letter_json, dead_letter_lines, dead_letter_totals

    if context.invoked_subcommand is not None:
        return
    wiring: Wiring = context.obj
    found = select_dead_letters(wiring, (), reason, "--id")
    if json_:
        for item in found[:limit]:
            emit(dead_letter_json(wiring, item), (), json_)
        return
    for item in found[: limit or DEFAULT_LIST_LIMIT]:
        print_lines(dead_letter_lines(wiring, item))
    print_lines(dead_letter_totals(wiring, found))


@app.command(help=N_("Show one dead letter in full: its faults, the event, and what officers did about it."))
def show(context: typer.Context, id_: _Id, json_: AsJson = False) -> None:
    from yihui.services.events.dead_letters import load_dead_letter
    from yihui.views.dead_letters import dead_letter_details_json, dead_letter_details_lines

    wiring: Wiring = context.obj
    item, acts = load_dead_letter(wiring, id_)
    content = dead_letter_details_json(wiring, item, acts)
    emit(content, dead_letter_details_lines(wiring, item, acts), json_, indent=2)


@app.command(
    help=N_(
        "Mend a dead letter's event in $EDITOR, with --set and --remove, or from a file. Its id and source stay."
    )
)
def mend(
    context: typer.Context,
    id_: _Id,
    by: By,
    reason: RecordedReason,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help=N_("a field's new value: data.level=高级工"), metavar="PATH=VALUE"),
    ] = None,
    remove: Annotated[list[str] | None, typer.Option(help=N_("a field to leave out"), metavar="PATH")] = None,
    with_: Annotated[
        Path | None, typer.Option("--with", help=N_("a file with the whole event, mended"))
    ] = None,
    replay: Annotated[bool, typer.Option("--replay", help=N_("replay it at once"))] = False,
    json_: AsJson = False,
) -> None:
    from yihui.services.events import dead_letters as service
    from yihui.views.dead_letters import SHOWN_ID_LENGTH, dead_letter_json

    wiring: Wiring = context.obj
    item = service.single_dead_letter(service.select_dead_letters(wiring, [id_], None, "ID"), id_)
    wanted = service.DeadLetterChanges(tuple(set_ or ()), tuple(remove or ()), with_)
    new = service.apply_dead_letter_changes(wiring, item, wanted, by, reason)
    if replay:
        emit_outcomes(wiring, service.replay_letters(wiring, [new]), json_)
        return
    template = N_("mended; it waits as {id}: yihui events dead-letters replay --id {id}")
    line = wiring.render(template, id=new.id[:SHOWN_ID_LENGTH])
    emit(dead_letter_json(wiring, new), [line], json_)


@app.command(help=N_("Try dead letters again: all, some by id, or those of a reason."))
def replay(
    context: typer.Context,
    id_: Annotated[list[str] | None, typer.Option("--id", help=_ID_HELP)] = None,
    reason: _OnlyReason = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=N_("show what would happen, and change nothing"))
    ] = False,
    json_: AsJson = False,
) -> None:
    from yihui.services.events.dead_letters import select_dead_letters

    found = select_dead_letters(context.obj, id_ or (), reason, "--id")
    replay_dead_letters(context.obj, found, dry_run=dry_run, as_json=json_)


def replay_dead_letters(wiring: Wiring, letters: "list[DeadLetter]", *, dry_run: bool, as_json: bool) -> None:
    """Process dead letters again and print the outcome. *Raises*: typer.Exit if dead letters remain."""
    from yihui.services.events.dead_letters import replay_letters

    without_text = sum(item.text is None for item in letters)
    if without_text:
        template = N_("not replayed, since they held personal data and their text was not kept: {count}")
        print_note(wiring, template, count=without_text)
    if dry_run:
        print_note(wiring, N_("a trial: nothing is written"))
    emit_outcomes(wiring, replay_letters(wiring, letters, dry_run=dry_run), as_json)


@app.command(help=N_("Drop dead letters for good; who did it and why is recorded."))
def drop(
    context: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID", help=_ID_HELP)],
    by: By,
    reason: RecordedReason,
    json_: AsJson = False,
) -> None:
    from yihui.services.events.dead_letters import drop_selected_letters

    wiring: Wiring = context.obj
    dropped = drop_selected_letters(wiring, ids, by, reason)
    emit({"dropped": dropped}, [wiring.render(N_("dropped: {count}"), count=len(dropped))], json_)


def emit_outcomes(wiring: Wiring, tally: "RunTally", as_json: bool) -> None:
    """Print the outcomes of the events and exit with findings if there are dead letters."""
    from yihui.views.outcomes import print_tally

    print_tally(wiring.language, tally, as_json=as_json)
    exit_on_dead_letters(wiring, tally)


def exit_on_dead_letters(wiring: Wiring, tally: "RunTally") -> None:
    """Exit with findings if there are dead letters. *Raises*: typer.Exit."""
    if tally.dead:
        print_note(wiring, N_("dead letters: {count}; see yihui events dead-letters"), count=tally.dead)
    exit_on_findings(tally.dead)
