"""yihui plan: compute coverage, demand, gaps, access and sites for planners. One file for each command."""

import typer

from core.text_marks import N_
from yihui.cli import (
    plan_access,
    plan_compare,
    plan_coverage,
    plan_demand,
    plan_export,
    plan_gaps,
    plan_sites,
)

app = typer.Typer(help=N_("Coverage, gaps and where to build next."), no_args_is_help=True)
app.registered_commands += [
    *plan_coverage.app.registered_commands,
    *plan_demand.app.registered_commands,
    *plan_compare.app.registered_commands,
    *plan_sites.app.registered_commands,
    *plan_gaps.app.registered_commands,
    *plan_access.app.registered_commands,
    *plan_export.app.registered_commands,
]
