"""yihui plan sites: propose where to build next, what each site is worth, and how certain the plan is."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cli.options import AsJson, OnlyRegister
from yihui.cli.output import emit, print_note
from yihui.cli.plan_options import (
    Area,
    AtInstant,
    Demand,
    DemandGrid,
    FileColumn,
    FileDatum,
    RasterCorrection,
    RasterResolution,
    RasterValuesWord,
    ServedRadius,
)
from yihui.cli.street_options import StreetFolder, StreetMinutes, StreetTravel, parse_limited_reach

if TYPE_CHECKING:
    from geo.siting.proposal import SitingProposals
    from yihui.planning.siting.request import SitingOrder
    from yihui.planning.street_reach import StreetReach

app = typer.Typer()

_Budget = Annotated[str | None, typer.Option(metavar="YUAN", help=N_("what may be spent, in yuan"))]
_Cost = Annotated[
    str | None, typer.Option(metavar="YUAN", help=N_("what a site costs where the list doesn't say"))
]
_Model = Annotated[
    str,
    typer.Option(
        metavar="MODEL",
        help=N_(
            "mclp: most demand served; lscp: fewest sites for all; p-median: least mean distance; p-centre: least greatest distance"
        ),
    ),
]
_Hour = Annotated[
    str | None,
    typer.Option(
        "--hour-of-week",
        metavar="HOUR",
        help=N_("instead of --at: sat-23, 周六23点, or 0 (Monday 0:00) to 167"),
    ),
]
_Candidates = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help=N_("a list of sites (CSV, XLSX, GeoJSON, …) such as post offices or shops"),
    ),
]
_Datum = Annotated[
    str | None,
    typer.Option(help=N_("datum of the list's coordinates: wgs84, cgcs2000, gcj02 or bd09")),
]
_Columns = Annotated[
    Path | None, typer.Option(metavar="FILE", help=N_("a mapping file: what the list's columns mean"))
]
_Partial = Annotated[
    bool, typer.Option("--partial", help=N_("go on without those rows of the list that can't be used"))
]
_Grid = Annotated[
    float | None,
    typer.Option(metavar="M", help=N_("without a list: one site for each square of so many metres")),
]
_Fixed = Annotated[
    str,
    typer.Option(metavar="WHAT", help=N_("existing: what stands counts; none: as if nothing stood")),
]
_Closable = Annotated[
    bool,
    typer.Option("--closable", help=N_("what stands may be closed; for each that is, one more is built")),
]
_AtMostClose = Annotated[
    int | None,
    typer.Option(
        "--at-most-close",
        metavar="N",
        help=N_("with --closable: close no more than so many; otherwise no more than -p"),
    ),
]
_Least = Annotated[
    int, typer.Option("--min-per-district", metavar="N", help=N_("at least so many in each district"))
]
_Most = Annotated[
    int | None,
    typer.Option("--max-per-district", metavar="N", help=N_("at most so many in each district")),
]
_Limits = Annotated[
    Path | None,
    typer.Option(
        "--district-limits", metavar="FILE", help=N_("a table 区县, 至少, 至多 for single districts")
    ),
]
_Apart = Annotated[
    float, typer.Option(metavar="M", help=N_("no site nearer than so many metres to another station"))
]
_Spacing = Annotated[
    bool,
    typer.Option(
        "--spacing",
        help=N_(
            "in towns only sites whose nearest station is less than 1 km away, where people are dense 0.5 km"
        ),
    ),
]
_Rule = Annotated[
    str,
    typer.Option(
        "--spacing-rule",
        metavar="M,M,N,N",
        help=N_("metres in towns, metres where dense, people per km² from which a place is a town, dense"),
    ),
]
_ExtendedHours = Annotated[
    bool,
    typer.Option(
        "--extended-hours", help=N_("how few doors, opened at that hour as well, would serve as much")
    ),
]
_Curve = Annotated[
    bool,
    typer.Option("--curve", help=N_("what each further site buys: the best plan for each number")),
]
_Stability = Annotated[
    int,
    typer.Option(
        metavar="RUNS",
        help=N_("solve so many times (20 or more) with points 50 m and demand 10 % off; marks unsure sites"),
    ),
]
_Seed = Annotated[int, typer.Option(help=N_("of these runs: the same seed, the same errors"))]
_TimeLimit = Annotated[
    float,
    typer.Option(
        metavar="S",
        help=N_("seconds for the plan, and as many for each of the three questions besides"),
    ),
]
_Geojson = Annotated[Path | None, typer.Option(metavar="FILE", help=N_("write the sites as GeoJSON, too"))]


@app.command(
    "sites",
    help=N_(
        "Where to build next: the best sites of a list or a grid, what each one newly serves, and how good that provably is."
    ),
)
def sites(
    context: typer.Context,
    area: Area = PROVINCE_CODE,
    p: Annotated[int | None, typer.Option("-p", help=N_("how many sites to build"))] = None,
    budget: _Budget = None,
    cost: _Cost = None,
    model: _Model = "mclp",
    at: AtInstant = None,
    hour: _Hour = None,
    radius: ServedRadius = 1_000,
    candidates: _Candidates = None,
    datum: _Datum = None,
    columns: _Columns = None,
    partial: _Partial = False,
    grid: _Grid = None,
    demand: Demand = "census",
    demand_column: FileColumn = None,
    demand_datum: FileDatum = None,
    raster_values: RasterValuesWord = None,
    raster_correction: RasterCorrection = True,
    raster_resolution: RasterResolution = None,
    demand_grid: DemandGrid = None,
    register: OnlyRegister = None,
    travel: StreetTravel = None,
    minutes: StreetMinutes = None,
    routing: StreetFolder = None,
    fixed: _Fixed = "existing",
    closable: _Closable = False,
    at_most_close: _AtMostClose = None,
    least: _Least = 0,
    most: _Most = None,
    limits: _Limits = None,
    apart: _Apart = 0,
    spacing: _Spacing = False,
    rule: _Rule = "1000,500,1500,4000",
    extended_hours: _ExtendedHours = False,
    curve: _Curve = False,
    stability: _Stability = 0,
    seed: _Seed = 20261120,
    time_limit: _TimeLimit = 30,
    geojson: _Geojson = None,
    json_: AsJson = False,
) -> None:
    from yihui.files.whole_files import check_output_not_input, check_output_path
    from yihui.planning.demand.request import RasterOptions
    from yihui.planning.siting.request import SitingOrder, parse_siting_instant, parse_siting_model
    from yihui.planning.siting.run import propose_sites

    wiring: Wiring = context.obj
    if geojson is not None:
        check_output_path(geojson)  # check before the solver runs, which may take a minute
        check_output_not_input(geojson, candidates, limits, columns)
    order = SitingOrder(area.strip(), parse_siting_instant(at, hour, wiring.now()), parse_siting_model(model))
    order = replace(order, p=p, radius_m=radius, register=register)
    order = _add_streets(order, parse_limited_reach(context, travel, minutes, routing, radius))
    order = _add_costs(order, budget, cost)
    order = _add_candidates(order, candidates, datum, columns, partial, grid)
    order = _add_demand(order, demand, demand_column, demand_datum, demand_grid)
    order = replace(order, demand_raster=RasterOptions(raster_values, raster_correction, raster_resolution))
    order = _add_existing(order, fixed, closable, at_most_close)
    order = replace(order, least=least, most=most, district_limits=limits)
    order = _add_spacing(order, spacing, rule, apart)
    order = replace(order, extended_hours=extended_hours, curve=curve)
    order = replace(order, stability=stability, seed=seed, time_limit_s=time_limit)
    _print_proposals(wiring, propose_sites(wiring, order), geojson, json_)


def _add_costs(order: "SitingOrder", budget: str | None, cost: str | None) -> "SitingOrder":
    from yihui.runtime.arguments import parse_fen

    return replace(
        order,
        budget_fen=parse_fen(budget, "--budget") if budget else None,
        cost_fen=parse_fen(cost, "--cost") if cost else None,
    )


def _add_streets(order: "SitingOrder", streets: "StreetReach | None") -> "SitingOrder":
    return order if streets is None else replace(order, streets=streets, radius_m=streets.straight_m)


def _add_candidates(
    order: "SitingOrder",
    file: Path | None,
    datum: str | None,
    mapping: Path | None,
    partial: bool,
    grid_m: float | None,
) -> "SitingOrder":
    from yihui.runtime.arguments import parse_datum

    return replace(
        order, candidates=file, datum=parse_datum(datum), mapping=mapping, partial=partial, grid_m=grid_m
    )


def _add_demand(
    order: "SitingOrder", demand: str, column: str | None, datum: str | None, grid_m: float | None
) -> "SitingOrder":
    from yihui.runtime.arguments import parse_datum

    known = parse_datum(datum, "--demand-datum")
    return replace(order, demand=demand, demand_column=column, demand_datum=known, demand_grid_m=grid_m)


def _add_existing(
    order: "SitingOrder", fixed: str, closable: bool, at_most_close: int | None
) -> "SitingOrder":
    from yihui.planning.siting.request import parse_fixed_option

    return replace(order, keep=parse_fixed_option(fixed), closable=closable, at_most_close=at_most_close)


def _add_spacing(order: "SitingOrder", spacing: bool, rule: str, apart_m: float) -> "SitingOrder":
    from yihui.planning.siting.request import parse_spacing_rule

    return replace(order, spacing=spacing, rule=parse_spacing_rule(rule), apart_m=apart_m)


def _print_proposals(wiring: Wiring, found: "SitingProposals", geojson: Path | None, as_json: bool) -> None:
    """Print the sites and write them as GeoJSON if requested. *Raises*: typer.Exit after an interruption."""
    from yihui.files.whole_files import write_atomically
    from yihui.planning.siting.data import siting_geojson, siting_json
    from yihui.planning.siting.text import note_lines, siting_lines
    from yihui.runtime.errors import EXIT_INTERRUPTED

    emit(lambda: siting_json(found, wiring.language), siting_lines(found, wiring.language), as_json)
    for line in note_lines(found.notes, wiring.language):
        typer.echo(line, err=True)
    if geojson is not None:
        write_atomically(
            geojson, json.dumps(siting_geojson(found, wiring.language), ensure_ascii=False), public=True
        )
        print_note(wiring, N_("sites as GeoJSON: {file}"), file=geojson)
    if found.interrupted:
        raise typer.Exit(EXIT_INTERRUPTED)
