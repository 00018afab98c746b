"""The fields of an analysis: each stands for an option of the planning command, and is checked as typed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path

from core.civil_time import CIVIL_TIME, civil_date, parse_civil_date
from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.text_marks import N_
from geo.datum import Datum
from yihui.planning.demand.request import CENSUS_DEMAND, GROUND_DEMAND, SEARCHES_DEMAND, UNMET_SEARCHES_DEMAND
from yihui.runtime.arguments import is_in_supported_years

MAX_TEXT_CHARS = 200
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?")
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,6})?")
DATUM_LABELS: Mapping[str, str] = {
    Datum.WGS84: N_("WGS84 (GPS, OpenStreetMap)"),
    Datum.CGCS2000: N_("CGCS2000 (Tianditu)"),
    Datum.GCJ02: N_("GCJ-02 (AMap, Tencent, WeChat)"),
    Datum.BD09: N_("BD-09 (Baidu)"),
}
DEMANDS: Mapping[str, str] = {
    CENSUS_DEMAND: N_("residents (census)"),
    GROUND_DEMAND: N_("ground"),
    SEARCHES_DEMAND: N_("riders' searches"),
    UNMET_SEARCHES_DEMAND: N_("riders' searches that found nothing open"),
    f"{CENSUS_DEMAND}+{SEARCHES_DEMAND}=30%": N_("residents and, for 30 %, riders' searches by hour"),
}  # those of every site; the files that were uploaded come beside them
FIELD_FAULTS = FaultTable(
    "analysis",
    {
        "number": (N_("{field}: “{value}” is no number"), N_("write digits, such as 1000")),
        "whole": (N_("{field}: “{value}” is no whole number"), N_("write digits, such as 10")),
        "range": (N_("{field}: {value} is too little or too much"), N_("write a number from {least} to {most}")),
        "choice": (N_("“{value}” is no choice for {field}"), N_("choose one of the list")),
        "instant": (N_("{field}: “{value}” is no date with a time"), N_("write it as 2026-10-09 10:00")),
        "day": (N_("{field}: “{value}” is no date"), N_("write it as 2026-10-09")),
        "text": (N_("{field}: the text has more than {most} characters"), N_("write it shorter")),
        "file": (N_("a file of the kind “{value}” can't be read"), N_("choose a file of these kinds: {known}")),
        "content": (N_("the file {value} is not what its name says"), N_("save it anew, and choose it again")),
    },
)  # fmt: skip


class FieldKind(StrEnum):
    """What is typed or chosen in a field."""

    NUMBER = "number"
    WHOLE = "whole"
    TEXT = "text"
    CHOICE = "choice"
    CHOICES = "choices"  # any number of them
    TICK = "tick"
    INSTANT = "instant"
    DAY = "day"
    FILE = "file"
    TARGET = "target"  # a file that is wanted: ticked on a page, named in a command
    AREA = "area"  # the next three are chosen from what the site has for the officer
    DEMAND = "demand"
    REGISTER = "register"


@dataclass(frozen=True, slots=True)
class AnalysisField:
    """A field of a page, and the option of the command that does the same. ``default`` is what it holds at first.

    ``choices`` are labels by value, for a file the endings of its name. ``is_further``: few planners need it. The
    command's help shows the label, or ``help`` where a planner who types needs more, and ``metavar``. ``variable`` is
    a variable of the environment that stands for the option. ``is_bound``: the command line itself refuses what is no
    choice or out of the range, before the analysis looks at all values together.
    """

    option: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    default: str = ""
    choices: Mapping[str, str] | Sequence[str] = ()
    is_further: bool = False
    of: str = ""  # the option of the command that the field stands for where that has another name
    into: str = ""  # the attribute of the order that it says, where that has another name
    least: float = 0
    most: float = 100_000
    help: str = ""
    metavar: str = ""
    variable: str | None = None
    is_bound: bool = False
    is_required: bool = False

    @property
    def command_option(self) -> str:
        return self.of or self.option

    @property
    def attribute(self) -> str:
        return self.into or self.option.replace("-", "_")


@dataclass(frozen=True, slots=True)
class AnalysisValues:
    """What was typed, checked by `check_fields`, and the files that were given, by option."""

    typed: Mapping[str, str]
    files: Mapping[str, Path]
    now: datetime

    def value(self, field: AnalysisField) -> object:
        """Return what a field says; None for nothing."""
        match field.kind:
            case FieldKind.NUMBER:
                return self.optional_number(field.option)
            case FieldKind.WHOLE:
                return self.optional_whole(field.option)
            case FieldKind.TICK:
                return self.is_ticked(field.option)
            case FieldKind.INSTANT:
                return self.instant(field.option)
            case FieldKind.DAY:
                return self.day(field.option)
            case FieldKind.FILE:
                return self.file(field.option)
            case FieldKind.CHOICE if field.choices is DATUM_LABELS:
                return self.datum(field.option)
        return self.optional(field.option)

    def text(self, option: str) -> str:
        return self.typed.get(option, "")

    def optional(self, option: str) -> str | None:
        return self.typed.get(option) or None

    def number(self, option: str, default: float) -> float:
        return float(self.text(option) or default)

    def optional_number(self, option: str) -> float | None:
        return float(self.text(option)) if self.text(option) else None

    def whole(self, option: str, default: int) -> int:
        return int(self.text(option) or default)

    def optional_whole(self, option: str) -> int | None:
        return int(self.text(option)) if self.text(option) else None

    def is_ticked(self, option: str) -> bool:
        return self.text(option) == "yes"

    def several(self, option: str) -> list[str]:
        return [one for one in self.text(option).split(",") if one]

    def instant(self, option: str = "at") -> datetime | None:
        return parse_typed_instant(self.text(option)) if self.text(option) else None

    def instant_or_usual(self) -> datetime:
        """Return the typed instant, or the one on which a new question begins."""
        return self.instant() or usual_instant(self.now)

    def day(self, option: str) -> date | None:
        return parse_civil_date(self.text(option)) if self.text(option) else None

    def datum(self, option: str = "datum") -> Datum | None:
        return Datum(self.text(option)) if self.text(option) else None

    def file(self, option: str) -> Path | None:
        return self.files.get(option)


_USUAL_HOUR = 10  # o'clock in China; most stations are open then


def usual_instant(now: datetime) -> datetime:
    """Return ten o'clock of the last ordinary working day on which it has struck ten."""
    from geo.calendars import Calendar, workday_table

    table, day = workday_table(Calendar.CN), civil_date(now - timedelta(hours=_USUAL_HOUR))
    while not table.is_ordinary_workday(day):
        day -= timedelta(days=1)
    return datetime.combine(day, time(_USUAL_HOUR), CIVIL_TIME)


