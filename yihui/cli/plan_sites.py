"""yihui plan sites: propose where to build next, what each site is worth, and how certain the plan is."""

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
        "sites",
        help=_(
            "Where to build next: the best sites of a list or a grid, what each one newly serves, and how good that provably is."
        ),
    )
    def sites(
        context: typer.Context,
        area: Annotated[str, options.area] = PROVINCE_CODE,
        p: Annotated[int | None, typer.Option("-p", help=_("how many sites to build"))] = None,
        budget: Annotated[
            str | None, typer.Option(metavar="YUAN", help=_("what may be spent, in yuan"))
        ] = None,
        cost: Annotated[
            str | None, typer.Option(metavar="YUAN", help=_("what a site costs where the list doesn't say"))
        ] = None,
        model: Annotated[
            str,
            typer.Option(
                metavar="MODEL",
                help=_(
                    "mclp: most demand served; lscp: fewest sites for all; p-median: least mean distance; p-centre: least greatest distance"
                ),
            ),
        ] = "mclp",
        at: Annotated[str | None, options.at] = None,
        hour: Annotated[
            str | None,
            typer.Option(
                "--hour-of-week",
                metavar="HOUR",
                help=_("instead of --at: sat-23, 周六23点, or 0 (Monday 0:00) to 167"),
            ),
        ] = None,
        radius: Annotated[float, options.radius] = 1_000,
        candidates: Annotated[
            Path | None,
            typer.Option(
                metavar="FILE",
                help=_("a list of sites (CSV, XLSX, GeoJSON, …) such as post offices or shops"),
            ),
        ] = None,
        datum: Annotated[
            str | None,
            typer.Option(help=_("datum of the list's coordinates: wgs84, cgcs2000, gcj02 or bd09")),
        ] = None,
        columns: Annotated[
            Path | None, typer.Option(metavar="FILE", help=_("a mapping file: what the list's columns mean"))
        ] = None,
        partial: Annotated[
            bool, typer.Option("--partial", help=_("go on without those rows of the list that can't be used"))
        ] = False,
        grid: Annotated[
            float | None,
            typer.Option(metavar="M", help=_("without a list: one site for each square of so many metres")),
        ] = None,
        demand: Annotated[str, options.demand] = "census",
        demand_column: Annotated[str | None, options.column_of_file] = None,
        demand_datum: Annotated[str | None, options.datum_of_file] = None,
        demand_grid: Annotated[float | None, options.demand_grid] = None,
        register: Annotated[str | None, options.register] = None,
        fixed: Annotated[
            str,
            typer.Option(metavar="WHAT", help=_("existing: what stands counts; none: as if nothing stood")),
        ] = "existing",
        closable: Annotated[
            bool,
            typer.Option(
                "--closable", help=_("what stands may be closed; for each that is, one more is built")
            ),
        ] = False,
        at_most_close: Annotated[
            int | None,
            typer.Option(
                "--at-most-close",
                metavar="N",
                help=_("with --closable: close no more than so many; otherwise no more than -p"),
            ),
        ] = None,
        least: Annotated[
            int, typer.Option("--min-per-district", metavar="N", help=_("at least so many in each district"))
        ] = 0,
        most: Annotated[
            int | None,
            typer.Option("--max-per-district", metavar="N", help=_("at most so many in each district")),
        ] = None,
        limits: Annotated[
            Path | None,
            typer.Option(
                "--district-limits", metavar="FILE", help=_("a table 区县, 至少, 至多 for single districts")
            ),
        ] = None,
        apart: Annotated[
            float, typer.Option(metavar="M", help=_("no site nearer than so many metres to another station"))
        ] = 0,
        spacing: Annotated[
            bool,
            typer.Option(
                "--spacing",
                help=_(
                    "in towns only sites whose nearest station is less than 1 km away, where people are dense 0.5 km"
                ),
            ),
        ] = False,
        rule: Annotated[
            str,
            typer.Option(
                "--spacing-rule",
                metavar="M,M,N,N",
                help=_(
                    "metres in towns, metres where dense, people per km² from which a place is a town, dense"
                ),
            ),
        ] = "1000,500,1500,4000",
        extended_hours: Annotated[
            bool,
            typer.Option(
                "--extended-hours", help=_("how few doors, opened at that hour as well, would serve as much")
            ),
        ] = False,
        curve: Annotated[
            bool,
            typer.Option("--curve", help=_("what each further site buys: the best plan for each number")),
        ] = False,
        stability: Annotated[
            int,
            typer.Option(
                metavar="RUNS",
                help=_(
                    "solve so many times (20 or more) with points 50 m and demand 10 % off; marks unsure sites"
                ),
            ),
        ] = 0,
        seed: Annotated[
            int, typer.Option(help=_("of these runs: the same seed, the same errors"))
        ] = 20261120,
        time_limit: Annotated[
            float,
            typer.Option(
                metavar="S",
                help=_("seconds for the plan, and as many for each of the three questions besides"),
            ),
        ] = 30,
        geojson: Annotated[
            Path | None, typer.Option(metavar="FILE", help=_("write the sites as GeoJSON, too"))
        ] = None,
        json_: Annotated[bool, options.json] = False,
    ) -> None:
        from yihui.files.whole_files import check_output_not_input, check_output_path, write_atomically
        from yihui.planning.siting.data import siting_geojson, siting_json
        from yihui.planning.siting.request import (
            SitingOrder,
            parse_fixed_option,
            parse_siting_instant,
            parse_siting_model,
            parse_spacing_rule,
        )
        from yihui.planning.siting.run import propose_sites
        from yihui.planning.siting.text import note_lines, siting_lines
        from yihui.runtime.arguments import parse_datum, parse_fen
        from yihui.runtime.errors import EXIT_INTERRUPTED

        wiring: Wiring = context.obj
        if geojson is not None:
            check_output_path(geojson)  # check before the solver runs, which may take a minute
            check_output_not_input(geojson, candidates, limits, columns)
        order = SitingOrder(
            area=area.strip(),
            at=parse_siting_instant(at, hour, wiring.now()),
            goal=parse_siting_model(model),
            p=p,
            budget_fen=parse_fen(budget, "--budget") if budget else None,
            cost_fen=parse_fen(cost, "--cost") if cost else None,
            candidates=candidates,
            datum=parse_datum(datum),
            mapping=columns,
            partial=partial,
            grid_m=grid,
            radius_m=radius,
            demand=demand,
            demand_column=demand_column,
            demand_datum=parse_datum(demand_datum, "--demand-datum"),
            demand_grid_m=demand_grid,
            register=register,
            keep=parse_fixed_option(fixed),
            closable=closable,
            at_most_close=at_most_close,
            least=least,
            most=most,
            district_limits=limits,
            spacing=spacing,
            rule=parse_spacing_rule(rule),
            apart_m=apart,
            extended_hours=extended_hours,
            curve=curve,
            stability=stability,
            seed=seed,
            time_limit_s=time_limit,
        )
        found = propose_sites(wiring, order)
        if json_:
            typer.echo(json.dumps(siting_json(found, wiring.language), ensure_ascii=False))
        else:
            for line in siting_lines(found, wiring.language):
                typer.echo(line)
        for line in note_lines(found.notes, wiring.language):
            typer.echo(line, err=True)
        if geojson is not None:
            write_atomically(geojson, json.dumps(siting_geojson(found, wiring.language), ensure_ascii=False))
            typer.echo(wiring.render(N_("sites as GeoJSON: {file}"), file=geojson), err=True)
        if found.interrupted:
            raise typer.Exit(EXIT_INTERRUPTED)
