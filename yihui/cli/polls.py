"""yihui polls: create, close and count polls and questionnaires."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, By
from yihui.cli.output import emit

app = typer.Typer(no_args_is_help=True)
_Poll = Annotated[str, typer.Argument(help=N_("the poll's id"), metavar="POLL")]


@app.command(help=N_("Create the poll that a file describes (YAML)."))
def create(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=N_("a file with id, title, scope, opens, closes, questions"))],
    by: By,
    json_: AsJson = False,
) -> None:
    from yihui.services.organisations.polls import create_poll
    from yihui.views.polls import poll_json, poll_lines

    wiring: Wiring = context.obj
    state = create_poll(wiring, file, by)
    emit(poll_json(state), poll_lines([state], wiring.language), json_)


@app.command("list", help=N_("List all polls, the newest first."))
def list_(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.organisations.polls import load_polls
    from yihui.views.polls import poll_json, poll_lines

    wiring: Wiring = context.obj
    states = load_polls(wiring)
    emit([poll_json(state) for state in states], poll_lines(states, wiring.language), json_)


@app.command(help=N_("Show a poll with its questions."))
def show(context: typer.Context, poll: _Poll, json_: AsJson = False) -> None:
    from yihui.services.organisations.polls import load_poll
    from yihui.views.polls import poll_details_lines, poll_json

    wiring: Wiring = context.obj
    state = load_poll(wiring, poll)
    emit(poll_json(state), poll_details_lines(state, wiring.language), json_)


@app.command(help=N_("Close a poll now, before its time; anonymous ballots are counted."))
def close(context: typer.Context, poll: _Poll, by: By, json_: AsJson = False) -> None:
    from yihui.services.organisations.polls import close_poll
    from yihui.views.polls import poll_json, poll_lines

    wiring: Wiring = context.obj
    state = close_poll(wiring, poll, by)
    emit(poll_json(state), poll_lines([state], wiring.language), json_)


@app.command(
    help=N_(
        "Show the result. Small counts of an anonymous poll are hidden, because they could reveal how a member voted."
    )
)
def results(
    context: typer.Context,
    poll: _Poll,
    chart: Annotated[
        Path | None, typer.Option(help=N_("write a chart to this SVG file"), metavar="FILE")
    ] = None,
    json_: AsJson = False,
) -> None:
    from yihui.files.whole_files import write_lines_atomically
    from yihui.services.organisations.polls import load_poll_result
    from yihui.views.polls import result_chart, result_json, result_lines

    wiring: Wiring = context.obj
    result = load_poll_result(wiring, poll)
    if chart is not None:
        write_lines_atomically(chart, [result_chart(result, wiring.language).rstrip("\n")])
    emit(result_json(result), result_lines(result, wiring.language), json_)
