"""yihui hardship: case files of households in hardship, their reviews and visits with money, and lines of income."""

import typer

from yihui.frame.commands import add_commands, build_group
from yihui.frame.noun import load_noun

app = typer.Typer(no_args_is_help=True)
add_commands(app, load_noun("yihui.cases.hardship.pages:NOUN"))
app.add_typer(build_group(load_noun("yihui.cases.hardship.income_lines:NOUN")), name="income-lines")
