"""yihui doctor: check what is installed, reachable and migrated; yihui settings: what this process is set to."""

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson
from yihui.cli.output import emit
from yihui.runtime.errors import EXIT_ENVIRONMENT

if TYPE_CHECKING:
    from yihui.runtime.health.check_result import HealthCheckResult

top_level = typer.Typer()
_MARKS = {"ok": "✓", "missing": "·", "broken": "✗"}


@top_level.command()
def doctor(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.runtime.health import run_health_checks

    checks = list(run_health_checks(context.obj))
    emit(checks, _check_lines(context.obj, checks), json_)
    if any(check.state == "broken" for check in checks):
        raise typer.Exit(EXIT_ENVIRONMENT)


def _check_lines(wiring: Wiring, checks: "Sequence[HealthCheckResult]") -> Iterator[str]:
    for check in checks:
        remedy = f"\n    → {check.remedy}" if check.remedy else ""
        text = wiring.render(N_("{name}: {detail}"), name=check.name, detail=check.detail)
        yield f"{_MARKS[check.state]} {text}{remedy}"


@top_level.command()
def settings(
    context: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help=N_("show those that are not set, too"))] = False,
    json_: AsJson = False,
) -> None:
    from yihui.runtime.setting_sources import read_given_settings
    from yihui.views.settings import build_setting_rows, render_setting_lines

    wiring: Wiring = context.obj
    given = read_given_settings(os.environ)
    typed = context.find_root().params.get("db") not in (None, os.environ.get("YIHUI_DATABASE_URL"))
    rows = build_setting_rows(given, wiring.settings, is_database_typed=typed, all_settings=all_)
    emit(rows, render_setting_lines(rows, wiring.language), json_)
