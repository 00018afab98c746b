"""Options and arguments that several commands share, each declared once.

Help texts are English; ``yihui.cli.build_command`` translates them when the command line is built.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.acting import resolve_acting, resolve_named

if TYPE_CHECKING:
    from core.status_address import StatusAddress
    from yihui.files.tables import SheetReader

# A copy for the help; importing the packages that define them would slow every command by half a second.
DATUM_CHOICES = "wgs84|cgcs2000|gcj02|bd09"
MAPPING_FORM = """register: 名称 · source: 出处 · datum: wgs84|cgcs2000|gcj02|bd09 · layer: 表名 · columns: {name: 列名, …} · ignore: [列名, …] · constants: {kind: mother_room, …}"""
ALL_AREAS = "all"  # of China, for demand alone
NO_DATUM_MESSAGE = N_(
    "--datum is missing: say wgs84 (GPS), cgcs2000 (Tianditu), gcj02 (AMap, Tencent, WeChat) or bd09 (Baidu); "
    "a wrong guess is off by 460 to 1,350 m"
)


def read_area(text: str) -> str:
    """Return the code of an area that was typed by code or by name. *Raises*: FaultError if not one has the name."""
    from geo.formats.outlines import load_area_names
    from yihui.services.desk.choices import resolve_planned_area

    return text if text == ALL_AREAS else resolve_planned_area(load_area_names(), text)


def use_streets(wiring: Wiring, folder: Path | None) -> None:
    """Let this command use a folder of built streets. *Raises*: FaultError if nothing was built there."""
    from yihui.services.streets.folder import StreetsFolder

    if folder is not None:
        StreetsFolder.open(folder)
        wiring.settings = replace(wiring.settings, streets=folder)


def open_sheets(wiring: Wiring, hidden: str) -> "SheetReader":
    """Return the reader of a command's sheets, which prints notes at once. *Raises*: typer.BadParameter."""
    from core.sheets.listed_rows import HiddenRows
    from yihui.cli.output import print_faults, usage_error
    from yihui.files.tables import SheetReader

    if hidden not in list(HiddenRows):
        raise usage_error(
            wiring, N_("{value} is neither take nor leave"), option="--hidden-rows", value=hidden
        )
    return SheetReader(HiddenRows(hidden), lambda notes: print_faults(wiring, notes))


def choose_probes(wiring: Wiring, typed: str | None) -> "StatusAddress | None":
    """Return where this process answers probes: as typed, or as set. *Raises*: FaultError."""
    from yihui.runtime.arguments import parse_probes

    return wiring.settings.probes if typed is None else parse_probes(typed)


def has_separator(typed: str) -> bool:
    """Return whether an argument may hold two coordinates: 117.0204,36.6683."""
    return re.search(r"[,，、;；|/\s]", typed.strip()) is not None


Probes = Annotated[
    str | None,
    typer.Option(
        "--probes",
        metavar="[ADDRESS:]PORT",
        help=N_(
            "answer probes and scrapers (/livez, /readyz, /metrics) at this port of this machine, or at this address; otherwise YIHUI_PROBES"
        ),
    ),
]
# Of workbooks, for `open_sheets`.
HiddenOption = Annotated[
    str,
    typer.Option(
        "--hidden-rows",
        metavar="take|leave",
        help=N_(
            "take what a workbook hides (rows, columns), or leave it out; otherwise persons and payments are refused, places taken"
        ),
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help=N_("print JSON"))]
# Whoever is logged in acts; without anybody, the user of the operating system. It is never None in the command.
By = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="NAME",
        default_factory=str,
        show_default=False,
        callback=resolve_acting,
        help=N_("the officer who acts, if logged in here (yihui login); a demo lets you be any officer"),
    ),
]
ByOfficerOrMember = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="NAME",
        callback=resolve_named,
        help=N_("the officer who acts; otherwise it is the member's own wish"),
    ),
]
RecordedReason = Annotated[str, typer.Option(help=N_("why, in a sentence, without personal data"))]
PublishedReason = Annotated[str, typer.Option(help=N_("why, in a sentence that members will read"))]
ShortReason = Annotated[str, typer.Option(help=N_("why"))]

MemberArgument = Annotated[str, typer.Argument(help=N_("the member's id"))]
MemberOption = Annotated[str, typer.Option(help=N_("the member's id"))]
OnlyMember = Annotated[str | None, typer.Option(help=N_("only this member's"))]
RuleArgument = Annotated[str, typer.Argument(help=N_("the rule's id"))]
AnyRuleArgument = Annotated[str | None, typer.Argument(help=N_("the rule's id"))]
OnlyRegister = Annotated[str | None, typer.Option(help=N_("only this register"))]
OnlyDistrict = Annotated[str | None, typer.Option(help=N_("only this district: its code, or its name"))]
LonArgument = Annotated[
    str | None,
    typer.Argument(help=N_("longitude, or both as map apps copy them: 117.0204,36.6683"), metavar="LON"),
]
LatArgument = Annotated[str | None, typer.Argument(help=N_("latitude"), metavar="LAT")]
StationArgument = Annotated[str, typer.Argument(help=N_("the station's id"), metavar="ID")]

StreetsFolderOption = Annotated[
    Path | None,
    typer.Option(
        "--streets", envvar="YIHUI_STREETS", help=N_("the folder that `yihui streets build` has written")
    ),
]

OnDate = Annotated[str | None, typer.Option(help=N_("a date such as 2026-05-01; today unless said"))]
OnDay = Annotated[str | None, typer.Option(help=N_("the day; otherwise today"), metavar="DATE")]

NewFile = Annotated[Path, typer.Option(help=N_("the file to write; it must not be there yet"))]
WorkbookFile = Annotated[Path | None, typer.Option(help=N_("write a workbook"))]
PageFile = Annotated[Path | None, typer.Option(help=N_("write a page for screen and paper"))]
QrFile = Annotated[Path | None, typer.Option(help=N_("write the QR code to this SVG file"), metavar="FILE")]
