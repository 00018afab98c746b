"""yihui serve: the web site on this machine."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from yihui.bootstrap import Wiring

N_ = str  # marks a text for the message catalogue


def add_to(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(help=_("Serve the web site on this machine."))
    def serve(
        context: typer.Context,
        port: Annotated[int, typer.Option(min=1, max=65535, help=_("port to listen on"))] = 8000,
        routing: Annotated[
            Path | None,
            typer.Option(envvar="YIHUI_ROUTING", help=_("folder of street tiles: minutes by real ways")),
        ] = None,
        base_map: Annotated[
            Path | None,
            typer.Option(
                envvar="YIHUI_BASE_MAP",
                help=_("MBTiles file with pictures under the riders' map (WGS84); outlines alone without it"),
            ),
        ] = None,
    ) -> None:
        from yihui.http.server import LOOPBACK
        from yihui.http.server import serve as run
        from yihui.raster_tiles import RasterTiles
        from yihui.valhalla import check_tiles

        wiring: Wiring = context.obj
        assert wiring.database and wiring.library  # opened and read now: what is wrong is told here
        url = f"http://{LOOPBACK}:{port}/"
        told = wiring.say(N_("Yihui is at {url} (stop with Ctrl+C)"), url=url)
        settings = replace(wiring.settings, routing=routing, base_map=base_map)
        if routing:
            check_tiles(routing)
        if base_map:
            RasterTiles.open(base_map).close()
        run(settings, port, lambda: typer.echo(told))
