"""Read XLSX with titles, merged cells, formulas and several worksheets, and XLS of Excel 97 to 2003; refuse malicious files."""

import io
import posixpath
import struct
from collections.abc import Mapping
from datetime import time
from xml.etree import ElementTree

import python_calamine as calamine
import xlrd

from core.faults import FaultError, FaultTable
from core.sheets.sheet_xml import (
    MAX_WORKSHEET_CELLS,
    WORKBOOK_FAULTS,
    CellPosition,
    WorksheetScan,
    pack_zip_parts,
    refuse_doctype,
    refuse_large_area,
    refuse_many_elements,
    scan_worksheet,
    shared_text_lengths,
    unpack_zip_parts,
)
from core.sheets.table import Table, content_sha256, format_cell, plain_text
from core.sheets.worksheets import Worksheet, build_worksheet, choose_worksheet, table_from_worksheet
from core.text_marks import N_

_FAULTS = FaultTable(
    "xlsx",
    {
        "no_workbook": (
            N_("this is a ZIP archive, but no workbook"),
            N_("unpack it and import the file in it: CSV, XLSX, GeoJSON, GeoPackage or GeoParquet"),
        ),
    },
)

_WORKBOOK = "xl/workbook.xml"
_STRINGS = "xl/sharedstrings.xml"


def read_xlsx(content: bytes, file: str, layer: str | None = None) -> Table:
    """Read one worksheet: the one named ``layer``, else the only visible one that is not empty.

    Row numbers are those of the worksheet. For a formula its stored value is read.
    *Raises*: FaultError if there is no table, or if the file is malicious.
    """
    parts = unpack_zip_parts(content, file, _is_read)
    if _WORKBOOK not in parts:
        raise FaultError(_FAULTS.build("no_workbook", file=file))
    for name, part in parts.items():
        refuse_doctype(part, name, file)
        if not name.startswith("xl/worksheets/") and name.lower() != _STRINGS:
            refuse_many_elements(part, name, file)
    try:
        sheets, hidden = _sheets(parts, file, layer)
    except (calamine.CalamineError, ElementTree.ParseError, ValueError) as error:
        raise FaultError(WORKBOOK_FAULTS.build("unreadable", file=file, value=str(error)[:200])) from error
    chosen = choose_worksheet(sheets, layer, file)
    return table_from_worksheet(chosen, file, content_sha256(content), () if layer else hidden)


def _is_read(name: str) -> bool:
    """Return whether a part is read; pictures, fonts and macros aren't."""
    return name.endswith((".xml", ".rels")) and not name.startswith(
        ("xl/drawings/", "xl/media/", "customXml/")
    )


def _sheets(parts: Mapping[str, bytes], file: str, layer: str | None) -> tuple[list[Worksheet], list[str]]:
    """Return the candidate worksheets, and the names of the hidden ones that aren't empty."""
    lengths: list[int] = []
    for name, part in parts.items():
        if name.lower() == _STRINGS:
            lengths = shared_text_lengths(part, name, file)
    where = _parts_of_sheets(parts)
    with calamine.load_workbook(io.BytesIO(pack_zip_parts(parts))) as book:
        seen, hidden, area = [], [], 0
        for data in book.sheets_metadata:
            part_name = where.get(data.name, "")
            if data.typ != calamine.SheetTypeEnum.WorkSheet or part_name not in parts:
                continue
            findings = scan_worksheet(parts[part_name], lengths, part_name, file)
            if data.visible == calamine.SheetVisibleEnum.Visible or data.name == layer:
                area += findings.reach[0] * findings.reach[1]
                refuse_large_area(area, findings.reach, file)
                seen.append(_sheet(book.get_sheet_by_name(data.name), findings))
            elif findings.reach != (0, 0):
                hidden.append(data.name)
        return seen, hidden


def _sheet(sheet: calamine.CalamineSheet, scan: WorksheetScan) -> Worksheet:
    values = sheet.to_python(skip_empty_area=False)
    grid = [[plain_text(format_cell(value)) for value in row] for row in values]
    return build_worksheet(
        sheet.name,
        grid,
        sheet.merged_cell_ranges or (),
        scan.reach,  # cells without a value may reach further than those with one
        formulas=scan.formulas,
        errors=scan.errors,
        hidden_rows=scan.hidden_rows,
        hidden_columns=scan.hidden_columns,
    )


