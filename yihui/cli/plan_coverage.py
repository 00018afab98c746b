"""yihui plan coverage: compute who has an open place within reach, by area, by cell and by the hour."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cli.options import DATUM_CHOICES, AsJson, OnlyRegister
from yihui.cli.output import emit, print_note
from yihui.cli.plan_options import (
    Area,
    AtInstant,
    RasterCorrection,
    RasterResolution,
    RasterValuesWord,
    ServedRadius,
    Townships,
)

if TYPE_CHECKING:
    from geo.nearest.travel import Network
    from yihui.planning.coverage.request import CoverageOrder


LEVEL_CHOICES = "province|city|county|township|community|cell"
DEFAULT_TRAVEL_MINUTES = 15.0


app = typer.Typer()

_By = Annotated[
    str,
    typer.Option(
        metavar=LEVEL_CHOICES,
        help=N_("what the table is by; townships need --townships or built streets, communities --outlines"),
    ),
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
_Outlines = Annotated[
    Path | None,
    typer.Option(
        help=N_("outlines of your own with codes, names and perhaps people: GeoJSON, GeoPackage, …")
    ),
]
_OutlinesDatum = Annotated[
    str,
    typer.Option(metavar=DATUM_CHOICES, help=N_("datum of the outlines where the file only says degrees")),
]
_DemandColumn = Annotated[
    str | None, typer.Option(help=N_("of the file of demand: the column that says how much"))
]
_DemandEach = Annotated[
    bool, typer.Option("--demand-each", help=N_("of the file of demand: every row is one"))
]
_DemandDatum = Annotated[
    str | None,
    typer.Option(metavar=DATUM_CHOICES, help=N_("of the file of demand: its datum; never guessed")),
]
_Member = Annotated[
    bool, typer.Option("--member", help=N_("for union members: places for members only count as well"))
]
_Employer = Annotated[str, typer.Option(help=N_("for this employer's staff: its own places count as well"))]
_Kind = Annotated[
    list[str] | None, typer.Option(help=N_("only places of this kind; may be given several times"))
]
_Hours = Annotated[
    bool,
    typer.Option("--hours", help=N_("for every hour of that week too, with a sentence on the night")),
]
_Travel = Annotated[
    str | None,
    typer.Option(metavar="walk|ebike", help=N_("by street and minutes, where street tiles are installed")),
]
_Minutes = Annotated[float, typer.Option(help=N_("with --travel: how long a way counts as served"))]
_Routing = Annotated[
    Path | None, typer.Option(help=N_("the folder with the street tiles (yihui streets build)"))
]


@app.command(
    help=N_("Who has a place within reach that is open then and that they may use; by area, cell and hour.")
)
def coverage(
    context: typer.Context,
    area: Area = PROVINCE_CODE,
    at: AtInstant = None,
    radius: ServedRadius = 1_000,
    by: _By = "county",
    resolution: Annotated[int, typer.Option(help=N_("of the H3 cells, 0 to 15; 7 is 5 km²"))] = 7,
    demand: _Demand = "population",
    outlines: _Outlines = None,
    outlines_datum: _OutlinesDatum = "wgs84",
    townships: Townships = None,
    demand_column: _DemandColumn = None,
    demand_each: _DemandEach = False,
    demand_datum: _DemandDatum = None,
    raster_values: RasterValuesWord = None,
    raster_correction: RasterCorrection = True,
    raster_resolution: RasterResolution = None,
    member: _Member = False,
    employer: _Employer = "",
    kind: _Kind = None,
    register: OnlyRegister = None,
    hours: _Hours = False,
    travel: _Travel = None,
    minutes: _Minutes = DEFAULT_TRAVEL_MINUTES,
    routing: _Routing = None,
    csv: Annotated[Path | None, typer.Option(help=N_("write the table to this file"))] = None,
    json_: AsJson = False,
) -> None:
    from yihui.files.whole_files import check_output_path
    from yihui.planning.coverage.request import (
        CoverageOrder,
        check_level,
        check_radius,
        check_resolution,
        coverage_filters,
    )
    from yihui.planning.demand.request import DemandFileOptions, RasterOptions
    from yihui.runtime.arguments import parse_datum, parse_instant

    wiring: Wiring = context.obj
    if csv is not None:
        check_output_path(csv)
    network = _network(wiring, travel, routing)
    order = CoverageOrder(
        area=area,
        at=parse_instant(at) if at else wiring.now(),
        radius_m=check_radius(radius),
        by=check_level(by),
        demand=demand,
        demand_file=DemandFileOptions(
            Path(demand),
            demand_column,
            demand_each,
            datum=parse_datum(demand_datum, "--demand-datum"),
            raster=RasterOptions(raster_values, raster_correction, raster_resolution),
        ),
        register=register,
        filters=coverage_filters(member, employer, kind or []),
        resolution=check_resolution(resolution),
        outlines=outlines,
        townships=townships,
        datum=parse_datum(outlines_datum, "--outlines-datum"),
        hours=hours,
        network=network,
        within_s=None if network is None else _time_limit_s(minutes),
    )
    _measure_and_print(wiring, order, csv, json_)


def _time_limit_s(minutes: float) -> float:
    from yihui.planning.coverage.request import check_minutes

    return check_minutes(minutes) * 60


def _measure_and_print(wiring: Wiring, order: "CoverageOrder", csv: Path | None, as_json: bool) -> None:
    from yihui.files.whole_files import write_atomically
    from yihui.planning.coverage.data import coverage_csv, coverage_json
    from yihui.planning.coverage.run import measure_coverage
    from yihui.planning.coverage.text import coverage_lines

    answer = measure_coverage(wiring, order)
    lines = coverage_lines(answer, wiring.language)
    emit(lambda: coverage_json(answer, wiring.language), lines, as_json, allow_nan=False)
    if csv is not None:
        write_atomically(csv, coverage_csv(answer), public=True)
        print_note(wiring, N_("written: {file}"), file=csv)


def _network(wiring: Wiring, travel: str | None, routing: Path | None) -> "Network | None":
    """Open the street network for a travel mode; return None where no mode is named. *Raises*: FaultError."""
    from yihui.cli.station_nearest import parse_travel
    from yihui.services.stations.street_network import open_street_network

    way = parse_travel(travel)
    return None if way is None else open_street_network(wiring, way, routing)
