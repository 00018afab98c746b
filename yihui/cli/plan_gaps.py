"""yihui plan gaps: find the areas without an open place within reach, and the hours at which they lack one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cli.plan_options import build_plan_options


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    options = build_plan_options(_)

    @app.command(
        "gaps",
        help=_(
            "Gaps: connected areas without an open place within reach, how many people that concerns, and at which hours."
        ),
    )
    def gaps(
        context: typer.Context,
        area: Annotated[str, options.area] = PROVINCE_CODE,
        at: Annotated[str | None, typer.Option(help=_("one instant, such as 2026-10-03T23:10+08:00"))] = None,
        week_of: Annotated[
            str | None,
            typer.Option(
                "--week-of", metavar="DATE", help=_("the week in which a date lies; otherwise this week")
            ),
        ] = None,
        hours: Annotated[
            str | None,
            typer.Option(
                metavar="FROM-TO", help=_("only these hours of each day, such as 22-6 for the night")
            ),
        ] = None,
        radius: Annotated[float, options.radius] = 1_000,
        demand: Annotated[str, options.demand] = "census",
        demand_grid: Annotated[float | None, options.demand_grid] = None,
        demand_column: Annotated[str | None, options.demand_column] = None,
        demand_datum: Annotated[str | None, options.demand_datum] = None,
        register: Annotated[str | None, options.register] = None,
        outlines: Annotated[
            Path | None,
            typer.Option(
                metavar="FILE", help=_("outlines of townships or communities, by which gaps are told apart")
            ),
        ] = None,
        places: Annotated[
            Path | None,
            typer.Option(
                metavar="FILE", help=_("a list of places that people know, by which gaps are named")
            ),
        ] = None,
        datum: Annotated[str | None, options.datum] = None,
        limit: Annotated[
            int, typer.Option(min=0, help=_("how many gaps of each kind are listed; 0 is all"))
        ] = 20,
        geojson: Annotated[
            Path | None, typer.Option(metavar="FILE", help=_("write all gaps as GeoJSON, too"))
        ] = None,
        json_: Annotated[bool, options.json] = False,
    ) -> None:
        from yihui.files.whole_files import check_output_not_input, check_output_path, write_atomically
        from yihui.planning.demand.request import demand_file_options
        from yihui.planning.gaps.data import gaps_geojson, gaps_json
        from yihui.planning.gaps.request import GapOrder, parse_clock_hours
        from yihui.planning.gaps.run import find_gaps
        from yihui.planning.gaps.text import gap_lines
        from yihui.runtime.arguments import parse_datum, parse_day, parse_instant
        from yihui.runtime.errors import fault_line

        wiring: Wiring = context.obj
        if geojson is not None:
            check_output_path(geojson)
            check_output_not_input(geojson, outlines, places, Path(demand))
        order = GapOrder(
            area=area.strip(),
            at=parse_instant(at) if at else None,
            week_of=parse_day(week_of, "--week-of") if week_of else None,
            clock=parse_clock_hours(hours) if hours else None,
            radius_m=radius,
            demand=demand,
            demand_file=demand_file_options(demand, demand_column, demand_datum, parse_datum(datum)),
            spacing_m=demand_grid,
            register=register,
            outlines=outlines,
            datum=parse_datum(datum),
            places=places,
        )
        found = find_gaps(wiring, order)
        if json_:
            typer.echo(json.dumps(gaps_json(found, wiring.language, limit), ensure_ascii=False))
        else:
            for line in gap_lines(found, wiring.language, limit):
                typer.echo(line)
        for note in found.notes:
            typer.echo(fault_line(note, wiring.language).text(), err=True)
        if geojson is not None:
            write_atomically(geojson, json.dumps(gaps_geojson(found, wiring.language), ensure_ascii=False))
            told = N_("{count} gaps as GeoJSON: {file}")
            typer.echo(wiring.render(told, count=f"{len(found.gaps):,}", file=geojson), err=True)