def _parse_xml(part: bytes) -> ElementTree.Element:
    """Parse a part as UTF-8, whatever encoding it declares."""
    return ElementTree.fromstring(part, ElementTree.XMLParser(encoding="utf-8"))


def _parts_of_sheets(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Return the part that holds each worksheet, by the workbook's relations."""
    relations = _parse_xml(parts.get("xl/_rels/workbook.xml.rels", b"<none/>"))
    target = {
        relation.get("Id"): posixpath.normpath(posixpath.join("/xl", relation.get("Target", ""))).lstrip("/")
        for relation in relations
    }
    found = {}
    for element in _parse_xml(parts[_WORKBOOK]).iter():
        if element.tag.endswith("}sheet"):
            id = next((value for key, value in element.items() if key.endswith("}id")), None)
            found[element.get("name", "")] = target.get(id, "")
    return found


_XLS_FAULTS = FaultTable(
    "xls",
    {
        "locked": (
            N_("this workbook is locked with a password, or no workbook"),
            N_("open it and save it as .xlsx without a password, or as “CSV UTF-8”"),
        ),
    },
)
# What xlrd raises at damaged records.
_BROKEN = (
    *(xlrd.XLRDError, xlrd.compdoc.CompDocError, struct.error, OSError, NotImplementedError),
    *(ValueError, LookupError, AssertionError, ArithmeticError, TypeError, AttributeError),
)


def read_xls(content: bytes, file: str, layer: str | None = None) -> Table:
    """Read one worksheet, as `read_xlsx` does. *Raises*: FaultError if there is no table, or it can't be read."""
    try:
        sheets, hidden = _read_sheets(content, file, layer)
    except _BROKEN as error:
        locked = "encrypted" in str(error) or "Can't find workbook" in str(error)
        fault = (
            _XLS_FAULTS.build("locked", file=file)
            if locked
            else WORKBOOK_FAULTS.build("unreadable", file=file)
        )
        raise FaultError(fault) from error
    chosen = choose_worksheet(sheets, layer, file)
    return table_from_worksheet(chosen, file, content_sha256(content), () if layer else hidden)


def _read_sheets(content: bytes, file: str, layer: str | None) -> tuple[list[Worksheet], list[str]]:
    """Return the candidate worksheets, and the names of the hidden ones that aren't empty."""
    seen, hidden, area = [], [], 0
    # formatting_info brings hidden rows and columns, merged cells, and which numbers are dates
    with xlrd.open_workbook(
        file_contents=content, formatting_info=True, on_demand=True, ragged_rows=True, logfile=io.StringIO()
    ) as book:
        for name in book.sheet_names():
            sheet = book.sheet_by_name(name)
            area += sheet.nrows * sheet.ncols
            if area > MAX_WORKSHEET_CELLS:
                refuse_large_area(area, (sheet.nrows, sheet.ncols), file)
            if sheet.visibility == 0 or name == layer:
                seen.append(_read_sheet(book, sheet))
            elif sheet.nrows:
                hidden.append(name)
            book.unload_sheet(name)
    return seen, hidden


def _read_sheet(book: xlrd.Book, sheet: xlrd.sheet.Sheet) -> Worksheet:
    errors: dict[CellPosition, str] = {}
    grid = []
    for number in range(sheet.nrows):
        cells = sheet.row(number)
        grid.append([plain_text(_format(book, cell)) for cell in cells])
        for column, cell in enumerate(cells):
            if cell.ctype == xlrd.XL_CELL_ERROR:
                errors[number, column] = xlrd.error_text_from_code.get(cell.value, "#N/A")
    return build_worksheet(
        sheet.name,
        grid,
        [((top, left), (bottom - 1, right - 1)) for top, bottom, left, right in sheet.merged_cells],
        (0, 0),
        errors=errors,
        hidden_rows={n for n, row in sheet.rowinfo_map.items() if row.hidden or row.height == 0},
        hidden_columns={n for n, one in sheet.colinfo_map.items() if one.hidden or one.width == 0},
    )


def _format(book: xlrd.Book, cell: xlrd.sheet.Cell) -> str:
    """Format a cell as the reader of XLSX does."""
    if cell.ctype == xlrd.XL_CELL_DATE:
        moment = xlrd.xldate_as_datetime(cell.value, book.datemode)
        return format_cell(moment if cell.value >= 1 else time(moment.hour, moment.minute, moment.second))
    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK, xlrd.XL_CELL_ERROR):
        return ""
    return format_cell(bool(cell.value) if cell.ctype == xlrd.XL_CELL_BOOLEAN else cell.value)
