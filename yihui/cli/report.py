"""yihui report: what was granted, handed out, used and paid; coverage; members."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli import report_members
from yihui.cli.options import AsJson, WorkbookFile
from yihui.cli.output import emit, print_note
from yihui.cli.planning_analysis import add_planning_command

_FAULTS = FaultTable(
    "usage", {"first_after_last": (N_("{field} can't be {value}"), N_("the first day comes before the last"))}
)


class ReportGrouping(StrEnum):
    """The attribute by which a report's figures are grouped."""

    PROGRAMME = "programme"
    ORGANISATION = "organisation"
    MONTH = "month"


app = typer.Typer(no_args_is_help=True)


@app.command(
    help=N_(
        "Promised, handed out, used, paid, expired, taken back, left of each budget and how long it lasts."
    )
)
def benefits(
    context: typer.Context,
    since: Annotated[
        str | None, typer.Option("--from", help=N_("the first day, such as 2026-01-01"), metavar="DATE")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help=N_("the last day; otherwise today"), metavar="DATE")
    ] = None,
    by: Annotated[
        ReportGrouping, typer.Option(help=N_("programme, organisation or month"))
    ] = ReportGrouping.PROGRAMME,
    xlsx: WorkbookFile = None,
    html: Annotated[Path | None, typer.Option(help=N_("write a page with charts"))] = None,
    json_: AsJson = False,
) -> None:
    """Print the report, and write it as a workbook and as a page."""
    from benefits import ReportPeriod
    from core.civil_time import civil_date
    from yihui.files.whole_files import write_atomically
    from yihui.runtime.arguments import parse_day
    from yihui.services.benefits.report import build_benefit_report
    from yihui.views.benefit_report import benefit_report_json, benefit_report_lines

    wiring: Wiring = context.obj
    last = parse_day(until, "--to") if until else civil_date(wiring.now())
    first = parse_day(since, "--from") if since else None
    if first is not None and first > last:
        raise FaultError(_FAULTS.build("first_after_last", field="--from", value=first))
    report = build_benefit_report(wiring, by.value, ReportPeriod(first, last))
    if xlsx is not None:
        from yihui.views.benefit_report_files import render_benefit_report_xlsx

        write_atomically(xlsx, render_benefit_report_xlsx(report, wiring.language))
    if html is not None:
        from yihui.views.benefit_report_files import render_benefit_report_page

        write_atomically(html, render_benefit_report_page(report, wiring.language, wiring.now()))
    for written in filter(None, (xlsx, html)):
        print_note(wiring, N_("written: {file}"), file=written)
    emit(benefit_report_json(report), benefit_report_lines(report, wiring.language), json_)


add_planning_command(app, "report")
app.registered_commands += report_members.app.registered_commands
