"""yihui stations: import registers, find the nearest stations, show one, and export registers."""

import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli import station_placing, station_upkeep
from yihui.cli.options import (
    DATUM_CHOICES,
    NO_DATUM_MESSAGE,
    AsJson,
    HiddenOption,
    LatArgument,
    LonArgument,
    OnlyRegister,
    has_separator,
    open_sheets,
)
from yihui.cli.output import print_note, refuse_usage, usage_error
from yihui.runtime.language import format_choices
from yihui.views.labels import ACCESS_LABELS, ENTRY_LABELS, STATION_KIND_LABELS

if TYPE_CHECKING:
    from geo.nearest.filters import Filters

app = typer.Typer(no_args_is_help=True)

_Code = TypeVar("_Code", bound=StrEnum)

# Copies of the codes for the help; importing the packages that define them would slow every command by half a second.
ASK_DATUM_CODE = "ask"
EXPORT_FORMAT_CHOICES = "csv|xlsx|json|geojson|gpkg|parquet"

_LABELS = {"--kind": STATION_KIND_LABELS, "--entry": ENTRY_LABELS, "--access": ACCESS_LABELS}


_Datum = Annotated[
    str | None,
    typer.Option(
        metavar=DATUM_CHOICES + "|ask",
        help=N_(
            "datum of the coordinates; needed unless the file or the mapping names it; "
            "ask compares the points with their districts and imports nothing"
        ),
    ),
]
_Register = Annotated[
    str | None,
    typer.Option(help=N_("name of the register; otherwise the file's name without its ending")),
]
_Columns = Annotated[
    Path | None,
    typer.Option(help=N_("mapping file (YAML): {form}")),
]
_Ignore = Annotated[
    list[str] | None,
    typer.Option(metavar="HEADER", help=N_("don't read the column with this header; may be repeated")),
]
_Kind = Annotated[
    str | None,
    typer.Option(
        metavar="KIND",
        help=N_("kind of all stations whose row names none"),
    ),
]
_Layer = Annotated[
    str | None,
    typer.Option(help=N_("sheet of a workbook, or layer of a GeoPackage or of zipped Shapefiles")),
]
_Partial = Annotated[
    bool, typer.Option("--partial", help=N_("import the good rows although others are faulty"))
]
_DryRun = Annotated[bool, typer.Option("--dry-run", help=N_("say what would change, and write nothing"))]
_Confirm = Annotated[
    bool,
    typer.Option("--confirm", help=N_("go on although more than 5 percent of the register would be gone")),
]
_Link = Annotated[
    bool,
    typer.Option(
        "--link", help=N_("stations that are probably the same under another id keep their old ids")
    ),
]


@app.command(
    "import",
    help=N_(
        "Import a register: CSV, XLSX, JSON, GeoJSON, GeoPackage, GeoParquet or a zipped Shapefile; the same file again changes nothing."
    ),
)
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=N_("the register's file"))],
    datum: _Datum = None,
    register: _Register = None,
    columns: _Columns = None,
    ignore: _Ignore = None,
    kind: _Kind = None,
    layer: _Layer = None,
    partial: _Partial = False,
    dry_run: _DryRun = False,
    confirm: _Confirm = False,
    link: _Link = False,
    sample: Annotated[bool, typer.Option("--sample", help=N_("mark all as generated samples"))] = False,
    hidden: HiddenOption = "take",
    faults: Annotated[Path | None, typer.Option(help=N_("write all faults to this CSV"))] = None,
    json_: AsJson = False,
) -> None:
    from geo.datum import Datum
    from geo.station import Kind
    from yihui.cli.station_import import (
        StationImportOrder,
        import_register_file,
        print_datum_comparison,
    )
    from yihui.services.stations.station_import import RegisterRequest

    wiring: Wiring = context.obj
    constants = {"kind": _parse_code(Kind, kind, "--kind", wiring).value} if kind else {}
    asks = datum == ASK_DATUM_CODE
    named = _parse_code(Datum, datum, "--datum", wiring) if datum and not asks else None
    unseen = open_sheets(wiring, hidden).hidden
    request = RegisterRequest(
        file, named, register, columns, constants, sample, layer, tuple(ignore or ()), hidden=unseen
    )
    if asks:
        print_datum_comparison(wiring, request, as_json=json_)
        return
    order = StationImportOrder(
        request, partial=partial, dry_run=dry_run, confirmed=confirm, link=link, faults=faults, as_json=json_
    )
    raise typer.Exit(import_register_file(context.obj, order))


