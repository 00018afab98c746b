"""yihui routing: build street tiles from an OpenStreetMap extract, for travel times by real ways."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring


def build_commands(_: Callable[[str], str]) -> typer.Typer:
    app = typer.Typer(help=_("Streets: minutes by real ways instead of estimates."), no_args_is_help=True)

    @app.callback()
    def group() -> None:
        """One command is a group all the same."""

    @app.command(help=_("Build street tiles of an OpenStreetMap extract, for --routing; Valhalla does it."))
    def build(
        context: typer.Context,
        file: Annotated[Path, typer.Argument(help=_("the extract, such as shandong.osm.pbf"))],
        to: Annotated[Path, typer.Option("--to", help=_("the folder for the tiles"))],
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.services.street_tiles import build_street_tiles as build_tiles

        wiring: Wiring = context.obj
        typer.echo(wiring.render(N_("building; a province takes some minutes …")), err=True)
        built = build_tiles(file, to, wiring.now())
        if json_:
            found = {"folder": str(built.folder), "tiles": built.tiles, "size_bytes": built.size_bytes}
            typer.echo(json.dumps(found, ensure_ascii=False))
            return
        told = N_("{count} tiles in {folder}; use them: yihui stations nearest … --routing {folder}")
        typer.echo(wiring.render(told, count=built.tiles, folder=built.folder))

    return app
