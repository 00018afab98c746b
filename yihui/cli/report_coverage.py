"""yihui report coverage: show who is served when, where places are missing, and where to build next."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cli.plan_options import build_plan_options

DEFAULT_REPORT_HOUR = 10  # o'clock in China; most stations are open then


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    options = build_plan_options(_)

    @app.command(
        help=_("Who has an open place within reach, by area, hour and distance; gaps; where to build next.")
    )
    def coverage(
        context: typer.Context,
        area: Annotated[str, options.area] = PROVINCE_CODE,
        at: Annotated[
            str | None,
            typer.Option(help=_("when, such as 2026-10-09T10:00+08:00; otherwise today at 10:00")),
        ] = None,
        radius_m: Annotated[float, options.radius_m] = 1_000,
        demand: Annotated[str, options.demand_of_study] = "population",
        demand_column: Annotated[str | None, options.column_of_file] = None,
        demand_datum: Annotated[str | None, options.datum_of_file] = None,
        sites: Annotated[int | None, options.sites] = None,
        register: Annotated[str | None, options.register] = None,
        html: Annotated[Path | None, typer.Option(help=_("write a page with maps and charts"))] = None,
        pdf: Annotated[Path | None, typer.Option(help=_("write it for print, on A4"))] = None,
        xlsx: Annotated[Path | None, typer.Option(help=_("write a workbook"))] = None,
        png: Annotated[Path | None, typer.Option(help=_("write the maps into this folder"))] = None,
        map_: Annotated[
            Path | None,
            typer.Option("--map", help=_("write a map to move about in, with a slider over the week")),
        ] = None,
        json_: Annotated[bool, options.json] = False,
    ) -> None:
        from yihui.files.whole_files import write_atomically
        from yihui.planning.report.data import coverage_report_json
        from yihui.planning.report.files import render_report_files
        from yihui.planning.report.request import ReportOutputs
        from yihui.planning.report.run import build_coverage_report
        from yihui.planning.report.text import report_lines
        from yihui.planning.study.request import StudyOrder
        from yihui.runtime.arguments import parse_datum
        from yihui.runtime.errors import fault_line

        wiring: Wiring = context.obj
        order = StudyOrder(
            area=area,
            at=_instant(wiring, at),
            register=register,
            radius_m=radius_m,
            demand=demand,
            demand_column=demand_column,
            demand_datum=parse_datum(demand_datum, "--demand-datum"),
            sites=sites,
        )
        outputs = ReportOutputs(html, pdf, xlsx, png, map_)
        report = build_coverage_report(wiring, order, outputs)
        files = []
        for file, content in render_report_files(report, outputs, wiring.language):
            write_atomically(file, content)
            files.append(file)
        if json_:
            figures = coverage_report_json(report.study)
            typer.echo(json.dumps(figures, ensure_ascii=False, allow_nan=False))
        else:
            for line in report_lines(report.study, wiring.language):
                typer.echo(line)
        for note in report.study.notes:
            typer.echo(fault_line(note, wiring.language).text(), err=True)
        for file in files:
            typer.echo(wiring.render(N_("written: {file}"), file=file), err=True)


def _instant(wiring: Wiring, at: str | None) -> datetime:
    """Return the given instant, or ten o'clock today where none is given.

    The report describes the day, and compares it with the night.
    """
    from core.civil_time import CIVIL_TIME
    from yihui.runtime.arguments import parse_instant

    if at is not None:
        return parse_instant(at)
    return (
        wiring.now()
        .astimezone(CIVIL_TIME)
        .replace(hour=DEFAULT_REPORT_HOUR, minute=0, second=0, microsecond=0)
    )
