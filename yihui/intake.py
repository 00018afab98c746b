"""A register's file on its way in: read it, map its columns, make stations of its rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from geo.faults import Fault, InputFaults
from geo.formats.columns import Columns, check_columns
from geo.formats.files import read_table, refuse_large
from geo.formats.mapping_file import MappingFile, read_mapping_file
from geo.formats.places import Gazetteer
from geo.formats.rows import Reader, Reading, read_stations, settle_datum
from geo.formats.table import Table
from geo.hours import read
from geo.registry import Register

if TYPE_CHECKING:
    from geo.crs import Datum
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


def understood(hours_text: str) -> bool:
    """Can these opening hours be understood?"""
    return read(hours_text).understood


def read_register(request: Request, districts: Callable[[], "Districts"]) -> Intake:
    """Read a register's file; nothing is written anywhere. ``districts`` are loaded once they are needed.

    *Raises*: InputFaults where no row of it can be read at all; OSError where it isn't there.
    """
    name = request.file.name
    refuse_large(request.file.stat().st_size, name)
    content = request.file.read_bytes()
    mapping_path = request.mapping or _sidecar(request.file)
    mapping = (
        read_mapping_file(mapping_path.read_bytes(), mapping_path.name) if mapping_path else MappingFile()
    )
    table = read_table(content, name, request.layer or mapping.layer)
    columns, asked = _columns(table, mapping, request)
    check_columns(columns, table.headers, name)
    datum = settle_datum(columns, asked, name)
    register = Register(
        name=_register_name(request, mapping),
        source=mapping.source,
        file=name,
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
    return Intake(table, columns, datum, mapping_path, register, read_stations(table, columns, datum, reader))


def _columns(table: Table, mapping: MappingFile, request: Request) -> tuple[Columns, "Datum | None"]:
    """The columns, and the datum that somebody outside the file named."""
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
