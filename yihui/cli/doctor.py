"""yihui doctor: check what is installed, reachable and migrated, and how to repair what is not."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

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
