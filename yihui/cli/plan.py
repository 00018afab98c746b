"""yihui plan: compute coverage, demand, gaps, access and sites for planners. One file for each command."""

from collections.abc import Callable

import typer

from yihui.cli import (
    plan_access,
    plan_compare,
    plan_coverage,
    plan_demand,
    plan_export,
    plan_gaps,
    plan_sites,
)


def build_commands(_: Callable[[str], str]) -> typer.Typer:
    app = typer.Typer(help=_("Coverage, gaps and where to build next."), no_args_is_help=True)

    @app.callback()
    def plans() -> None:  # so that a group with a single command still takes the command's name
        pass

    plan_coverage.add_commands(app, _)
    plan_demand.add_commands(app, _)
    plan_compare.add_commands(app, _)
    plan_sites.add_commands(app, _)
    plan_gaps.add_commands(app, _)
    plan_access.add_commands(app, _)
    plan_export.add_commands(app, _)
    return app
