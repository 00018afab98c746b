"""A register's file on its way in: read it, map its columns, make stations of its rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import Fault, InputFaults
from geo.datum_findings import check_claims, checks_of, datum_findings
from geo.formats.columns import Columns, check_columns
from geo.formats.files import read_table, refuse_large
from geo.formats.mapping_file import MappingFile, read_mapping_file
from geo.formats.places import Gazetteer
from geo.formats.rows import Reader, Reading, read_claims, read_stations, settle_datum
from geo.formats.table import Table
from geo.hours import read
from geo.registry import Register

if TYPE_CHECKING:
    from geo.crs import Datum
    from geo.datum_check import DatumCheck
    from geo.datum_findings import Claim
    from geo.districts import Districts

N_ = str  # marks a text for the message catalogue

NAME_LIMIT = 64  # characters
SIDECAR = ".columns.yaml"  # stations.csv.columns.yaml beside stations.csv is taken by itself


@dataclass(frozen=True, slots=True)
class Request:
    """What the user says of a file; the mapping file and the file's headers say the rest."""

    file: Path
    datum: "Datum | None" = None
    register: str | None = None
    mapping: Path | None = None
    constants: Mapping[str, str] = field(default_factory=dict)
    sample: bool = False
    layer: str | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """What was read. ``mapping`` is the mapping file that was used, if any."""

    table: Table
    columns: Columns
    datum: "Datum | None"
    mapping: Path | None
    register: Register
    reading: Reading
    checks: "Mapping[Datum, DatumCheck]" = field(default_factory=dict)
    findings: tuple[Fault, ...] = ()  # of the datum check


@dataclass(frozen=True, slots=True)
class Asked:
    """What ``--datum ask`` found: how many rows there are, which of them could be compared, and how they fit."""

    table: Table
    claims: "tuple[Claim, ...]"
    check: "DatumCheck"


def understood(hours_text: str) -> bool:
    """Can these opening hours be understood?"""
    return read(hours_text).understood


def read_register(request: Request, districts: Callable[[], "Districts"]) -> Intake:
    """Read a register's file; nothing is written anywhere. ``districts`` are loaded once they are needed.

    *Raises*: InputFaults where no row of it can be read at all; OSError where it isn't there.
    """
    opened = _open(request)
    table, columns, mapping = opened.table, opened.columns, opened.mapping
    datum = settle_datum(columns, opened.asked, table.file)
    register = Register(
        name=_register_name(request, mapping),
        source=mapping.source,
        file=table.file,
        digest=table.digest,
    )
    outlines = districts()
    reader = Reader(
        register=register.name,
        gazetteer=Gazetteer(outlines),
        locate=lambda points: outlines.assign(points).code.tolist(),
        understands=understood,
        source=mapping.source or register.name,
        sample=request.sample,
    )
    reading = read_stations(table, columns, datum, reader)
    checks = checks_of(reading.claims, outlines)
    findings = datum_findings(reading.claims, checks, said=table.datum is not None)
    told = tuple(finding.at(file=table.file) for finding in findings)
    return Intake(table, columns, datum, opened.mapping_path, register, reading, checks, told)


def ask_datum(request: Request, districts: Callable[[], "Districts"]) -> Asked:
    """How well a file's points fit their districts in each datum; nothing else is read of it.

    *Raises*: InputFaults where no row of it can be read at all; OSError where it isn't there.
    """
    opened = _open(request)
    outlines = districts()
    claims = read_claims(opened.table, opened.columns, Gazetteer(outlines))
    return Asked(opened.table, claims, check_claims(claims, outlines))


@dataclass(frozen=True, slots=True)
class _Opened:
    """A file with its columns; ``asked`` is the datum that somebody outside the file named."""

    table: Table
    columns: Columns
    asked: "Datum | None"
    mapping: MappingFile
    mapping_path: Path | None


def _open(request: Request) -> _Opened:
    name = request.file.name
    refuse_large(request.file.stat().st_size, name)
    content = request.file.read_bytes()
    path = request.mapping or _sidecar(request.file)
    mapping = read_mapping_file(path.read_bytes(), path.name) if path else MappingFile()
    table = read_table(content, name, request.layer or mapping.layer)
    columns, asked = _columns(table, mapping, request)
    check_columns(columns, table.headers, name)
    return _Opened(table, columns, asked, mapping, path)


def _columns(table: Table, mapping: MappingFile, request: Request) -> tuple[Columns, "Datum | None"]:
    """The columns, by the mapping file or guessed, and the datum that was named."""
    columns = mapping.apply(table.headers, request.datum).with_constants(request.constants)
    if table.point is None or mapping.says_where or not mapping.placed:
        return columns, request.datum
    return columns.with_geometry(table.point, table.datum), request.datum or mapping.datum


def _register_name(request: Request, mapping: MappingFile) -> str:
    name = request.register or mapping.register_name or request.file.stem
    if len(name) > NAME_LIMIT:
        raise InputFaults([_too_long(name, request.file.name)])
    return name


def _too_long(name: str, file: str) -> Fault:
    return Fault(
        N_("“{value}” is too long for the name of a register: at most {most} characters"),
        N_("give it a shorter one with --register"),
        file=file,
        field="--register",
        value=name,
        params={"most": str(NAME_LIMIT)},
    )


def _sidecar(file: Path) -> Path | None:
    beside = file.with_name(file.name + SIDECAR)
    return beside if beside.exists() else None
