"""yihui plan gaps: find the areas without an open place within reach, and the hours at which they lack one."""

import json
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cli.options import AsJson, OnlyRegister
from yihui.cli.output import emit, print_faults, print_note
from yihui.cli.plan_options import (
    Area,
    Demand,
    DemandColumn,
    DemandDatum,
    DemandGrid,
    FilesDatum,
    RasterCorrection,
    RasterResolution,
    RasterValuesWord,
    ServedRadius,
    Townships,
)
from yihui.cli.street_options import StreetFolder, StreetMinutes, StreetTravel, parse_limited_reach

app = typer.Typer()

_WeekOf = Annotated[
    str | None,
    typer.Option("--week-of", metavar="DATE", help=N_("the week in which a date lies; otherwise this week")),
]
_Hours = Annotated[
    str | None,
    typer.Option(metavar="FROM-TO", help=N_("only these hours of each day, such as 22-6 for the night")),
]
_Outlines = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help=N_("outlines of townships or communities, by which gaps are told apart")
    ),
]
_Places = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help=N_("a list of places that people know, by which gaps are named")),
]
_Limit = Annotated[int, typer.Option(min=0, help=N_("how many gaps of each kind are listed; 0 is all"))]
_Geojson = Annotated[Path | None, typer.Option(metavar="FILE", help=N_("write all gaps as GeoJSON, too"))]


@app.command(
    "gaps",
    help=N_(
        "Gaps: connected areas without an open place within reach, how many people that concerns, and at which hours."
    ),
)
def gaps(
    context: typer.Context,
    area: Area = PROVINCE_CODE,
    at: Annotated[str | None, typer.Option(help=N_("one instant, such as 2026-10-03T23:10+08:00"))] = None,
    week_of: _WeekOf = None,
    hours: _Hours = None,
    radius: ServedRadius = 1_000,
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
    places: _Places = None,
    townships: Townships = None,
    datum: FilesDatum = None,
    limit: _Limit = 20,
    geojson: _Geojson = None,
    json_: AsJson = False,
) -> None:
    from yihui.files.whole_files import check_output_not_input, check_output_path, write_atomically
    from yihui.planning.demand.request import RasterOptions, demand_file_options
    from yihui.planning.gaps.data import gaps_geojson, gaps_json
    from yihui.planning.gaps.request import GapOrder, parse_clock_hours
    from yihui.planning.gaps.run import find_gaps
    from yihui.planning.gaps.text import gap_lines
    from yihui.runtime.arguments import parse_datum, parse_day, parse_instant

    wiring: Wiring = context.obj
    if geojson is not None:
        check_output_path(geojson)
        check_output_not_input(geojson, outlines, places, townships, Path(demand))
    order = GapOrder(
        area=area.strip(),
        at=parse_instant(at) if at else None,
        week_of=parse_day(week_of, "--week-of") if week_of else None,
        clock=parse_clock_hours(hours) if hours else None,
        radius_m=radius,
        demand=demand,
        demand_file=demand_file_options(
            *(demand, demand_column, demand_datum, parse_datum(datum)),
            RasterOptions(raster_values, raster_correction, raster_resolution),
        ),
        spacing_m=demand_grid,
        register=register,
        outlines=outlines,
        datum=parse_datum(datum),
        places=places,
        townships=townships,
        streets=parse_limited_reach(context, travel, minutes, routing, radius),
    )
    found = find_gaps(wiring, order)
    emit(lambda: gaps_json(found, wiring.language, limit), gap_lines(found, wiring.language, limit), json_)
    print_faults(wiring, found.notes)
    if geojson is not None:
        write_atomically(
            geojson, json.dumps(gaps_geojson(found, wiring.language), ensure_ascii=False), public=True
        )
        told = N_("{count} gaps as GeoJSON: {file}")
        print_note(wiring, told, count=f"{len(found.gaps):,}", file=geojson)
