"""yihui stations: import registers, find the nearest stations, show one, and export registers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.station_upkeep import add_care_commands
from yihui.runtime.language import COMMA
from yihui.views.labels import ACCESS_LABELS, ENTRY_LABELS, STATION_KIND_LABELS

if TYPE_CHECKING:
    from geo.nearest.filters import Filters

Translator = Callable[[str], str]
_Code = TypeVar("_Code", bound=StrEnum)

# Copies of the codes for the help; importing the packages that define them would slow every command by half a second.
ASK_DATUM_CODE = "ask"
EXPORT_FORMAT_CHOICES = "csv|xlsx|json|geojson|gpkg|parquet"
DATUM_CHOICES = "wgs84|cgcs2000|gcj02|bd09"
MAPPING_HELP = """register: 名称 · source: 出处 · datum: wgs84|cgcs2000|gcj02|bd09 · layer: 表名 · columns: {name: 列名, …} · constants: {kind: mother_room, …}"""
NO_DATUM_MESSAGE = N_(
    "--datum is missing: say wgs84 (GPS), cgcs2000 (Tianditu), gcj02 (AMap, Tencent, WeChat) or bd09 (Baidu); "
    "a wrong guess is off by 460 to 1,350 m"
)


_LABELS = MappingProxyType(
    {"--kind": STATION_KIND_LABELS, "--entry": ENTRY_LABELS, "--access": ACCESS_LABELS}
)


def _labelled_codes(labels: Mapping[str, str], _: Translator) -> str:
    """Return the codes with their labels."""
    shown = (_("{code} ({word})").format(code=code, word=_(word)) for code, word in labels.items())
    return _(COMMA).join(shown)


def _choice_help(help_text: str, labels: Mapping[str, str], _: Translator) -> str:
    """Return a help text that lists the codes, separated by spaces so that a line may break."""
    codes = _labelled_codes(labels, _).replace(_(COMMA), _(COMMA).strip() + " ")
    return _("{name}: {detail}").format(name=help_text, detail=codes)


def build_commands(_: Callable[[str], str]) -> typer.Typer:
    app = typer.Typer(
        help=_("Stations: import registers, find the nearest, list, export."), no_args_is_help=True
    )
    _add_import(app, _)
    _add_nearest(app, _)
    _add_listing(app, _)
    add_care_commands(app, _, DATUM_CHOICES, NO_DATUM_MESSAGE)
    _add_export(app, _)
    return app


def _add_import(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(
        "import",
        help=_(
            "Import a register: CSV, XLSX, JSON, GeoJSON, GeoPackage or GeoParquet; the same file again changes nothing."
        ),
    )
    def import_(
        context: typer.Context,
        file: Annotated[Path, typer.Argument(help=_("the register's file"))],
        datum: Annotated[
            str | None,
            typer.Option(
                metavar=DATUM_CHOICES + "|ask",
                help=_(
                    "datum of the coordinates; needed unless the file or the mapping names it; "
                    "ask compares the points with their districts and imports nothing"
                ),
            ),
        ] = None,
        register: Annotated[
            str | None,
            typer.Option(help=_("name of the register; otherwise the file's name without its ending")),
        ] = None,
        columns: Annotated[
            Path | None,
            typer.Option(help=_("mapping file (YAML): {form}").replace("{form}", MAPPING_HELP)),
        ] = None,
        kind: Annotated[
            str | None,
            typer.Option(
                metavar="KIND",
                help=_choice_help(_("kind of all stations whose row names none"), STATION_KIND_LABELS, _),
            ),
        ] = None,
        layer: Annotated[
            str | None,
            typer.Option(help=_("sheet of a workbook or layer of a GeoPackage, where there are several")),
        ] = None,
        partial: Annotated[
            bool, typer.Option("--partial", help=_("import the good rows although others are faulty"))
        ] = False,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help=_("say what would change, and write nothing"))
        ] = False,
        confirm: Annotated[
            bool,
            typer.Option(
                "--confirm", help=_("go on although more than 5 percent of the register would be gone")
            ),
        ] = False,
        sample: Annotated[bool, typer.Option("--sample", help=_("mark all as generated samples"))] = False,
        faults: Annotated[Path | None, typer.Option(help=_("write all faults to this CSV"))] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from geo.crs import Datum
        from geo.station import Kind
        from yihui.cli.station_datum import print_datum_comparison
        from yihui.cli.station_import import StationImportOrder, import_register_file
        from yihui.services.station_import import RegisterRequest

        constants = {"kind": _parse_code(Kind, kind, "--kind", _).value} if kind else {}
        if datum == ASK_DATUM_CODE:
            request = RegisterRequest(file, None, register, columns, constants, sample, layer)
            print_datum_comparison(context.obj, request, as_json=json_)
            return
        named = _parse_code(Datum, datum, "--datum", _) if datum else None
        request = RegisterRequest(file, named, register, columns, constants, sample, layer)
        order = StationImportOrder(
            request, partial=partial, dry_run=dry_run, confirmed=confirm, faults=faults, as_json=json_
        )
        raise typer.Exit(import_register_file(context.obj, order))


def _add_nearest(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(
        help=_("The nearest stations of a point, or of many (--points), and why nearer ones won't do.")
    )
    def nearest(
        context: typer.Context,
        lon: Annotated[str | None, typer.Argument(help=_("longitude"), metavar="LON")] = None,
        lat: Annotated[str | None, typer.Argument(help=_("latitude"), metavar="LAT")] = None,
        datum: Annotated[
            str | None,
            typer.Option(
                metavar=DATUM_CHOICES, help=_("datum of the point and of the answer: phones' GPS is wgs84")
            ),
        ] = None,
        k: Annotated[int, typer.Option("-k", min=1, max=1000, help=_("how many"))] = 5,
        at: Annotated[
            str | None, typer.Option(help=_("when, such as 2026-10-03T23:10+08:00; otherwise now"))
        ] = None,
        kind: Annotated[
            list[str] | None,
            typer.Option(
                metavar="KIND",
                help=_choice_help(_("only this kind; may be repeated"), STATION_KIND_LABELS, _),
            ),
        ] = None,
        facility: Annotated[
            list[str] | None, typer.Option(help=_("must have this, such as water or 饮水; may be repeated"))
        ] = None,
        entry: Annotated[
            list[str] | None,
            typer.Option(
                metavar="ENTRY", help=_choice_help(_("only this way in; may be repeated"), ENTRY_LABELS, _)
            ),
        ] = None,
        access: Annotated[
            list[str] | None,
            typer.Option(
                metavar="ACCESS",
                help=_choice_help(_("only for these people; may be repeated"), ACCESS_LABELS, _),
            ),
        ] = None,
        open_: Annotated[bool, typer.Option("--open", help=_("only what is open for certain"))] = False,
        not_closed: Annotated[
            bool, typer.Option("--not-closed", help=_("nothing closed; unknown hours are shown"))
        ] = False,
        usable: Annotated[
            bool,
            typer.Option(
                "--usable", help=_("nothing closed, nothing for others only; unknown hours are shown")
            ),
        ] = False,
        stay_min: Annotated[
            int,
            typer.Option("--stay-min", min=0, max=1440, help=_("open for so many minutes from then on")),
        ] = 0,
        verified_within_days: Annotated[
            int | None,
            typer.Option("--verified-within-days", min=0, help=_("verified at most so many days ago")),
        ] = None,
        member: Annotated[
            bool,
            typer.Option(
                "--member", help=_("you are a union member: with --usable, places for members will do")
            ),
        ] = False,
        employer: Annotated[
            str, typer.Option(help=_("your employer: places for its staff alone will do too"))
        ] = "",
        benefit: Annotated[
            list[str] | None,
            typer.Option(help=_("takes this benefit, by its rule's id; may be repeated")),
        ] = None,
        travel: Annotated[
            str | None, typer.Option(help=_("walk or ebike: open at the time of arrival counts"))
        ] = None,
        speed_km_per_h: Annotated[
            float | None,
            typer.Option(
                "--speed-km-per-h", min=0.5, max=60, help=_("your own speed, instead of 4.68 or 15")
            ),
        ] = None,
        within_m: Annotated[
            float | None, typer.Option("--within-m", min=0, help=_("at most so many metres"))
        ] = None,
        routing: Annotated[
            Path | None,
            typer.Option(
                envvar="YIHUI_ROUTING",
                help=_(
                    "folder of street tiles (yihui routing build): minutes by real ways, --travel walk or ebike"
                ),
            ),
        ] = None,
        register: Annotated[str | None, typer.Option(help=_("only this register"))] = None,
        points: Annotated[
            Path | None,
            typer.Option(help=_("CSV with the columns lon and lat; one line of JSON for each")),
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from geo.crs import Datum
        from geo.nearest.query import NearestQuery
        from yihui.cli.station_nearest import parse_travel, print_nearest
        from yihui.runtime.arguments import parse_instant

        if datum is None:
            raise typer.BadParameter(_(NO_DATUM_MESSAGE))
        if (points is None) == (lon is None or lat is None):
            raise typer.BadParameter(_("give either LON and LAT, or --points FILE.csv"))
        wiring: Wiring = context.obj
        asked = _TypedFilters(
            kinds=kind or [],
            facilities=facility or [],
            entries=entry or [],
            accesses=access or [],
            open_=open_,
            not_closed=not_closed,
            usable=usable,
            member=member,
            stay_min=stay_min,
            verified_within_days=verified_within_days,
            employer=employer,
            benefits=benefit or [],
        )
        mode = travel or ("walk" if routing or speed_km_per_h else None)
        query = NearestQuery(
            datum=_parse_code(Datum, datum, "--datum", _),
            k=k,
            at=parse_instant(at) if at else wiring.now(),
            filters=_filters(asked, _),
            travel=parse_travel(mode, speed_km_per_h),
            within_m=within_m,
            register=register,
        )
        where = points if points is not None else (lon or "", lat or "")
        network = wiring.streets(query, routing)
        print_nearest(wiring, query, where, as_json=json_, network=network)


@dataclass(frozen=True, slots=True, kw_only=True)
class _TypedFilters:
    """The filters as the user typed them."""

    kinds: list[str]
    facilities: list[str]
    entries: list[str]
    accesses: list[str]
    open_: bool
    not_closed: bool
    usable: bool
    member: bool
    stay_min: int
    verified_within_days: int | None
    employer: str
    benefits: list[str]


def _filters(asked: _TypedFilters, _: Translator) -> "Filters":
    from geo.formats.wording import parse_facilities
    from geo.nearest.filters import Filters
    from geo.station import Access, Entry, Kind

    base = Filters.usable_only(member=asked.member) if asked.usable else Filters()
    accesses = frozenset(_parse_code(Access, text, "--access", _) for text in asked.accesses)
    return replace(
        base,
        kinds=frozenset(_parse_code(Kind, text, "--kind", _) for text in asked.kinds),
        facilities=frozenset(code for text in asked.facilities for code in parse_facilities(text)),
        entries=frozenset(_parse_code(Entry, text, "--entry", _) for text in asked.entries),
        accesses=accesses or base.accesses,
        open_only=asked.open_,
        not_closed=asked.not_closed or base.not_closed,
        stay_min=asked.stay_min,
        verified_within_days=asked.verified_within_days,
        employer=asked.employer.strip(),
        benefits=frozenset(asked.benefits),
    )


def _parse_code(codes: type[_Code], text: str, option: str, _: Translator) -> _Code:
    """Return the code that the user typed.

    *Raises*: typer.BadParameter that names the known codes.
    """
    try:
        return codes(text.strip().lower())
    except ValueError as error:
        words = _LABELS.get(option)
        known = _labelled_codes(words, _) if words else _(COMMA).join(codes)
        told = _("{option} can't be “{value}”; choose one of {known}")
        message = told.format(option=option, value=text, known=known)
        raise typer.BadParameter(message, param_hint=option) from error


def _add_listing(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(help=_("One station with its history."))
    def show(
        context: typer.Context,
        id: Annotated[str, typer.Argument(help=_("the station's id"), metavar="ID")],
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.station_show import print_station

        print_station(context.obj, id, as_json=json_)

    @app.command(
        "list", help=_("Stations of a district, those not placed too; all of them if none is named.")
    )
    def list_(
        context: typer.Context,
        district: Annotated[
            str | None, typer.Option(help=_("code, or its beginning: 370102, 3701, 37"))
        ] = None,
        register: Annotated[str | None, typer.Option(help=_("only this register"))] = None,
        address: Annotated[
            str | None,
            typer.Option(help=_("only where the address or the name says this, such as 解放路街道")),
        ] = None,
        unplaced: Annotated[bool, typer.Option("--unplaced", help=_("only those not placed yet"))] = False,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.station_show import StationListFilter, print_stations

        where = StationListFilter(district, register, address, unplaced)
        print_stations(context.obj, where, as_json=json_)

    @app.command(help=_("The registers that were imported."))
    def registers(
        context: typer.Context,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from yihui.cli.station_show import print_registers

        print_registers(context.obj, as_json=json_)


def _add_export(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(help=_("Write the register to a file; which format, its ending or --format says."))
    def export(
        context: typer.Context,
        file: Annotated[Path, typer.Argument(help=_("the file to write; - writes to standard output"))],
        format_: Annotated[
            str | None,
            typer.Option(
                "--format", metavar=EXPORT_FORMAT_CHOICES, help=_("otherwise the file's ending says it")
            ),
        ] = None,
        datum: Annotated[
            str, typer.Option(metavar=DATUM_CHOICES, help=_("datum of the coordinates written"))
        ] = "wgs84",
        register: Annotated[str | None, typer.Option(help=_("only this register"))] = None,
    ) -> None:
        from geo.crs import Datum
        from yihui.cli.station_export import EXPORT_RENDERERS, export_stations

        chosen = (format_ or file.suffix.removeprefix(".")).lower()
        if chosen not in EXPORT_RENDERERS:
            raise typer.BadParameter(
                _("--format: say one of {known}").format(known=", ".join(EXPORT_RENDERERS))
            )
        export_stations(context.obj, file, chosen, _parse_code(Datum, datum, "--datum", _), register)
