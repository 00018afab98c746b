"""yihui plan compare: compare two registers or dates: which places changed, who gained one and who lost one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from geo.crs import Datum
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cli.plan_options import build_plan_options


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    options = build_plan_options(_)

    @app.command(
        help=_(
            "Compare two registers or dates: which places changed, who gained one within reach, who lost one."
        )
    )
    def compare(
        context: typer.Context,
        before: Annotated[
            str,
            typer.Option(
                metavar="FILE|REGISTER|DATE|now",
                help=_("a register's file, its name, a date (as it was that night), or name@date"),
            ),
        ],
        after: Annotated[
            str, typer.Option(metavar="FILE|REGISTER|DATE|now", help=_("the same, for the other side"))
        ] = "now",
        at: Annotated[str | None, options.at] = None,
        after_at: Annotated[
            str | None,
            typer.Option("--after-at", help=_("another time for the other side, such as a holiday")),
        ] = None,
        radius: Annotated[float, options.radius] = 1_000,
        demand: Annotated[
            str,
            typer.Option(help=_("population, area, searches, searches:unmet, or a file of your own")),
        ] = "population",
        demand_column: Annotated[
            str | None, typer.Option(help=_("the column of that file that says how much"))
        ] = None,
        demand_datum: Annotated[Datum | None, typer.Option(help=_("datum of that file"))] = None,
        area: Annotated[str, options.area] = PROVINCE_CODE,
        datum: Annotated[Datum | None, typer.Option(help=_("datum of the registers' files"))] = None,
        hours: Annotated[
            bool, typer.Option("--hours", help=_("also for each of the 168 hours of the week"))
        ] = False,
        points: Annotated[
            Path | None,
            typer.Option(help=_("write the points newly served or no longer served to this CSV")),
        ] = None,
        json_: Annotated[bool, options.json] = False,
    ) -> None:
        from yihui.files.whole_files import check_output_path, write_atomically
        from yihui.planning.comparison.data import changed_points_csv, comparison_json
        from yihui.planning.comparison.request import CompareOrder, check_compare_radius
        from yihui.planning.comparison.run import compare_registers
        from yihui.planning.comparison.text import comparison_lines
        from yihui.planning.demand.request import DemandFileOptions
        from yihui.runtime.arguments import parse_instant
        from yihui.runtime.errors import fault_line

        wiring: Wiring = context.obj
        check_compare_radius(radius)
        if points is not None:
            check_output_path(points)
        order = CompareOrder(
            before,
            after,
            parse_instant(at) if at else wiring.now(),
            area,
            parse_instant(after_at, "--after-at") if after_at else None,
            demand,
            radius,
            datum=datum,
            hours=hours,
            demand_file=DemandFileOptions(Path(demand), demand_column, datum=demand_datum),
        )
        found = compare_registers(wiring, order)
        if json_:
            typer.echo(json.dumps(comparison_json(found), ensure_ascii=False))
        else:
            for note in found.chosen.notes:
                typer.echo(fault_line(note, wiring.language).text(), err=True)
            for line in comparison_lines(found, wiring.language):
                typer.echo(line)
        if points is not None:
            write_atomically(points, changed_points_csv(found))
