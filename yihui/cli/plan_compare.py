"""yihui plan compare: compare two registers or dates: which places changed, who gained one and who lost one."""

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
        from geo.coverage.reach import MAX_RADIUS_M
        from yihui.files.whole_files import check_output_path, write_atomically
        from yihui.planning.comparison.run import CompareOrder, compare_registers, invalid_radius_error
        from yihui.planning.comparison.text import changed_points_csv, print_comparison
        from yihui.planning.demand.request import DemandFileOptions
        from yihui.runtime.arguments import parse_instant

        wiring: Wiring = context.obj
        if not 0 < radius <= MAX_RADIUS_M:
            raise invalid_radius_error(radius)
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
        print_comparison(wiring, found, as_json=json_)
        if points is not None:
            write_atomically(points, changed_points_csv(found))
