"""yihui plan compare: two registers or dates: what changed, who gained, who lost."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from geo.crs import Datum
from yihui.bootstrap import PROVINCE, Wiring
from yihui.cli.plan_options import plan_options

N_ = str  # marks a text for the message catalogue


def add(app: typer.Typer, _: Callable[[str], str]) -> None:
    options = plan_options(_)

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
        area: Annotated[str, options.area] = PROVINCE,
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
        from geo.coverage.reach import LONGEST_RADIUS_M
        from yihui.files.whole_files import check_place, write_whole
        from yihui.planning.comparison.run import CompareOrder, compared, wrong_radius
        from yihui.planning.comparison.text import points_csv, tell
        from yihui.planning.demand.request import DemandRequest
        from yihui.runtime.arguments import instant

        wiring: Wiring = context.obj
        if not 0 < radius <= LONGEST_RADIUS_M:
            raise wrong_radius(radius)
        if points is not None:
            check_place(points)
        order = CompareOrder(
            before,
            after,
            instant(at) if at else wiring.now(),
            area,
            instant(after_at, "--after-at") if after_at else None,
            demand,
            radius,
            datum=datum,
            hours=hours,
            demand_file=DemandRequest(Path(demand), demand_column, datum=demand_datum),
        )
        found = compared(wiring, order)
        tell(wiring, found, as_json=json_)
        if points is not None:
            write_whole(points, points_csv(found))
