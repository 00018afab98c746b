"""yihui polls: create, close and count polls and questionnaires."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.frame.commands import build_group
from yihui.frame.noun import load_noun

app = build_group(load_noun("yihui.cases.polls.pages:NOUN"))


@app.command(help=N_("Write the result of a poll as a chart."))
def chart(
    context: typer.Context,
    poll: Annotated[str, typer.Argument(help=N_("the poll's id"), metavar="POLL")],
    file: Annotated[Path, typer.Argument(help=N_("write a chart to this SVG file"), metavar="FILE")],
) -> None:
    from yihui.cases.polls.chart import load_poll_chart
    from yihui.cli.acting import current_actor
    from yihui.files.whole_files import write_atomically

    wiring: Wiring = context.obj
    write_atomically(file, load_poll_chart(wiring, current_actor(context), poll, wiring.language))
