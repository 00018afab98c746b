"""The options of the planner's commands that can measure by street, and what they open."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring

if TYPE_CHECKING:
    from yihui.planning.street_reach import StreetReach

StreetTravel = Annotated[
    str | None,
    typer.Option(
        "--travel",
        metavar="walk|ebike",
        help=N_("by street instead of the straight line, which is then shown beside it"),
    ),
]
MapTravel = Annotated[
    str | None,
    typer.Option(
        "--travel",
        metavar="walk|ebike",
        help=N_("coverage and gaps by street instead of the straight line"),
    ),
]
StreetMinutes = Annotated[
    float | None,
    typer.Option(
        "--minutes",
        help=N_("with --travel: minutes by street as the limit, instead of the metres along the streets"),
    ),
]
StreetFolder = Annotated[
    Path | None,
    typer.Option(
        "--routing",
        metavar="FOLDER",
        help=N_("with --travel: the folder with the street tiles (yihui streets build)"),
    ),
]


def parse_limited_reach(
    context: typer.Context, travel: str | None, minutes: float | None, routing: Path | None, radius_m: float
) -> "StreetReach | None":
    """As `parse_street_reach`, for a command whose --radius has a default: a typed one excludes --minutes."""
    from yihui.planning.street_reach import check_one_limit

    source = context.get_parameter_source("radius")
    typed = source is not None and source.name != "DEFAULT"
    check_one_limit(minutes, {"--radius": radius_m if typed else None})
    return parse_street_reach(context.obj, travel, minutes, routing, radius_m)


def parse_street_reach(
    wiring: Wiring, travel: str | None, minutes: float | None, routing: Path | None, radius_m: float
) -> "StreetReach | None":
    """Open the reach by street that the options name; None without --travel.

    *Raises*: FaultError for options that don't fit, RoutingUnavailable where no streets are built.
    """
    from yihui.cli.station_nearest import parse_travel
    from yihui.planning.street_reach import check_street_options, open_street_reach

    check_street_options(travel, minutes, routing)
    way = parse_travel(travel)
    return None if way is None else open_street_reach(wiring, way, minutes, radius_m, routing)
