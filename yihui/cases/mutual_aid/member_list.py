"""Read a list of members to be enrolled: ids as text, one a line, or a table in XLSX or CSV."""

import io
import re
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.faults import Fault, FaultError, raise_faults
from core.sheets.listed_rows import ListedThings
from core.sheets.table import begins_formula, find_header
from core.sheets.text_encoding import decode_text_file
from members.columns import missing_column_fault
from members.mutual_aid.faults import AID_FAULTS
from yihui.frame.fields import TypedFile

if TYPE_CHECKING:
    from core.sheets.table import Row, Table
    from yihui.files.tables import SheetReader

FIRST_FAULTS = 20
MOST_ROWS = 20_000  # of an uploaded table
_HEADERS = ("会员编号", "会员号", "会员id", "编号", "member_id", "member", "id")
_ENDINGS = ("csv", "xlsx", "xls")
_FORMULA_TAG = re.compile(rb"<(?:\w+:)?f[\s/>]")


@dataclass(frozen=True, slots=True)
class ListedMember:
    """A member's id, and the row of the list on which it stands."""

    id: str
    row: int


def read_members(value: object, sheets: "SheetReader") -> object:
    """Return the members of a list: of a file, of a text or a sequence with an id each; anything else as it is.

    *Raises*: FaultError by row.
    """
    if isinstance(value, TypedFile):
        return tuple(_read_file(value.content, value.name, sheets))
    lines = value.splitlines() if isinstance(value, str) else value
    if not isinstance(lines, list | tuple):
        return value
    if all(isinstance(line, ListedMember) for line in lines):  # the form is read once more
        return value
    rows = [(_plain_id(line) if isinstance(line, str) else "\0", row) for row, line in enumerate(lines, 1)]
    raise_faults([_build_no_id(row) for id_, row in rows if not id_.isprintable()][:FIRST_FAULTS])
    return tuple(ListedMember(id_, row) for id_, row in rows if id_)


def _read_file(content: bytes, name: str, sheets: "SheetReader") -> Sequence[ListedMember]:
    if name.lower().rpartition(".")[2] in _ENDINGS:
        return read_member_table(content, name, sheets)
    found = read_members(decode_text_file(content, name)[0], sheets)
    assert isinstance(found, tuple)
    return found


def read_member_table(content: bytes, name: str, sheets: "SheetReader") -> list[ListedMember]:
    """Return the members of a table in XLSX or CSV. *Raises*: FaultError with the faults of all rows."""
    table = sheets.read(content, name, _find_members)
    if name.lower().endswith(".xlsx") and _holds_formula(content):
        raise FaultError(AID_FAULTS.build("formula", field="file", value=name[-60:]))
    raise_faults(table.faults)
    if len(table.rows) > MOST_ROWS:
        fault = AID_FAULTS.build("long_list", field="file", value=len(table.rows), most=MOST_ROWS)
        raise FaultError(fault)
    return _read_rows(table)


def _read_rows(table: "Table") -> list[ListedMember]:
    column = find_header(table.headers, _HEADERS)
    if column is None:
        raise FaultError(missing_column_fault(table, _HEADERS[0]))
    first: dict[str, int] = {}
    faults: list[Fault] = []
    for row in table.rows:
        id_ = _plain_id(row.text((column,)))
        if id_ or any(cell.strip() for cell in row.cells.values()):
            faults += _row_faults(id_, row, column, first)
            first.setdefault(id_, row.number)
    raise_faults(faults[:FIRST_FAULTS])
    if not first:
        raise FaultError(AID_FAULTS.build("no_members", field="file"))
    return [ListedMember(id_, row) for id_, row in first.items()]


def _find_members(table: "Table") -> ListedThings:
    return ListedThings((find_header(table.headers, _HEADERS),))


def _row_faults(id_: str, row: "Row", column: str, first: dict[str, int]) -> Sequence[Fault]:
    """Return what is wrong with a row; a cell that was merged or holds an error is refused, too."""
    if column in row.broken:
        return [row.broken[column].at(row=row.number)]
    if not id_:
        return [AID_FAULTS.build("no_id", field=column, row=row.number)]
    if not id_.isprintable():
        return [_build_no_id(row.number)]
    if begins_formula(id_):
        return [AID_FAULTS.build("formula_cell", field=column, row=row.number)]
    if id_ in first:
        return [AID_FAULTS.build("repeated_id", field=column, row=row.number, first=first[id_])]
    return []


def _holds_formula(content: bytes) -> bool:
    """Return whether a workbook computes anything; the reader has refused archives that unpack to too much."""
    with zipfile.ZipFile(io.BytesIO(content)) as workbook:
        sheets = [name for name in workbook.namelist() if name.startswith("xl/worksheets/")]
        return any(_FORMULA_TAG.search(workbook.read(name)) for name in sheets)


def _build_no_id(row: int) -> Fault:
    return AID_FAULTS.build("no_id", field="members", row=row)


def _plain_id(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lstrip("'")