_NearestDatum = Annotated[
    str | None,
    typer.Option(
        metavar=DATUM_CHOICES, help=N_("datum of the point and of the answer: phones' GPS is wgs84")
    ),
]
_At = Annotated[str | None, typer.Option(help=N_("when, such as 2026-10-03T23:10+08:00; otherwise now"))]
_NearestKind = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KIND",
        help=N_("only this kind; may be repeated"),
    ),
]
_Facility = Annotated[
    list[str] | None, typer.Option(help=N_("must have this, such as water or 饮水; may be repeated"))
]
_Entry = Annotated[
    list[str] | None,
    typer.Option(metavar="ENTRY", help=N_("only this way in; may be repeated")),
]
_Access = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ACCESS",
        help=N_("only for these people; may be repeated"),
    ),
]
_NotClosed = Annotated[bool, typer.Option("--not-closed", help=N_("nothing closed; unknown hours are shown"))]
_Usable = Annotated[
    bool,
    typer.Option("--usable", help=N_("nothing closed, nothing for others only; unknown hours are shown")),
]
_StayMin = Annotated[
    int,
    typer.Option("--stay-min", min=0, max=1440, help=N_("open for so many minutes from then on")),
]
_VerifiedWithinDays = Annotated[
    int | None,
    typer.Option("--verified-within-days", min=0, help=N_("verified at most so many days ago")),
]
_Member = Annotated[
    bool,
    typer.Option("--member", help=N_("you are a union member: with --usable, places for members will do")),
]
_Employer = Annotated[str, typer.Option(help=N_("your employer: places for its staff alone will do too"))]
_Benefit = Annotated[
    list[str] | None,
    typer.Option(help=N_("takes this benefit, by its rule's id; may be repeated")),
]
_Travel = Annotated[str | None, typer.Option(help=N_("walk or ebike: open at the time of arrival counts"))]
_WithinM = Annotated[
    float | None,
    typer.Option(
        "--within-m",
        min=0,
        help=N_(
            "at most so many metres; where nothing there will do, the search grows up to 100 km and says so, "
            "unless --exactly"
        ),
    ),
]
_Exactly = Annotated[
    bool, typer.Option("--exactly", help=N_("with --within-m: never look farther than that"))
]
_WithinMin = Annotated[
    float | None,
    typer.Option(
        "--within-min",
        min=1,
        max=1440,
        show_default="30",
        help=N_("with --travel: the way takes at most so many minutes; what lies beyond is named apart"),
    ),
]
_Order = Annotated[
    str,
    typer.Option(
        "--order",
        help=N_(
            "distance: by the way alone; open_first: the way to a station whose hours aren't certain counts twice"
        ),
    ),
]
_Routing = Annotated[
    Path | None,
    typer.Option(
        envvar="YIHUI_ROUTING",
        help=N_("folder of street tiles (yihui streets build): minutes by real ways, --travel walk or ebike"),
    ),
]
_Points = Annotated[
    Path | None,
    typer.Option(help=N_("CSV with the columns lon and lat; one line of JSON for each")),
]


