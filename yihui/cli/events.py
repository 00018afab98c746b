"""yihui run, yihui events: process events, replay them, and manage dead letters."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli import dead_letters
from yihui.cli.dead_letters import emit_outcomes, exit_on_dead_letters, replay_dead_letters
from yihui.cli.options import AsJson
from yihui.cli.output import emit, exit_on_findings, print_lines, print_message, refuse_usage

if TYPE_CHECKING:
    from yihui.services.events.files import ReplayRequest

top_level = typer.Typer()
app = typer.Typer(no_args_is_help=True)


@top_level.command()
def run(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help=N_("events, one CloudEvent in JSON a line; - reads standard input"))
    ] = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.events.files import process_events

    wiring: Wiring = context.obj
    emit_outcomes(wiring, process_events(wiring, sys.stdin.buffer if str(file) == "-" else file), json_)


_File = Annotated[Path | None, typer.Option("--file", help=N_("events, one CloudEvent in JSON a line"))]
_Journal = Annotated[
    bool,
    typer.Option("--journal", help=N_("the events about members that this database has processed, in order")),
]
_Since = Annotated[str | None, typer.Option(help=N_("of the journal: the first day"), metavar="DATE")]
_Until = Annotated[str | None, typer.Option(help=N_("of the journal: the last day"), metavar="DATE")]
_Topic = Annotated[
    str | None, typer.Option(help=N_("member-events, station-events, or a topic's whole name"))
]
_FromTime = Annotated[str | None, typer.Option(help=N_("of the topic: from this time on"), metavar="TIME")]
_FromOffset = Annotated[
    list[str] | None,
    typer.Option(
        help=N_("of the topic: from this offset of this partition on; other partitions are not replayed"),
        metavar="P:N",
    ),
]
_Into = Annotated[
    str | None,
    typer.Option(
        help=N_("replay into a new database (a scratch ledger), and compare the two ledgers"),
        metavar="DB",
    ),
]
_Letters = Annotated[bool, typer.Option("--dead-letters", help=N_("replay dead letters instead of a file"))]
_Letter = Annotated[
    list[str] | None, typer.Option(help=N_("only the dead letter with this id (or its beginning)"))
]


@app.command(
    help=N_(
        "Process events again, from a file, the journal, a topic or the dead letters. Events that were processed before change nothing."
    )
)
def replay(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help=N_("events, one CloudEvent in JSON a line"))] = None,
    file_: _File = None,
    journal: _Journal = False,
    since: _Since = None,
    until: _Until = None,
    topic: _Topic = None,
    from_time: _FromTime = None,
    from_offset: _FromOffset = None,
    into: _Into = None,
    letters: _Letters = False,
    letter: _Letter = None,
    reason: Annotated[str | None, typer.Option(help=N_("only dead letters with this reason"))] = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.events.dead_letters import select_dead_letters
    from yihui.services.events.files import ReplayRequest

    wiring: Wiring = context.obj
    offsets = tuple(from_offset or ())
    request = ReplayRequest(file or file_, journal, topic, since, until, from_time, offsets)
    by_letters = letters or bool(letter) or bool(reason)
    if request.source_count + by_letters != 1 or (file and file_):
        refuse_usage(wiring, N_("name one: a file, --journal, --topic, or --dead-letters"))
    _check_replay(wiring, request)
    if by_letters and into:
        refuse_usage(wiring, N_("dead letters are replayed where they lie, not --into another database"))
    if by_letters:
        found = select_dead_letters(wiring, letter or (), reason, "--letter")
        replay_dead_letters(wiring, found, dry_run=False, as_json=json_)
    else:
        _replay_source(wiring, request, into, json_)


def _check_replay(wiring: Wiring, request: "ReplayRequest") -> None:
    """Refuse options of another source. *Raises*: typer.BadParameter."""
    if not request.journal and (request.since or request.until):
        refuse_usage(wiring, N_("--since and --until go with --journal"))
    if request.topic is None and (request.from_time or request.from_offset):
        refuse_usage(wiring, N_("--from-time and --from-offset go with --topic"))
    if request.from_time and request.from_offset:
        refuse_usage(wiring, N_("say --from-time or --from-offset, not both"))


def _replay_source(wiring: Wiring, request: "ReplayRequest", into: str | None, as_json: bool) -> None:
    from yihui.services.events.files import replay_events
    from yihui.views.events import ledger_difference_lines, replay_result_json
    from yihui.views.outcomes import print_tally, tally_json

    done = replay_events(wiring, request, into)
    if as_json:
        emit(tally_json(done.tally, wiring.language) | replay_result_json(done), (), as_json)
    else:
        print_tally(wiring.language, done.tally, as_json=False)
        left_out = N_("left out, since a scratch ledger has no register: {count} events of stations")
        if done.stations_left_out:
            print_message(wiring, left_out, count=done.stations_left_out)
        if done.redone or done.refused:
            acts = N_("acts done again: {done}; refused here: {refused}")
            print_message(wiring, acts, done=f"{done.redone:,}", refused=f"{done.refused:,}")
        if done.difference is not None:
            print_lines(ledger_difference_lines(done.difference, wiring.language))
        elif done.is_compared:
            print_message(wiring, N_("the ledgers are equal, byte for byte"))
    exit_on_dead_letters(wiring, done.tally)
    exit_on_findings(done.difference)


app.add_typer(dead_letters.app, name="dead-letters")


@app.command(help=N_("List the types of events, the version of each and its fields."))
def types(
    context: typer.Context,
    json_: Annotated[bool, typer.Option("--json", help=N_("print JSON Schemas"))] = False,
) -> None:
    from events import payload_models
    from yihui.views.events import event_type_lines, event_type_schemas

    models = payload_models()
    emit(lambda: event_type_schemas(models), event_type_lines(models), json_, indent=2)
