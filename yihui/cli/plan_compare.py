"""yihui plan compare: compare two registers or dates: which places changed, who gained one and who lost one."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cli.options import DATUM_CHOICES, AsJson
from yihui.cli.output import emit, print_faults
from yihui.cli.plan_options import (
    Area,
    AtInstant,
    RasterCorrection,
    RasterResolution,
    RasterValuesWord,
    ServedRadius,
)

app = typer.Typer()

_Before = Annotated[
    str,
    typer.Option(
        metavar="FILE|REGISTER|DATE|now",
        help=N_("a register's file, its name, a date (as it was that night), or name@date"),
    ),
]
_After = Annotated[
    str, typer.Option(metavar="FILE|REGISTER|DATE|now", help=N_("the same, for the other side"))
]
_AfterAt = Annotated[
    str | None,
    typer.Option("--after-at", help=N_("another time for the other side, such as a holiday")),
]
_Demand = Annotated[
    str,
    typer.Option(
        help=N_(
            "population, area, searches, searches:unmet, or a file of your own; or several "
            "(population+searches=30%)"
        )
    ),
]
_DemandColumn = Annotated[str | None, typer.Option(help=N_("the column of that file that says how much"))]
_Hours = Annotated[bool, typer.Option("--hours", help=N_("also for each of the 168 hours of the week"))]
_Points = Annotated[
    Path | None,
    typer.Option(help=N_("write the points newly served or no longer served to this CSV")),
]


@app.command(
    help=N_(
        "Compare two registers or dates: which places changed, who gained one within reach, who lost one."
    )
)
def compare(
    context: typer.Context,
    before: _Before,
    after: _After = "now",
    at: AtInstant = None,
    after_at: _AfterAt = None,
    radius: ServedRadius = 1_000,
    demand: _Demand = "population",
    demand_column: _DemandColumn = None,
    demand_datum: Annotated[
        str | None, typer.Option(metavar=DATUM_CHOICES, help=N_("datum of that file"))
    ] = None,
    raster_values: RasterValuesWord = None,
    raster_correction: RasterCorrection = True,
    raster_resolution: RasterResolution = None,
    area: Area = PROVINCE_CODE,
    datum: Annotated[
        str | None, typer.Option(metavar=DATUM_CHOICES, help=N_("datum of the registers' files"))
    ] = None,
    hours: _Hours = False,
    points: _Points = None,
    json_: AsJson = False,
) -> None:
    from yihui.files.whole_files import check_output_path, write_atomically
    from yihui.planning.comparison.data import changed_points_csv, comparison_json
    from yihui.planning.comparison.request import CompareOrder, check_compare_radius
    from yihui.planning.comparison.run import compare_registers
    from yihui.planning.comparison.text import comparison_lines
    from yihui.planning.demand.request import DemandFileOptions, RasterOptions
    from yihui.runtime.arguments import parse_datum, parse_instant

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
        datum=parse_datum(datum),
        hours=hours,
        demand_file=DemandFileOptions(
            Path(demand),
            demand_column,
            datum=parse_datum(demand_datum, "--demand-datum"),
            raster=RasterOptions(raster_values, raster_correction, raster_resolution),
        ),
    )
    found = compare_registers(wiring, order)
    if not json_:
        print_faults(wiring, found.chosen.notes)
    emit(lambda: comparison_json(found), comparison_lines(found, wiring.language), json_)
    if points is not None:
        write_atomically(points, changed_points_csv(found), public=True)