def parse_typed_instant(text: str) -> datetime | None:
    """Parse a date and a time as a clock in China shows them; None if they are none."""
    if not _INSTANT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=CIVIL_TIME)
    except ValueError:
        return None
    return moment if is_in_supported_years(moment) else None


def check_fields(fields: Sequence[AnalysisField], typed: Mapping[str, str]) -> None:
    """*Raises*: FaultError with every field that holds what it can't."""
    raise_faults([fault for one in fields for fault in _faults(one, typed.get(one.option, ""))])


def _faults(field: AnalysisField, value: str) -> Iterator[Fault]:
    code = _fault_code(field, value) if value else None
    if code is not None:
        most = MAX_TEXT_CHARS if code == "text" else f"{field.most:,g}"
        where, least = f"--{field.option}", f"{field.least:,g}"
        yield FIELD_FAULTS.build(code, field=where, value=value[:40], least=least, most=most)


def _fault_code(field: AnalysisField, value: str) -> str | None:
    match field.kind:
        case FieldKind.NUMBER:
            return _range_fault(field, value) if _NUMBER.fullmatch(value) else "number"
        case FieldKind.WHOLE:
            is_whole = value.isdecimal() and len(value) < 10
            return _range_fault(field, value) if is_whole else "whole"
        case FieldKind.CHOICE | FieldKind.CHOICES:
            several = value.split(",") if field.kind is FieldKind.CHOICES else [value]
            is_known = len(several) == len(set(several)) and all(one in field.choices for one in several)
            return None if is_known else "choice"
        case FieldKind.TICK | FieldKind.TARGET:
            return None if value == "yes" else "choice"
        case FieldKind.INSTANT:
            return None if parse_typed_instant(value) else "instant"
        case FieldKind.DAY:
            return None if parse_civil_date(value) else "day"
    return "text" if len(value) > MAX_TEXT_CHARS else None


def _range_fault(field: AnalysisField, value: str) -> str | None:
    return None if field.least <= float(value) <= field.most else "range"


