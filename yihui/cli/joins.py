"""yihui joins: what officers do with requests to join: review them, say who reviews, sign up a batch."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, By, HiddenOption, open_sheets
from yihui.cli.output import emit
from yihui.frame.commands import add_commands, build_group
from yihui.frame.noun import load_noun

app = typer.Typer(no_args_is_help=True)
add_commands(app, load_noun("yihui.cases.joining.pages:NOUN"))
app.add_typer(build_group(load_noun("yihui.cases.joining.settings:NOUN")), name="settings")


@app.command(
    help=N_("Pass reviews that were not done in time to the organisation above; nothing is granted.")
)
def escalate(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.cases.joining.escalation import escalate_overdue_reviews

    wiring: Wiring = context.obj
    done = escalate_overdue_reviews(wiring)
    lines = [f"{one.request}  {one.from_organisation} → {one.to_organisation}" for one in done]
    count = wiring.render(N_("reviews that went one level up: {count}"), count=len(done))
    emit(done, [*lines, count], json_)


@app.command(help=N_("Sign up everybody on a sheet (CSV or workbook: name, ID number, phone), or nobody."))
def batch(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=N_("the sheet"), metavar="FILE")],
    organisation: Annotated[str, typer.Option(help=N_("the organisation's code"), metavar="CODE")],
    by: By,
    signed: Annotated[
        bool, typer.Option("--signed", help=N_("each person has signed, on paper or a photo, which you keep"))
    ] = False,
    hidden: HiddenOption = "refuse",
    json_: AsJson = False,
) -> None:
    from yihui.cases.joining.batch import join_batch, read_batch

    wiring: Wiring = context.obj
    sheet = read_batch(file.read_bytes(), file.name, open_sheets(wiring, hidden))
    done = join_batch(wiring, sheet, organisation, by, signed=signed)
    template = N_("joined {organisation}: {joined}; members there already: {already}; signed up by {by}")
    line = wiring.render(
        template, organisation=done.organisation, joined=done.joined, already=done.already, by=done.by
    )
    emit(done, [line], json_)
