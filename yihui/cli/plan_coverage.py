"""yihui plan coverage: compute who has an open place within reach, by area, by cell and by the hour."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cli.plan_options import build_plan_options

if TYPE_CHECKING:
    from geo.nearest.filters import Filters
    from geo.nearest.travel import Network
    from yihui.planning.coverage.run import ProgressFactory


LEVEL_CHOICES = "province|city|county|township|community|cell"
DATUM_CHOICES = "wgs84|cgcs2000|gcj02|bd09"
DEFAULT_TRAVEL_MINUTES = 15.0


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    options = build_plan_options(_)

    @app.command(
        help=_(
            "Who has a place within reach that is open then and that they may use; by area, cell and hour."
        )
    )
    def coverage(
        context: typer.Context,
        area: Annotated[str, options.area] = PROVINCE_CODE,
        at: Annotated[str | None, options.at] = None,
        radius: Annotated[float, options.radius] = 1_000,
        by: Annotated[
            str,
            typer.Option(
                metavar=LEVEL_CHOICES,
                help=_("what the table is by; townships and communities need --outlines"),
            ),
        ] = "county",
        resolution: Annotated[int, typer.Option(help=_("of the H3 cells, 0 to 15; 7 is 5 km²"))] = 7,
        demand: Annotated[
            str,
            typer.Option(help=_("population, area, searches, searches:unmet, or a file of your own")),
        ] = "population",
        outlines: Annotated[
            Path | None,
            typer.Option(
                help=_("outlines of your own with codes, names and perhaps people: GeoJSON, GeoPackage, …")
            ),
        ] = None,
        outlines_datum: Annotated[
            str,
            typer.Option(
                metavar=DATUM_CHOICES, help=_("datum of the outlines where the file only says degrees")
            ),
        ] = "wgs84",
        demand_column: Annotated[
            str | None, typer.Option(help=_("of the file of demand: the column that says how much"))
        ] = None,
        demand_each: Annotated[
            bool, typer.Option("--demand-each", help=_("of the file of demand: every row is one"))
        ] = False,
        demand_datum: Annotated[
            str | None,
            typer.Option(metavar=DATUM_CHOICES, help=_("of the file of demand: its datum; never guessed")),
        ] = None,
        member: Annotated[
            bool, typer.Option("--member", help=_("for union members: places for members only count as well"))
        ] = False,
        employer: Annotated[
            str, typer.Option(help=_("for this employer's staff: its own places count as well"))
        ] = "",
        kind: Annotated[
            list[str] | None, typer.Option(help=_("only places of this kind; may be given several times"))
        ] = None,
        register: Annotated[str | None, options.register] = None,
        hours: Annotated[
            bool,
            typer.Option("--hours", help=_("for every hour of that week too, with a sentence on the night")),
        ] = False,
        travel: Annotated[
            str | None,
            typer.Option(
                metavar="walk|ebike", help=_("by street and minutes, where street tiles are installed")
            ),
        ] = None,
        minutes: Annotated[
            float, typer.Option(help=_("with --travel: how long a way counts as served"))
        ] = DEFAULT_TRAVEL_MINUTES,
        routing: Annotated[
            Path | None, typer.Option(help=_("the folder with the street tiles (yihui routing build)"))
        ] = None,
        csv: Annotated[Path | None, typer.Option(help=_("write the table to this file"))] = None,
        json_: Annotated[bool, options.json] = False,
    ) -> None:
        from yihui.files.whole_files import check_output_path, write_atomically
        from yihui.planning.coverage.data import coverage_csv, coverage_json
        from yihui.planning.coverage.request import (
            CoverageOrder,
            check_level,
            check_minutes,
            check_radius,
            check_resolution,
        )
        from yihui.planning.coverage.run import measure_coverage
        from yihui.planning.coverage.text import coverage_lines
        from yihui.planning.demand.request import DemandFileOptions
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
                column=demand_column,
                each=demand_each,
                datum=parse_datum(demand_datum, "--demand-datum"),
            ),
            register=register,
            filters=_filters(member, employer, kind or []),
            resolution=check_resolution(resolution),
            outlines=outlines,
            datum=parse_datum(outlines_datum, "--outlines-datum"),
            hours=hours,
            network=network,
            within_s=None if network is None else check_minutes(minutes) * 60,
        )
        with _progress_factory(wiring, network is not None) as watch:
            answer = measure_coverage(wiring, order, watch)
        if json_:
            typer.echo(
                json.dumps(coverage_json(answer, wiring.language), ensure_ascii=False, allow_nan=False)
            )
        else:
            for line in coverage_lines(answer, wiring.language):
                typer.echo(line)
        if csv is not None:
            write_atomically(csv, coverage_csv(answer))
            typer.echo(wiring.render(N_("written: {file}"), file=csv), err=True)


def _filters(member: bool, employer: str, kinds: list[str]) -> "Filters":
    from dataclasses import replace

    from geo.coverage.reach import OPEN_TO_ALL
    from geo.station import Access
    from yihui.planning.coverage.request import parse_station_kinds

    accesses = OPEN_TO_ALL.accesses | ({Access.MEMBERS} if member else set())
    return replace(OPEN_TO_ALL, accesses=accesses, employer=employer, kinds=parse_station_kinds(kinds))


def _network(wiring: Wiring, travel: str | None, routing: Path | None) -> "Network | None":
    """Open the street network for a travel mode; return None where no mode is named.

    *Raises*: RoutingUnavailable where there are no street tiles.
    """
    from yihui.cli.station_nearest import parse_travel
    from yihui.services.routing import StreetNetwork

    way = parse_travel(travel)
    if way is None:
        return None
    folder = routing or wiring.settings.routing or wiring.data_folder / "streets"
    return StreetNetwork.open(folder, way)


@contextmanager
def _progress_factory(wiring: Wiring, is_long: bool) -> "Iterator[ProgressFactory | None]":
    """Yield a factory of progress bars on standard error, or None for a run that is not long.

    Only travel times through the street network take minutes.
    """
    from yihui.runtime.progress import show_progress

    if not is_long:
        yield None
        return
    with ExitStack() as stack:
        label = wiring.render(N_("asking for ways"))
        yield lambda total: stack.enter_context(show_progress(label, total))
