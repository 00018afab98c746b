"""Read a register's file: parse it, map its columns, and build stations from its rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import Fault, FaultError, FaultTable
from core.sheets.files import refuse_large_file
from core.sheets.listed_rows import HiddenRows, select_listed_rows
from core.sheets.table import Table
from core.text_marks import N_
from geo.datum_findings import check_each_datum, check_located_rows, datum_faults
from geo.formats.columns import ColumnMapping, check_columns, find_running_number
from geo.formats.features import POINT_HEADERS, PlacedTable
from geo.formats.files import read_table
from geo.formats.mapping_file import MappingFile, read_mapping_file
from geo.formats.places import Gazetteer
from geo.formats.rows import (
    ImportContext,
    ParsedRegister,
    read_located_rows,
    read_stations,
    resolve_datum,
    station_marks,
)
from geo.hours import parse_hours
from geo.registry.diff import Register, RegisterDiff, check_unconfirmed
from geo.registry.stations import import_stations, preview_import
from yihui.access.acting import state_act
from yihui.bootstrap import Wiring
from yihui.services.access.acting import open_act

if TYPE_CHECKING:
    from geo.datum import Datum
    from geo.datum_check import DatumCheck
    from geo.datum_findings import LocatedRow
    from geo.districts import Districts

_FAULTS = FaultTable(
    "register_file",
    {
        "too_long": (
            N_("“{value}” is too long for the name of a register: at most {most} characters"),
            N_("give it a shorter one with --register"),
        )
    },
)


REGISTER_NAME_LIMIT = 64  # characters
SIDECAR_SUFFIX = ".columns.yaml"  # stations.csv.columns.yaml beside stations.csv is used without an option


@dataclass(frozen=True, slots=True)
class RegisterRequest:
    """The user's options for a file; the mapping file and the file's headers supply the rest."""

    file: Path
    datum: "Datum | None" = None
    register: str | None = None
    mapping: Path | None = None
    constants: Mapping[str, str] = field(default_factory=dict)
    sample: bool = False
    layer: str | None = None
    ignored: tuple[str, ...] = ()  # headers of columns that are not read
    areas_as_points: bool = False  # an area is a point within it, instead of a fault
    hidden: HiddenRows = HiddenRows.TAKE
    content: bytes | None = field(default=None, repr=False)  # of an uploaded file: ``file`` is only its name


@dataclass(frozen=True, slots=True)
class RegisterIntake:
    """A register that was read. ``mapping`` is the mapping file that was used, if any."""

    table: Table
    columns: ColumnMapping
    datum: "Datum | None"
    mapping: Path | None
    register: Register
    reading: ParsedRegister
    checks: "Mapping[Datum, DatumCheck]" = field(default_factory=dict)
    findings: tuple[Fault, ...] = ()  # of the datum check

    @property
    def contradictions(self) -> tuple[Fault, ...]:
        """The faults of the whole file with which the points contradict the stated datum."""
        return tuple(finding for finding in self.findings if finding.severity == "error")


@dataclass(frozen=True, slots=True)
class DatumComparison:
    """Result of ``--datum ask``: the table, the rows that could be compared, and their fit in each datum."""

    table: Table
    claims: "tuple[LocatedRow, ...]"
    check: "DatumCheck"


def can_parse_hours(hours_text: str) -> bool:
    """Return whether an opening hours text can be parsed."""
    return parse_hours(hours_text).understood


def read_register(
    request: RegisterRequest, districts: Callable[[], "Districts"], today: date | None = None
) -> RegisterIntake:
    """Read a register's file without writing anything. ``districts`` is called at the first need.

    Without ``today``, the dates of verification may lie in the future.

    *Raises*: FaultError if no row can be read at all; OSError if the file doesn't exist.
    """
    opened = _open(request)
    table, columns, mapping = opened.table, opened.columns, opened.mapping
    datum = resolve_datum(columns, opened.asked, table.file)
    register = Register(
        name=_register_name(request, mapping), source=mapping.source, file=table.file, digest=table.digest
    )
    outlines = districts()
    reader = ImportContext(
        register=register.name,
        gazetteer=Gazetteer(outlines),
        locate=lambda points: outlines.assign(points).code.tolist(),
        can_parse_hours=can_parse_hours,
        source=mapping.source or register.name,
        sample=request.sample,
        today=today,
    )
    reading = read_stations(table, columns, datum, reader)
    checks = check_each_datum(reading.located_rows, outlines)
    findings = datum_faults(
        reading.located_rows, checks, said=isinstance(table, PlacedTable) and table.datum is not None
    )
    told = tuple(finding.at(file=table.file) for finding in findings)
    return RegisterIntake(table, columns, datum, opened.mapping_path, register, reading, checks, told)


def compare_datums(request: RegisterRequest, districts: Callable[[], "Districts"]) -> DatumComparison:
    """Compute how well a file's points fit their districts in each datum; nothing else is read.

    *Raises*: FaultError if no row can be read at all; OSError if the file doesn't exist.
    """
    opened = _open(request)
    outlines = districts()
    claims = read_located_rows(opened.table, opened.columns, Gazetteer(outlines))
    return DatumComparison(opened.table, claims, check_located_rows(claims, outlines))


@dataclass(frozen=True, slots=True)
class _Opened:
    """A file with its columns; ``asked`` is the datum that the user named outside the file."""

    table: Table
    columns: ColumnMapping
    asked: "Datum | None"
    mapping: MappingFile
    mapping_path: Path | None


def _open(request: RegisterRequest) -> _Opened:
    name = request.file.name
    content = _read_content(request)
    path = request.mapping or (_sidecar(request.file) if request.content is None else None)
    mapping = read_mapping_file(path.read_bytes(), path.name) if path else MappingFile()
    layer = request.layer or mapping.layer
    table = read_table(content, name, layer, areas_as_points=request.areas_as_points)
    columns, asked = _columns(table, mapping, request)
    check_columns(columns, table.headers, name, (*mapping.ignore, *request.ignored))
    table = select_listed_rows(table, station_marks(columns), request.hidden)
    return _Opened(table, columns, asked, mapping, path)


def _read_content(request: RegisterRequest) -> bytes:
    size = len(request.content) if request.content is not None else request.file.stat().st_size
    refuse_large_file(size, request.file.name)
    return request.content if request.content is not None else request.file.read_bytes()


def _columns(
    table: Table, mapping: MappingFile, request: RegisterRequest
) -> tuple[ColumnMapping, "Datum | None"]:
    """Return the columns, mapped or guessed, and the datum that was named."""
    ignored = (*request.ignored, *find_running_number(table))
    columns = mapping.apply(table.headers, request.datum, ignored)
    columns = columns.with_constants(request.constants)
    if not isinstance(table, PlacedTable) or not table.has_points:
        return columns, request.datum
    if mapping.has_coordinate_columns or not mapping.placed:
        return columns, request.datum
    return columns.with_geometry(POINT_HEADERS, table.datum), request.datum or mapping.datum


def _register_name(request: RegisterRequest, mapping: MappingFile) -> str:
    name = request.register or mapping.register_name or request.file.stem
    if len(name) > REGISTER_NAME_LIMIT:
        raise FaultError(
            _FAULTS.build(
                "too_long", file=request.file.name, field="--register", value=name, most=REGISTER_NAME_LIMIT
            )
        )
    return name


def _sidecar(file: Path) -> Path | None:
    beside = file.with_name(file.name + SIDECAR_SUFFIX)
    return beside if beside.exists() else None


def store_register(
    wiring: Wiring, intake: RegisterIntake, *, dry_run: bool, confirmed: bool, link: bool = False
) -> tuple[RegisterDiff, tuple[Fault, ...]]:
    """Store the good rows of a register that was read, or only compute the change (``dry_run``).

    With ``link``, stations that are probably gone ones under another id keep their old ids.

    Return the change, and for a dry run the faults with which the import would ask for --confirm.
    *Raises*: FaultError if the import must be confirmed and is not.
    """
    stations, complete = intake.reading.stations, not intake.reading.rejected_count
    if not dry_run:
        with open_act(wiring) as connection:
            now = wiring.now()
            diff = import_stations(
                connection, intake.register, stations, now, complete=complete, confirmed=confirmed, link=link
            )
            after = {
                "added": len(diff.added),
                "changed": len(diff.changed) + len(diff.moved),
                "gone": len(diff.gone),
            }
            state_act("register", intake.register.name, after={"digest": intake.register.digest, **after})
        return diff, ()
    with wiring.database.read() as connection:
        diff = preview_import(connection, intake.register, stations, complete=complete, link=link)
    try:
        if not confirmed:
            check_unconfirmed(diff, intake.table.file)
    except FaultError as error:
        return diff, error.faults
    return diff, ()
