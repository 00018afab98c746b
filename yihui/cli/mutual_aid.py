"""yihui mutual-aid: policies of mutual aid, enrolments, claims."""

import typer

from yihui.frame.commands import build_group
from yihui.frame.noun import load_noun

app = typer.Typer(no_args_is_help=True)
for _name in ("claims", "policies", "enrolments"):
    app.add_typer(build_group(load_noun(f"yihui.cases.mutual_aid.pages:{_name.upper()}")), name=_name)
