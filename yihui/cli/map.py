"""yihui map: a map of stations and coverage as one HTML file."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from yihui.bootstrap import PROVINCE_CODE, Wiring


class GapPeriod(StrEnum):
    """The time for which the map shows gaps: the given hour, nights only, or the week."""

    HOUR = "hour"
    NIGHT = "night"
    WEEK = "week"


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    """Add the `map` command."""

    @app.command(
        "map", help=_("Draw a map of places and coverage: one HTML file that opens without a network.")
    )
    def map_(
        context: typer.Context,
        out: Annotated[Path, typer.Option(help=_("the file to write"))] = Path("yihui-map.html"),
        at: Annotated[
            str | None, typer.Option(help=_("when, such as 2026-10-03T23:10+08:00; otherwise now"))
        ] = None,
        register: Annotated[str | None, typer.Option(help=_("only this register"))] = None,
        radius_m: Annotated[
            float,
            typer.Option(
                "--radius", "--radius-m", min=1, max=100_000, help=_("how far counts as served, in metres")
            ),
        ] = 1_000,
        area: Annotated[
            str,
            typer.Option("--area", "--province", help=_("six-digit code of the province or city to draw")),
        ] = PROVINCE_CODE,
        hours: Annotated[
            bool, typer.Option("--hours/--no-hours", help=_("a slider over the hours of the week"))
        ] = True,
        gaps: Annotated[
            GapPeriod | None,
            typer.Option(
                help=_(
                    "where residents have no open place within reach: at that hour, by night only, in the week"
                )
            ),
        ] = None,
        demand: Annotated[
            str | None,
            typer.Option(
                metavar="WHAT",
                help=_("what is to be served: census, area, searches, searches:unmet, or a file of points"),
            ),
        ] = None,
        proposals: Annotated[
            Path | None, typer.Option(help=_("proposed sites, as “yihui plan sites” writes them (GeoJSON)"))
        ] = None,
        tiles: Annotated[
            str | None,
            typer.Option(
                help=_(
                    "an online base map: tianditu:KEY (or tianditu, with YIHUI_TIANDITU_KEY), gcj02:URL, wgs84:URL"
                )
            ),
        ] = None,
    ) -> None:
        from yihui.files.whole_files import check_output_path, write_atomically
        from yihui.planning.map.data import render_map_page
        from yihui.planning.map.request import CoverageMapOrder
        from yihui.planning.map.run import build_coverage_map
        from yihui.planning.map.text import drawn_map_text
        from yihui.runtime.arguments import parse_instant

        wiring: Wiring = context.obj
        check_output_path(out)  # checked first, since drawing a map takes seconds
        when = parse_instant(at) if at else wiring.now()
        order = CoverageMapOrder(
            when, area, register, radius_m, hours, gaps, proposals, tiles or None, demand
        )
        found = build_coverage_map(wiring, order)
        write_atomically(out, render_map_page(found, wiring.language))
        typer.echo(drawn_map_text(found, out, wiring.language))
