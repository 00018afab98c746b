"""yihui stations check | unplaced | place | pins | use: correct a register, and count how its stations are
used.
"""

from collections.abc import Callable
from typing import Annotated

import typer

# As they stand in `geo.checks.Code`; importing it would cost every command half a second.
FINDING_CODES_HELP = (
    "wrong_datum, placeholder, off_the_map, outside_district, district_contradicted, duplicate, same_point, "
    "round_point, hours_not_understood, below_standard, facilities_unknown, stale, never_verified"
)
STALE_AFTER_DAYS = 180
PIN_PERIOD_DAYS = 365


def add_care_commands(app: typer.Typer, _: Callable[[str], str], datums: str, no_datum: str) -> None:
    """Add the commands.

    ``datums`` lists the datum codes for the help. ``no_datum`` is the message for a missing --datum.
    """
    _add_check(app, _)
    _add_unplaced(app, _)
    _add_place(app, _, datums, no_datum)
    _add_pins(app, _)
    _add_use(app, _)


def _add_check(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(
        help=_(
            "What wants mending: duplicates, wrong points and districts, standards missed, stale checks, hours."
        )
    )
    def check(
        context: typer.Context,
        register: Annotated[str | None, typer.Option(help=_("only this register"))] = None,
        district: Annotated[
            str | None, typer.Option(help=_("only this district: its code, or its name"))
        ] = None,
        only: Annotated[
            list[str] | None,
            typer.Option(
                metavar="CODE", help=_("only these findings; may be repeated") + ": " + FINDING_CODES_HELP
            ),
        ] = None,
        stale_days: Annotated[
            int,
            typer.Option("--stale-days", min=1, help=_("a verification older than so many days is stale")),
        ] = STALE_AFTER_DAYS,
        all_: Annotated[
            bool, typer.Option("--all", help=_("tell every finding, not the first of each kind"))
        ] = False,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from geo.checks import FindingCode
        from yihui.cli.station_check import StationCheckRequest, run_station_check

        unknown = [code for code in only or [] if code not in set(FindingCode)]
        if unknown:
            told = _("there are no findings “{value}”; choose one of {known}")
            message = told.format(value=unknown[0], known=FINDING_CODES_HELP)
            raise typer.BadParameter(message, param_hint="--only")
        order = StationCheckRequest(
            register,
            district,
            frozenset(map(FindingCode, only or [])),
            stale_days,
            show_all=all_,
            as_json=json_,
        )
        raise typer.Exit(run_station_check(context.obj, order))


def _add_unplaced(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(help=_("Stations that wait for a place on the map, by district and name."))
    def unplaced(
        context: typer.Context,
        register: Annotated[str | None, typer.Option(help=_("only this register"))] = None,
        district: Annotated[
            str | None, typer.Option(help=_("only this district: its code, or its name"))
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.station_placing import print_unplaced_stations

        print_unplaced_stations(context.obj, register, district, as_json=json_)


def _add_place(app: typer.Typer, _: Callable[[str], str], datums: str, no_datum: str) -> None:
    @app.command(help=_("Place a station whose register gives no coordinates; an import does not undo it."))
    def place(
        context: typer.Context,
        id: Annotated[str, typer.Argument(help=_("the station's id"), metavar="ID")],
        lon: Annotated[str, typer.Argument(help=_("longitude"), metavar="LON")],
        lat: Annotated[str, typer.Argument(help=_("latitude"), metavar="LAT")],
        by: Annotated[
            str, typer.Option("--by", metavar="NAME", help=_("who places it; kept in the history"))
        ],
        datum: Annotated[
            str | None,
            typer.Option(metavar=datums, help=_("datum of the point: phones' GPS is wgs84")),
        ] = None,
        confirm: Annotated[
            bool, typer.Option("--confirm", help=_("place it although the point lies in another district"))
        ] = False,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from geo.crs import Datum
        from yihui.cli.station_placing import PlacingRequest, check_and_place_station

        if datum is None:
            raise typer.BadParameter(_(no_datum))
        if datum not in set(Datum):
            raise typer.BadParameter(
                _("{option} can't be “{value}”; choose one of {known}").format(
                    option="--datum", value=datum, known=datums
                ),
                param_hint="--datum",
            )
        wish = PlacingRequest(id, lon.strip(), lat.strip(), Datum(datum), by.strip(), confirmed=confirm)
        check_and_place_station(context.obj, wish, as_json=json_)


def _add_pins(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(help=_("Where riders say that places really are, with distances; nothing moves by itself."))
    def pins(
        context: typer.Context,
        register: Annotated[str | None, typer.Option(help=_("only this register"))] = None,
        district: Annotated[
            str | None, typer.Option(help=_("only this district: its code, or its name"))
        ] = None,
        days: Annotated[
            int, typer.Option("--days", min=1, max=3_650, help=_("pins of so many days"))
        ] = PIN_PERIOD_DAYS,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.station_pins import print_pin_proposals

        print_pin_proposals(context.obj, register, district, days, as_json=json_)


def _add_use(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(help=_("How many rested where, and at which hours: anonymous counts of whole months."))
    def use(
        context: typer.Context,
        register: Annotated[str | None, typer.Option(help=_("only this register"))] = None,
        district: Annotated[
            str | None, typer.Option(help=_("only this district: its code, or its name"))
        ] = None,
        since: Annotated[
            str | None, typer.Option(help=_("from the month of this day on"), metavar="DATE")
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.station_use import print_station_use
        from yihui.runtime.arguments import parse_day

        first = None if since is None else parse_day(since, "--since")
        print_station_use(context.obj, register, district, first, as_json=json_)
