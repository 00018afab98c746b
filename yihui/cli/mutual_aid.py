"""yihui mutual-aid: policies of mutual aid, enrolments, claims."""

import typer

from yihui.frame.commands import build_group
from yihui.frame.noun import load_noun

app = typer.Typer(no_args_is_help=True)
for _name, _pages in (
    ("claims", "claim_pages"),
    ("policies", "policy_pages"),
    ("enrolments", "policy_pages"),
):
    app.add_typer(build_group(load_noun(f"yihui.cases.mutual_aid.{_pages}:{_name.upper()}")), name=_name)
