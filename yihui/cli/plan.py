"""The commands of `yihui plan`."""

import typer

from yihui.cli import plan_demand
from yihui.cli.planning_analysis import add_planning_command

app = typer.Typer(no_args_is_help=True)
add_planning_command(app, "coverage")
app.registered_commands += plan_demand.app.registered_commands
for _kind in ("comparison", "sites", "gaps", "access", "layers"):
    add_planning_command(app, _kind)