@app.command(
    help=N_("Find the nearest stations of a point, or of many (--points), and why nearer ones were skipped.")
)
def nearest(
    context: typer.Context,
    lon: LonArgument = None,
    lat: LatArgument = None,
    datum: _NearestDatum = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help=N_("how many"))] = 5,
    at: _At = None,
    kind: _NearestKind = None,
    facility: _Facility = None,
    entry: _Entry = None,
    access: _Access = None,
    open_: Annotated[bool, typer.Option("--open", help=N_("only what is open for certain"))] = False,
    not_closed: _NotClosed = False,
    usable: _Usable = False,
    stay_min: _StayMin = 0,
    verified_within_days: _VerifiedWithinDays = None,
    member: _Member = False,
    employer: _Employer = "",
    benefit: _Benefit = None,
    travel: _Travel = None,
    within_m: _WithinM = None,
    within_min: _WithinMin = None,
    exactly: _Exactly = False,
    order: _Order = "distance",
    routing: _Routing = None,
    register: OnlyRegister = None,
    points: _Points = None,
    json_: AsJson = False,
) -> None:
    from geo.datum import Datum
    from geo.nearest.filters import Filters
    from geo.nearest.query import NEAR_MIN, NearestOrder, NearestQuery
    from yihui.cli.station_nearest import parse_travel, print_nearest
    from yihui.runtime.arguments import parse_instant

    wiring: Wiring = context.obj
    if datum is None:
        refuse_usage(wiring, NO_DATUM_MESSAGE)
    if (points is None) == (lon is None) or not (points or lat or has_separator(lon or "")):
        refuse_usage(wiring, N_("give either LON and LAT, or --points FILE.csv"))
    if exactly and within_m is None:
        refuse_usage(wiring, N_("--exactly needs --within-m"))
    base = Filters.usable_only(member=member) if usable else Filters()
    filters = replace(
        _parse_filters(wiring, base, kind, facility, entry, access),
        open_only=open_,
        not_closed=not_closed or base.not_closed,
        stay_min=stay_min,
        verified_within_days=verified_within_days,
        employer=employer.strip(),
        benefits=frozenset(benefit or []),
    )
    mode = travel or ("walk" if routing else None)
    bound_min = within_min or (NEAR_MIN if travel else None)
    query = NearestQuery(
        datum=_parse_code(Datum, datum, "--datum", wiring),
        k=k,
        at=parse_instant(at) if at else wiring.now(),
        filters=filters,
        travel=parse_travel(mode),
        within_m=within_m,
        register=register,
        exactly=exactly,
        order=_parse_code(NearestOrder, order, "--order", wiring),
        within_min=bound_min if mode else None,
    )
    where = points if points is not None else (lon or "", lat)
    print_nearest(wiring, query, where, as_json=json_, network=wiring.streets(query, routing))


def _parse_filters(
    wiring: Wiring,
    base: "Filters",
    kinds: list[str] | None,
    facilities: list[str] | None,
    entries: list[str] | None,
    accesses: list[str] | None,
) -> "Filters":
    """Return the filters with the codes that the user typed. *Raises*: typer.BadParameter; FaultError."""
    from geo.formats.facility_words import parse_facilities
    from geo.station import Access, Entry, Kind

    allowed = frozenset(_parse_code(Access, text, "--access", wiring) for text in accesses or [])
    return replace(
        base,
        kinds=frozenset(_parse_code(Kind, text, "--kind", wiring) for text in kinds or []),
        facilities=frozenset(
            code for text in facilities or [] for code in parse_facilities(text).present or {text}
        ),
        entries=frozenset(_parse_code(Entry, text, "--entry", wiring) for text in entries or []),
        accesses=allowed or base.accesses,
    )


def _parse_code(codes: type[_Code], text: str, option: str, wiring: Wiring) -> _Code:
    """Return the code that the user typed.

    *Raises*: typer.BadParameter that names the known codes.
    """
    try:
        return codes(text.strip().lower())
    except ValueError as error:
        labels, language = _LABELS.get(option), wiring.language
        known = format_choices(labels, language) if labels else language.format_list(codes)
        message = N_("{option} can't be “{value}”; choose one of {known}")
        raise usage_error(wiring, message, option=option, value=text, known=known) from error


app.registered_commands += station_upkeep.app.registered_commands
app.registered_commands += station_placing.app.registered_commands
app.add_typer(station_upkeep.devices_app, name="devices")


@app.command(help=N_("Write the register to a file; its suffix or --format chooses the format."))
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=N_("the file to write; - writes to standard output"))],
    format_: Annotated[
        str | None,
        typer.Option(
            "--format", metavar=EXPORT_FORMAT_CHOICES, help=N_("otherwise chosen by the file's suffix")
        ),
    ] = None,
    datum: Annotated[
        str, typer.Option(metavar=DATUM_CHOICES, help=N_("datum of the coordinates written"))
    ] = "wgs84",
    register: OnlyRegister = None,
) -> None:
    from geo.datum import Datum
    from yihui.files.whole_files import check_output_path, write_atomically
    from yihui.services.stations.export import EXPORT_FORMATS, export_stations

    wiring: Wiring = context.obj
    form = (format_ or file.suffix.removeprefix(".")).lower()
    if form not in EXPORT_FORMATS:
        refuse_usage(wiring, N_("--format: say one of {known}"), known=", ".join(EXPORT_FORMATS))
    chosen = _parse_code(Datum, datum, "--datum", wiring)
    if str(file) == "-":
        sys.stdout.buffer.write(export_stations(wiring, form, chosen, register)[1])
        sys.stdout.flush()
        return
    check_output_path(file)
    count, content = export_stations(wiring, form, chosen, register)
    write_atomically(file, content, public=True)
    print_note(wiring, N_("stations: {count} → {file}"), count=count, file=file)
