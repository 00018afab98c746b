"""yihui keepers: the keys of keepers, and the notices that they give with them."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yihui.bootstrap import Wiring

if TYPE_CHECKING:
    from yihui.services.keepers import Kept

Translator = Callable[[str], str]


def build_commands(_: Translator) -> typer.Typer:
    """Build the `keepers` command group."""
    app = typer.Typer(
        help=_("Keepers: issue and revoke their keys; close for today, set hours, tell what is broken."),
        no_args_is_help=True,
    )
    _add_keys(app, _)
    _add_hours(app, _)
    _add_conditions(app, _)
    _add_inspected(app, _)
    return app


def _add_keys(app: typer.Typer, _: Translator) -> None:
    def add(
        context: typer.Context,
        station: Annotated[str, typer.Argument(help=_("the station's id"), metavar="STATION")],
        base: Annotated[
            str, typer.Option("--base", "--site", help=_("address of the site, for the link"), metavar="URL")
        ] = "http://127.0.0.1:8000",
        qr: Annotated[
            Path | None,
            typer.Option(help=_("a sheet to print, with a code to scan: .svg or .png"), metavar="FILE"),
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.keeper_output import issue_and_print_key

        issue_and_print_key(context.obj, station, base, qr, as_json=json_)

    app.command(help=_("Make a key for one station. It is shown once and kept nowhere."))(add)
    app.command(
        "issue", hidden=True, help=_("Make a key for one station. It is shown once and kept nowhere.")
    )(add)

    @app.command(help=_("End a key; what was said with it stays."))
    def revoke(
        context: typer.Context,
        key: Annotated[
            str, typer.Argument(help=_("the key's name: its first eight characters"), metavar="KEY")
        ],
    ) -> None:
        from yihui.cli.keeper_output import revoke_key

        revoke_key(context.obj, key)

    @app.command("list", help=_("The keys of a station or of all; the keys themselves can't be shown."))
    def list_(
        context: typer.Context,
        station: Annotated[str | None, typer.Argument(help=_("the station's id"), metavar="STATION")] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.keeper_output import print_keeper_keys

        print_keeper_keys(context.obj, station, as_json=json_)


def _add_hours(app: typer.Typer, _: Translator) -> None:
    @app.command("closed-today", help=_("Close for a day."))
    def closed_today(
        context: typer.Context,
        station: Annotated[str, typer.Argument(help=_("the station's id"), metavar="STATION")],
        key: Annotated[str, typer.Option(help=_("the keeper's key"), envvar="YIHUI_KEEPER_KEY")],
        on: Annotated[str | None, typer.Option(help=_("the day; otherwise today"), metavar="DATE")] = None,
        reason: Annotated[str, typer.Option(help=_("why, in a few words that everybody may read"))] = "",
    ) -> None:
        from yihui.services.keepers import Kept

        _apply(context, station, key, Kept(act="closed_today", on=_day(on, "--on"), reason=reason))

    @app.command(help=_("Other hours on some dates, such as the Spring Festival; they end by themselves."))
    def hours(
        context: typer.Context,
        station: Annotated[str, typer.Argument(help=_("the station's id"), metavar="STATION")],
        key: Annotated[str, typer.Option(help=_("the keeper's key"), envvar="YIHUI_KEEPER_KEY")],
        first: Annotated[str, typer.Option("--from", help=_("the first day"), metavar="DATE")],
        last: Annotated[str, typer.Option("--until", help=_("the last day"), metavar="DATE")],
        text: Annotated[
            str | None,
            typer.Argument(
                help=_("the hours, such as 10:00-16:00; 照常 for the usual ones"), metavar="HOURS"
            ),
        ] = None,
        closed: Annotated[bool, typer.Option("--closed", help=_("closed on these dates"))] = False,
        reason: Annotated[str, typer.Option(help=_("why, in a few words that everybody may read"))] = "",
    ) -> None:
        from yihui.services.keepers import Kept

        if (text is None) != closed:
            raise typer.BadParameter(_("give either the hours or --closed"))
        days = (_day(first, "--from"), _day(last, "--until"))
        kept = Kept(act="hours", first=days[0], last=days[1], hours_text=text or "", reason=reason)
        _apply(context, station, key, kept)


def _add_conditions(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("All is well: settles what riders reported, and opens after all."))
    def fine(
        context: typer.Context,
        station: Annotated[str, typer.Argument(help=_("the station's id"), metavar="STATION")],
        key: Annotated[str, typer.Option(help=_("the keeper's key"), envvar="YIHUI_KEEPER_KEY")],
    ) -> None:
        from yihui.services.keepers import Kept

        _apply(context, station, key, Kept(act="fine"))

    @app.command(help=_("Something is broken; it counts as not there until it is repaired."))
    def broken(
        context: typer.Context,
        station: Annotated[str, typer.Argument(help=_("the station's id"), metavar="STATION")],
        facility: Annotated[str, typer.Argument(help=_("what, such as water or 饮水机"), metavar="FACILITY")],
        key: Annotated[str, typer.Option(help=_("the keeper's key"), envvar="YIHUI_KEEPER_KEY")],
    ) -> None:
        from yihui.services.keepers import Kept

        _apply(context, station, key, Kept(act="broken", facility=facility))

    @app.command(help=_("Something works again."))
    def repaired(
        context: typer.Context,
        station: Annotated[str, typer.Argument(help=_("the station's id"), metavar="STATION")],
        facility: Annotated[str, typer.Argument(help=_("what, such as water or 饮水机"), metavar="FACILITY")],
        key: Annotated[str, typer.Option(help=_("the keeper's key"), envvar="YIHUI_KEEPER_KEY")],
    ) -> None:
        from yihui.services.keepers import Kept

        _apply(context, station, key, Kept(act="repaired", facility=facility))


def _add_inspected(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("An inspection took place; without --missing the standard is met."))
    def inspected(
        context: typer.Context,
        station: Annotated[str, typer.Argument(help=_("the station's id"), metavar="STATION")],
        key: Annotated[str, typer.Option(help=_("the keeper's key"), envvar="YIHUI_KEEPER_KEY")],
        on: Annotated[str | None, typer.Option(help=_("the day; otherwise today"), metavar="DATE")] = None,
        missing: Annotated[
            list[str] | None,
            typer.Option(help=_("what the standard asks for and isn't there; may be repeated")),
        ] = None,
    ) -> None:
        from yihui.services.keepers import Kept

        found = missing or []
        kept = Kept(act="inspected", on=_day(on, "--on"), meets_standard=not found, missing=found)
        _apply(context, station, key, kept)


def _apply(context: typer.Context, station: str, key: str, kept: "Kept") -> None:
    from yihui.cli.keeper_output import apply_keeper_act

    wiring: Wiring = context.obj
    apply_keeper_act(wiring, station, key, kept)


def _day(text: str | None, option: str) -> date | None:
    from yihui.runtime.arguments import parse_day

    return None if text is None else parse_day(text, option)
