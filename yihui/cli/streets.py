"""yihui streets: names, ways for travel times, a map and townships, from an OpenStreetMap extract."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, StreetsFolderOption
from yihui.cli.output import emit, print_lines, refuse_usage

app = typer.Typer(no_args_is_help=True)


@app.command(
    help=N_(
        "Build names, ways, a map and townships from an OpenStreetMap extract; a part that is built already stays."
    )
)
def build(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=N_("the extract, such as shandong.osm.pbf"))],
    to: Annotated[Path, typer.Option("--to", help=N_("the folder for the streets"))],
    without: Annotated[
        list[str] | None,
        typer.Option("--without", metavar="names|ways|map|townships", help=N_("leave a part out")),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help=N_("build also what was built from this extract already"))
    ] = False,
    json_: AsJson = False,
) -> None:
    from yihui.services.streets.build import build_streets, parse_parts
    from yihui.views.streets import format_part, part_data

    wiring: Wiring = context.obj
    built = []
    for one in build_streets(wiring, file, to, parse_parts(without or ()), again=again):
        built.append(one)
        if not json_:
            print_lines([format_part(wiring.language, one)])
    line = wiring.render(N_("use them: yihui serve --streets {folder}"), folder=to)
    emit({"folder": str(to), "parts": [part_data(one) for one in built]}, [line], json_)


@app.command(help=N_("Find a road, crossing, house number, station, park … by its name."))
def search(
    context: typer.Context,
    text: Annotated[
        str, typer.Argument(help=N_("what is looked for: 泉城路200号, 泉城路与芙蓉街, quanchenglu"))
    ],
    streets: StreetsFolderOption = None,
    near: Annotated[
        str | None,
        typer.Option(metavar="LON,LAT", help=N_("where the user is, in WGS84; what is near comes first")),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=50, help=N_("how many answers"))] = 10,
    json_: AsJson = False,
) -> None:
    from yihui.cli.station_nearest import parse_point
    from yihui.files.street_names.search import search_names
    from yihui.services.streets.current import STREETS_ATTRIBUTION, StreetNames
    from yihui.views.streets import format_name, name_data

    wiring: Wiring = context.obj
    folder = streets or wiring.settings.streets
    if folder is None:
        refuse_usage(wiring, N_("name the folder with the streets"), option="--streets")
    point = None if near is None else parse_point(near, None)
    names = StreetNames(folder).require()
    found = search_names(names, text, limit, None if point is None else (point.lon, point.lat))
    lines = [format_name(one, wiring.language) for one in found]
    said = (
        [*lines, wiring.render(STREETS_ATTRIBUTION)] if found else [wiring.render(N_("nothing is called so"))]
    )
    emit([name_data(one) for one in found], said, json_)
