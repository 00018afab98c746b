"""yihui plan demand: show how a demand file is understood, before a planner uses it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from geo.crs import Datum
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.planning.demand.request import DemandFileOptions, LeaveOut, PolygonSpread


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(
        help=_("Show what a file of demand is understood as: rows, total, unit, datum, bounds, by city.")
    )
    def demand(
        context: typer.Context,
        what: Annotated[
            str,
            typer.Argument(
                metavar="FILE|population|area|searches|searches:unmet",
                help=_(
                    "CSV, XLSX, GeoJSON, GeoPackage or GeoParquet of points, polygons or totals by district; "
                    "or one of the words"
                ),
            ),
        ],
        column: Annotated[
            str | None,
            typer.Option("--column", "--demand-column", help=_("the column that says how much")),
        ] = None,
        each: Annotated[
            bool, typer.Option("--each", "--demand-each", help=_("every row is one (order, person)"))
        ] = False,
        unit: Annotated[
            str | None,
            typer.Option(
                help=_("what is counted, such as people or orders; otherwise as the column is called")
            ),
        ] = None,
        datum: Annotated[
            Datum | None,
            typer.Option(
                "--datum", "--demand-datum", help=_("datum of longitude and latitude; never guessed")
            ),
        ] = None,
        crs: Annotated[
            str | None,
            typer.Option(help=_("CRS of x and y where the file does not say it, such as EPSG:4547")),
        ] = None,
        layer: Annotated[
            str | None, typer.Option(help=_("sheet of a workbook, or layer of a GeoPackage"))
        ] = None,
        no_header: Annotated[
            bool, typer.Option("--no-header", help=_("a CSV without column names: they are 1, 2, 3, … then"))
        ] = False,
        lon: Annotated[str | None, typer.Option(help=_("the column with longitude, or x"))] = None,
        lat: Annotated[str | None, typer.Option(help=_("the column with latitude, or y"))] = None,
        code: Annotated[str | None, typer.Option(help=_("the column with district codes"))] = None,
        polygons: Annotated[
            PolygonSpread,
            typer.Option(
                help=_("what becomes of polygons: even parts on a grid, or all of it at one point inside")
            ),
        ] = PolygonSpread.GRID,
        spacing_m: Annotated[
            float,
            typer.Option("--spacing-m", min=50, max=20_000, help=_("of that grid, in metres")),
        ] = 1_000,
        leave_out: Annotated[
            list[LeaveOut] | None,
            typer.Option(
                help=_(
                    "leave out what lies outside the area, totals of districts that are there too, or rows "
                    "that name no district; may be given several times"
                )
            ),
        ] = None,
        area: Annotated[
            str, typer.Option(help=_("six-digit code of a province, a city or a county; all: all of China"))
        ] = PROVINCE_CODE,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.planning.demand.data import demand_json
        from yihui.planning.demand.request import DemandQuery
        from yihui.planning.demand.run import summarise_demand
        from yihui.planning.demand.text import demand_lines, demand_note_lines

        wiring: Wiring = context.obj
        request = DemandFileOptions(
            Path(what),
            column,
            each,
            unit,
            datum,
            crs,
            layer,
            no_header,
            lon,
            lat,
            code,
            polygons,
            spacing_m,
            frozenset(leave_out or ()),
        )
        where = None if area == "all" else area
        summary = summarise_demand(wiring, DemandQuery(what, where, spacing_m, request))
        if json_:
            typer.echo(json.dumps(demand_json(summary, wiring.language), ensure_ascii=False))
            return
        for line in demand_note_lines(summary, wiring.language):
            typer.echo(line, err=True)
        for line in demand_lines(summary, wiring.language):
            typer.echo(line)
