"""yihui plan access: compute how much capacity of open places each area can reach, and how evenly it is
shared.
"""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cli.options import AsJson, OnlyRegister
from yihui.cli.output import emit, print_faults
from yihui.cli.plan_options import (
    Area,
    AtInstant,
    Demand,
    DemandColumn,
    DemandDatum,
    DemandGrid,
    FilesDatum,
    RasterCorrection,
    RasterResolution,
    RasterValuesWord,
    Townships,
)
from yihui.cli.street_options import StreetFolder, StreetMinutes, StreetTravel, parse_street_reach

app = typer.Typer()

_Radius = Annotated[
    float | None, typer.Option(help=N_("how far counts as within reach, in metres; otherwise 1000"))
]
_Zones = Annotated[
    str | None,
    typer.Option(metavar="M:WEIGHT,…", help=N_("zones instead of a radius, such as 500:1,1000:0.5")),
]
_Capacity = Annotated[
    str,
    typer.Option(
        metavar="N|area_m2|FILE",
        help=N_("what each place offers: a number, the size of its room, or a table 编号, 容量"),
    ),
]
_By = Annotated[
    str | None,
    typer.Option(
        metavar="LEVEL",
        help=N_(
            "which areas to list: province, city, county, township (of the built streets or --townships) or community "
            "(--outlines)"
        ),
    ),
]
_Outlines = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help=N_("outlines of townships or communities, to list these")),
]


@app.command(
    "access",
    help=N_(
        "Access: what of the open places falls to each (2SFCA, with --zones E2SFCA), and how evenly it is shared (Gini)."
    ),
)
def access(
    context: typer.Context,
    area: Area = PROVINCE_CODE,
    at: AtInstant = None,
    radius: _Radius = None,
    zones: _Zones = None,
    capacity: _Capacity = "1",
    by: _By = None,
    demand: Demand = "census",
    demand_grid: DemandGrid = None,
    demand_column: DemandColumn = None,
    demand_datum: DemandDatum = None,
    raster_values: RasterValuesWord = None,
    raster_correction: RasterCorrection = True,
    raster_resolution: RasterResolution = None,
    register: OnlyRegister = None,
    travel: StreetTravel = None,
    minutes: StreetMinutes = None,
    routing: StreetFolder = None,
    outlines: _Outlines = None,
    townships: Townships = None,
    datum: FilesDatum = None,
    limit: Annotated[int, typer.Option(min=0, help=N_("how many areas are listed; 0 is all"))] = 30,
    json_: AsJson = False,
) -> None:
    from yihui.planning.access.data import access_json
    from yihui.planning.access.request import AccessOrder, choose_zones
    from yihui.planning.access.run import measure_access
    from yihui.planning.access.text import access_lines
    from yihui.planning.demand.request import RasterOptions, demand_file_options
    from yihui.planning.street_reach import check_one_limit
    from yihui.runtime.arguments import parse_datum, parse_instant

    wiring: Wiring = context.obj
    limits = choose_zones(radius, zones)
    check_one_limit(minutes, {"--radius": radius, "--zones": zones})
    order = AccessOrder(
        area=area.strip(),
        at=parse_instant(at) if at else wiring.now(),
        zones=limits,
        capacity=capacity,
        by=by,
        demand=demand,
        demand_file=demand_file_options(
            *(demand, demand_column, demand_datum, parse_datum(datum)),
            RasterOptions(raster_values, raster_correction, raster_resolution),
        ),
        spacing_m=demand_grid,
        register=register,
        outlines=outlines,
        townships=townships,
        datum=parse_datum(datum),
        streets=parse_street_reach(wiring, travel, minutes, routing, limits[-1][0]),
    )
    found = measure_access(wiring, order)
    emit(lambda: access_json(found, wiring.language), access_lines(found, wiring.language, limit), json_)
    print_faults(wiring, found.notes)
