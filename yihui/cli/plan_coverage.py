"""yihui plan coverage: who has an open place within reach, by area, by cell and by the hour."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yihui.bootstrap import PROVINCE, Wiring
from yihui.cli.plan_options import plan_options

if TYPE_CHECKING:
    from geo.nearest.filters import Filters
    from geo.nearest.network import Network
    from yihui.planning.coverage.run import Watch

N_ = str  # marks a text for the message catalogue

LEVELS = "province|city|county|township|community|cell"
DATUMS = "wgs84|cgcs2000|gcj02|bd09"
MINUTES = 15.0


def add(app: typer.Typer, _: Callable[[str], str]) -> None:
    options = plan_options(_)

    @app.command(
        help=_(
            "Who has a place within reach that is open then and that they may use; by area, cell and hour."
        )
    )
    def coverage(
        context: typer.Context,
        area: Annotated[str, options.area] = PROVINCE,
        at: Annotated[str | None, options.at] = None,
        radius: Annotated[float, options.radius] = 1_000,
        by: Annotated[
            str,
            typer.Option(
                metavar=LEVELS, help=_("what the table is by; townships and communities need --outlines")
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
            typer.Option(metavar=DATUMS, help=_("datum of the outlines where the file only says degrees")),
        ] = "wgs84",
        demand_column: Annotated[
            str | None, typer.Option(help=_("of the file of demand: the column that says how much"))
        ] = None,
        demand_each: Annotated[
            bool, typer.Option("--demand-each", help=_("of the file of demand: every row is one"))
        ] = False,
        demand_datum: Annotated[
            str | None,
            typer.Option(metavar=DATUMS, help=_("of the file of demand: its datum; never guessed")),
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
        ] = MINUTES,
        routing: Annotated[
            Path | None, typer.Option(help=_("the folder with the street tiles (yihui routing build)"))
        ] = None,
        csv: Annotated[Path | None, typer.Option(help=_("write the table to this file"))] = None,
        json_: Annotated[bool, options.json] = False,
    ) -> None:
        from yihui.files.whole_files import check_place, write_whole
        from yihui.planning.coverage.request import (
            checked_by,
            checked_minutes,
            checked_reach,
            checked_resolution,
        )
        from yihui.planning.coverage.run import CoverageOrder, coverage_of
        from yihui.planning.coverage.text import as_data, csv_text, lines
        from yihui.planning.demand.request import DemandRequest
        from yihui.runtime.arguments import chosen_datum, instant

        wiring: Wiring = context.obj
        if csv is not None:
            check_place(csv)
        network = _network(wiring, travel, routing)
        order = CoverageOrder(
            area=area,
            at=instant(at) if at else wiring.now(),
            radius_m=checked_reach(radius),
            by=checked_by(by),
            demand=demand,
            demand_file=DemandRequest(
                Path(demand),
                column=demand_column,
                each=demand_each,
                datum=chosen_datum(demand_datum, "--demand-datum"),
            ),
            register=register,
            filters=_filters(member, employer, kind or []),
            resolution=checked_resolution(resolution),
            outlines=outlines,
            datum=chosen_datum(outlines_datum, "--outlines-datum"),
            hours=hours,
            network=network,
            within_s=None if network is None else checked_minutes(minutes) * 60,
        )
        with _watching(wiring, network is not None) as watch:
            answer = coverage_of(wiring, order, watch)
        if json_:
            typer.echo(json.dumps(as_data(answer, wiring.language), ensure_ascii=False, allow_nan=False))
        else:
            for line in lines(answer, wiring.language):
                typer.echo(line)
        if csv is not None:
            write_whole(csv, csv_text(answer))
            typer.echo(wiring.say(N_("written: {file}"), file=csv), err=True)


def _filters(member: bool, employer: str, kinds: list[str]) -> "Filters":
    from dataclasses import replace

    from geo.coverage.reach import OPEN_TO_ALL
    from geo.station import Access
    from yihui.planning.coverage.request import checked_kinds

    accesses = OPEN_TO_ALL.accesses | ({Access.MEMBERS} if member else set())
    return replace(OPEN_TO_ALL, accesses=accesses, employer=employer, kinds=checked_kinds(kinds))


def _network(wiring: Wiring, travel: str | None, routing: Path | None) -> "Network | None":
    """The streets, where a way of travelling is named. *Raises*: NoRouting without tiles."""
    if travel is None:
        return None
    from yihui.cli.station_nearest import checked_travel
    from yihui.services.nearest import TRAVELS
    from yihui.services.routing import Streets

    way = checked_travel(travel) or travel
    folder = routing or wiring.settings.routing or wiring.data_folder / "streets"
    return Streets.open(folder, way, TRAVELS[way]())


@contextmanager
def _watching(wiring: Wiring, is_long: bool) -> "Iterator[Watch | None]":
    """Progress on standard error of what takes minutes: only ways through streets do."""
    from yihui.runtime.progress import progress

    if not is_long:
        yield None
        return
    with ExitStack() as stack:
        label = wiring.say(N_("asking for ways"))
        yield lambda total: stack.enter_context(progress(label, total))
