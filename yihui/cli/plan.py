"""yihui plan: what a planner asks of coverage, gaps and sites. One file for each question."""

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


def commands(_: Callable[[str], str]) -> typer.Typer:
    app = typer.Typer(help=_("Coverage, gaps and where to build next."), no_args_is_help=True)

    @app.callback()
    def plans() -> None:  # so that a single command keeps its name
        pass

    plan_coverage.add(app, _)
    plan_demand.add(app, _)
    plan_compare.add(app, _)
    plan_sites.add(app, _)
    plan_gaps.add(app, _)
    plan_access.add(app, _)
    plan_export.add(app, _)
    return app
