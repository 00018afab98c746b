"""yihui plan access: compute how much capacity of open places each area can reach, and how evenly it is
shared.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cli.plan_options import build_plan_options


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    options = build_plan_options(_)

    @app.command(
        "access",
        help=_(
            "Access: what of the open places falls to each (2SFCA, with --zones E2SFCA), and how evenly it is shared (Gini)."
        ),
    )
    def access(
        context: typer.Context,
        area: Annotated[str, options.area] = PROVINCE_CODE,
        at: Annotated[str | None, options.at] = None,
        radius: Annotated[
            float | None, typer.Option(help=_("how far counts as within reach, in metres; otherwise 1000"))
        ] = None,
        zones: Annotated[
            str | None,
            typer.Option(metavar="M:WEIGHT,…", help=_("zones instead of a radius, such as 500:1,1000:0.5")),
        ] = None,
        capacity: Annotated[
            str,
            typer.Option(
                metavar="N|area_m2|FILE",
                help=_("what each place offers: a number, the size of its room, or a table 编号, 容量"),
            ),
        ] = "1",
        by: Annotated[
            str | None,
            typer.Option(
                metavar="LEVEL", help=_("which areas to list: province, city, county, township or community")
            ),
        ] = None,
        demand: Annotated[str, options.demand] = "census",
        demand_grid: Annotated[float | None, options.demand_grid] = None,
        demand_column: Annotated[str | None, options.demand_column] = None,
        demand_datum: Annotated[str | None, options.demand_datum] = None,
        register: Annotated[str | None, options.register] = None,
        outlines: Annotated[
            Path | None,
            typer.Option(metavar="FILE", help=_("outlines of townships or communities, to list these")),
        ] = None,
        datum: Annotated[str | None, options.datum] = None,
        limit: Annotated[int, typer.Option(min=0, help=_("how many areas are listed; 0 is all"))] = 30,
        json_: Annotated[bool, options.json] = False,
    ) -> None:
        from yihui.planning.access.data import access_json
        from yihui.planning.access.request import AccessOrder, choose_zones
        from yihui.planning.access.run import measure_access
        from yihui.planning.access.text import access_lines
        from yihui.planning.demand.request import demand_file_options
        from yihui.runtime.arguments import parse_datum, parse_instant
        from yihui.runtime.errors import fault_line

        wiring: Wiring = context.obj
        order = AccessOrder(
            area=area.strip(),
            at=parse_instant(at) if at else wiring.now(),
            zones=choose_zones(radius, zones),
            capacity=capacity,
            by=by,
            demand=demand,
            demand_file=demand_file_options(demand, demand_column, demand_datum, parse_datum(datum)),
            spacing_m=demand_grid,
            register=register,
            outlines=outlines,
            datum=parse_datum(datum),
        )
        found = measure_access(wiring, order)
        if json_:
            typer.echo(json.dumps(access_json(found), ensure_ascii=False))
        else:
            for line in access_lines(found, wiring.language, limit):
                typer.echo(line)
        for note in found.notes:
            typer.echo(fault_line(note, wiring.language).text(), err=True)
