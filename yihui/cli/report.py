"""yihui report: what was granted, handed out, used and paid."""

import json
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli import report_coverage

if TYPE_CHECKING:
    from yihui.views.benefit_report import BenefitReport


class ReportGrouping(StrEnum):
    """The attribute by which a report's figures are grouped."""

    PROGRAMME = "programme"
    ORGANISATION = "organisation"
    MONTH = "month"


def build_commands(_: Callable[[str], str]) -> typer.Typer:
    app = typer.Typer(help=_("Reports for officers and the leadership."), no_args_is_help=True)

    @app.callback()
    def reports() -> None:  # so that a group with a single command still takes the command's name
        pass

    @app.command(
        help=_(
            "Promised, handed out, used, paid, expired, taken back, left of each budget and how long it lasts."
        )
    )
    def benefits(
        context: typer.Context,
        since: Annotated[
            str | None, typer.Option("--from", help=_("the first day, such as 2026-01-01"), metavar="DATE")
        ] = None,
        until: Annotated[
            str | None, typer.Option("--to", help=_("the last day; otherwise today"), metavar="DATE")
        ] = None,
        by: Annotated[
            ReportGrouping, typer.Option(help=_("programme, organisation or month"))
        ] = ReportGrouping.PROGRAMME,
        xlsx: Annotated[Path | None, typer.Option(help=_("write a workbook"))] = None,
        html: Annotated[Path | None, typer.Option(help=_("write a page with charts"))] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.views.benefit_report import benefit_report_json, benefit_report_lines

        wiring: Wiring = context.obj
        report = _build_report(wiring, by, since, until)
        _write(wiring, report, xlsx, html)
        if json_:
            typer.echo(json.dumps(benefit_report_json(report), ensure_ascii=False))
        else:
            for line in benefit_report_lines(report, wiring.language):
                typer.echo(line)

    report_coverage.add_commands(app, _)
    return app


def _build_report(
    wiring: Wiring, by: ReportGrouping, since: str | None, until: str | None
) -> "BenefitReport":
    from benefits import ReportPeriod
    from core.civil_time import civil_date
    from core.faults import Fault
    from yihui.runtime.arguments import WrongValue, parse_day
    from yihui.views.benefit_report import build_benefit_report

    last = parse_day(until, "--to") if until else civil_date(wiring.now())
    first = parse_day(since, "--from") if since else None
    if first is not None and first > last:
        remedy = N_("the first day comes before the last")
        raise WrongValue([Fault(N_("{field} can't be {value}"), remedy, field="--from", value=str(first))])
    with wiring.database.read() as connection:
        return build_benefit_report(connection, by.value, ReportPeriod(first, last))


def _write(wiring: Wiring, report: "BenefitReport", xlsx: Path | None, html: Path | None) -> None:
    from yihui.files.whole_files import write_atomically

    if xlsx is not None:
        from yihui.views.benefit_report_workbook import render_benefit_report_xlsx

        write_atomically(xlsx, render_benefit_report_xlsx(report, wiring.language))
    if html is not None:
        from yihui.views.benefit_report_page import render_benefit_report_page

        write_atomically(html, render_benefit_report_page(report, wiring.language, wiring.now()))
    for written in (xlsx, html):
        if written is not None:
            typer.echo(wiring.render(N_("written: {file}"), file=written), err=True)