def check_given_file(field: AnalysisField, name: str, content: bytes) -> str:
    """Return the ending of a file that a reader of ours can open safely. *Raises*: FaultError.

    A GeoJSON file has to be JSON and a GeoPackage a database: GDAL goes by the content, and some of its
    formats name other files to read.
    """
    from pydantic_core import from_json

    ending = name.rpartition(".")[2].lower()
    where = f"--{field.option}"
    if ending not in field.choices:
        known = "、".join(field.choices)
        raise FaultError(FIELD_FAULTS.build("file", field=where, value=ending[:20], known=known))
    is_good = True
    if ending in ("json", "geojson"):
        try:
            is_good = isinstance(from_json(content), dict)
        except ValueError:
            is_good = False
    elif ending in _BEGINNINGS:
        is_good = content.startswith(_BEGINNINGS[ending])
    if not is_good:
        raise FaultError(FIELD_FAULTS.build("content", field=where, value=name[-80:]))
    return ending


_BEGINNINGS = {
    "gpkg": b"SQLite format 3\x00",
    "parquet": b"PAR1",
    "xlsx": b"PK\x03\x04",
    "zip": b"PK\x03\x04",
}
OUTLINE_FILES = ("geojson", "json", "gpkg", "parquet", "zip")
TABLE_FILES = ("csv", "xlsx")
AREA = AnalysisField(
    "area",
    N_("Area"),
    FieldKind.AREA,
    help=N_("a province, a city or a county, by name or six-digit code"),
    metavar="NAME|CODE",
)
AT = AnalysisField("at", N_("When (nothing: the last ordinary working day at 10:00)"), FieldKind.INSTANT)
RADIUS = AnalysisField("radius", N_("Reach in metres"), FieldKind.NUMBER, "1000", least=1, into="radius_m")
DEMAND = AnalysisField(
    "demand",
    N_("Demand"),
    FieldKind.DEMAND,
    CENSUS_DEMAND,
    help=N_(
        "census, area, searches, searches:unmet, or a file of weighted points; or several (population+searches=30%)"
    ),
    metavar="WHAT",
)
REGISTER = AnalysisField(
    "register", N_("Register"), FieldKind.REGISTER, help=N_("only this register"), metavar="NAME"
)
_MODES: Mapping[str, str] = {"walk": N_("on foot"), "ebike": N_("by e-bike")}

DEMAND_GRID = AnalysisField(
    "demand-grid",
    N_("Grid for residents and ground, in metres"),
    FieldKind.NUMBER,
    is_further=True,
    least=50,
    most=20_000,
    into="spacing_m",
)
OUTLINES = AnalysisField(
    "outlines", N_("Outlines of townships or communities"), FieldKind.FILE, "", OUTLINE_FILES, True
)
TOWNSHIPS = AnalysisField("townships", N_("Outlines of townships"), FieldKind.FILE, "", OUTLINE_FILES, True)
FILES_DATUM = AnalysisField("datum", N_("Datum of the files"), FieldKind.CHOICE, "", DATUM_LABELS, True)
TRAVEL = AnalysisField("travel", N_("Ways by street instead of straight lines"), FieldKind.CHOICE, "", _MODES)
STREET_MINUTES = AnalysisField(
    "minutes",
    N_("Minutes by street (nothing: the reach in metres along the streets)"),
    FieldKind.NUMBER,
    least=1,
    most=360,
)
TOWNSHIPS_DATUM = replace(
    FILES_DATUM, option="townships-datum", label=N_("Datum of the outlines of townships"), into="datum"
)
SITES = AnalysisField(
    "sites", N_("Number of further sites to propose"), FieldKind.WHOLE, least=1, most=1_000, is_bound=True
)

# Options of the commands alone.
JSON = AnalysisField("json", N_("print JSON"), FieldKind.TICK)
LIMIT = AnalysisField(
    "limit",
    N_("how many rows of a table are listed; 0 is all"),
    FieldKind.WHOLE,
    "20",
    most=999_999_999,
    is_bound=True,
)
ROUTING = AnalysisField(
    "routing",
    N_("with --travel: the folder with the street tiles (yihui streets build)"),
    FieldKind.FILE,
    metavar="FOLDER",
)
STREETS = AnalysisField(
    "streets",
    N_("the folder that `yihui streets build` has written"),
    FieldKind.FILE,
    metavar="FOLDER",
    variable="YIHUI_STREETS",
)
GEOJSON = AnalysisField("geojson", N_("write all of them as GeoJSON, too"), FieldKind.TARGET)
