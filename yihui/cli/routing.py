"""yihui routing build: the former name of `yihui streets build`; it builds the ways alone."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson
from yihui.cli.output import emit, print_note

app = typer.Typer(
    help=N_("Streets: travel times by real streets instead of estimates."), no_args_is_help=True
)


@app.callback()
def group() -> None:
    """Keep the group, although it has one command."""


@app.command(
    help=N_("Build street tiles alone, as before; `yihui streets build` builds them with the names.")
)
def build(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=N_("the extract, such as shandong.osm.pbf"))],
    to: Annotated[Path, typer.Option("--to", help=N_("the folder for the tiles"))],
    json_: AsJson = False,
) -> None:
    from yihui.services.stations.street_tiles import build_street_tiles

    wiring: Wiring = context.obj
    print_note(
        wiring, N_("this command has moved: yihui streets build … --to FOLDER builds the ways and the names")
    )
    print_note(wiring, N_("building; a province takes some minutes …"))
    built = build_street_tiles(file, to, wiring.now())
    template = N_("{count} tiles in {folder}; use them: yihui stations nearest … --routing {folder}")
    line = wiring.render(template, count=built.tiles, folder=built.folder)
    emit({"folder": str(built.folder), "tiles": built.tiles, "size_bytes": built.size_bytes}, [line], json_)
