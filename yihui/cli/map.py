"""yihui map: a map of stations and coverage as one HTML file."""

import typer

from yihui.cli.plan import add_planning_command

top_level = typer.Typer()
add_planning_command(top_level, "map")
