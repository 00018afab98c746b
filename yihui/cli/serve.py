"""yihui serve: run the web site on this machine."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
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
        public: Annotated[
            str,
            typer.Option(
                metavar="NAME[,NAME…]",
                help=_("offer what riders and keepers need to everybody, under these names of hosts"),
            ),
        ] = "",
        host: Annotated[str, typer.Option(help=_("address to listen on"))] = "127.0.0.1",
        behind_proxy: Annotated[
            str,
            typer.Option(
                metavar="ADDRESS[,ADDRESS…]",
                help=_("proxies whose X-Forwarded-For and X-Forwarded-Proto are believed"),
            ),
        ] = "",
        per_client: Annotated[
            float | None,
            typer.Option(
                min=0.1,
                metavar="N",
                help=_("answers a second for one network, in the long run; 50 with --public, else unlimited"),
            ),
        ] = None,
    ) -> None:
        from yihui.files.raster_tiles import RasterTiles
        from yihui.http.guard.serving import ServingOptions
        from yihui.http.server import run_server as run
        from yihui.services.routing import check_tiles

        wiring: Wiring = context.obj
        serving = ServingOptions.parse(public, behind_proxy, per_client, host)
        assert (
            wiring.database and wiring.library
        )  # open and read both now, so that their faults are reported before the server starts
        _warn_of_broken_key(wiring)
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
        told = wiring.render(N_("Yihui is at {url} (stop with Ctrl+C)"), url=url)
        settings = replace(wiring.settings, routing=routing, base_map=base_map)
        if routing:
            check_tiles(routing)
        if base_map:
            RasterTiles.open(base_map).close()
        typer.echo(wiring.render(N_("reading the stations …")), err=True)
        run(settings, port, told, serving, host)


def _warn_of_broken_key(wiring: Wiring) -> None:
    """Warn the operator at start where the identity key is broken.

    The site still answers searches for stations without it.
    """
    from yihui.runtime.health import run_health_check
    from yihui.runtime.health.database import IDENTITY_KEY_CHECK

    found = run_health_check(wiring, IDENTITY_KEY_CHECK)
    if found.state == "broken":
        detail = wiring.language.join_clauses([found.detail, found.remedy])
        typer.echo(
            wiring.render(N_("What riders and keepers send can't be taken: {detail}"), detail=detail),
            err=True,
        )
