"""Options that several of the planner's commands share, each defined once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import typer


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """Typer options for use in ``Annotated``, one field for each option."""

    area: Any
    at: Any
    register: Any
    radius: Any
    radius_m: Any
    demand: Any
    demand_of_study: Any
    demand_grid: Any
    demand_column: Any
    demand_datum: Any
    column_of_file: Any
    datum_of_file: Any
    datum: Any
    sites: Any
    json: Any


def build_plan_options(_: Callable[[str], str]) -> PlanOptions:
    """Build the options with help texts in the reader's language."""
    served = _("how far counts as served, in metres")
    datums = "wgs84|cgcs2000|gcj02|bd09"
    return PlanOptions(
        area=typer.Option(help=_("six-digit code of a province, a city or a county")),
        at=typer.Option(help=_("when, such as 2026-10-03T23:10+08:00; otherwise now")),
        register=typer.Option(help=_("only this register")),
        radius=typer.Option(help=served),
        radius_m=typer.Option("--radius", min=1, max=100_000, help=served),
        demand=typer.Option(
            metavar="WHAT", help=_("census, area, searches, searches:unmet, or a file of weighted points")
        ),
        demand_of_study=typer.Option(
            help=_("who is counted: population, area, searches, or a file of your own")
        ),
        demand_grid=typer.Option(metavar="M", help=_("how fine census and area are spread, in metres")),
        demand_column=typer.Option(
            "--demand-column",
            "--column",
            metavar="NAME",
            help=_("the column of the demand's file that says how much"),
        ),
        demand_datum=typer.Option(metavar=datums, help=_("datum of the demand's file; never guessed")),
        column_of_file=typer.Option(metavar="NAME", help=_("of a file: the column that holds the demand")),
        datum_of_file=typer.Option(metavar="DATUM", help=_("of a file: the datum of its coordinates")),
        datum=typer.Option(
            metavar=datums, help=_("datum of the files, unless --demand-datum says otherwise")
        ),
        sites=typer.Option(min=1, max=1_000, help=_("propose so many new sites as well")),
        json=typer.Option("--json", help=_("print JSON")),
    )
