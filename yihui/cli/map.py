"""yihui map: places and coverage as one file."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from yihui.bootstrap import PROVINCE, Wiring

N_ = str  # marks a text for the message catalogue


def add_to(app: typer.Typer, _: Callable[[str], str]) -> None:
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
            typer.Option("--radius-m", min=1, max=100_000, help=_("how far counts as served, in metres")),
        ] = 1_000,
        province: Annotated[
            str, typer.Option(help=_("six-digit code of the province or city to draw"))
        ] = PROVINCE,
    ) -> None:
        from yihui.arguments import instant
        from yihui.coverage_map import Order, draw
        from yihui.files import check_place, write_whole

        wiring: Wiring = context.obj
        check_place(out)  # before the seconds that a map takes
        drawn = draw(wiring, Order(instant(at) if at else wiring.now(), province, register, radius_m))
        write_whole(out, drawn.page)
        told = N_(
            "{file} (districts: {districts}; places: {places}; without coordinates, not drawn: {unplaced}) opens without a network"
        )
        counts = {"districts": drawn.districts, "places": drawn.places, "unplaced": drawn.unplaced}
        typer.echo(wiring.say(told, file=out, **counts))
