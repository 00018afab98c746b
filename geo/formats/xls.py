"""Read .xls, the workbooks of Excel 97 to 2003, which older systems of unions write."""

import io
import struct
from datetime import time

import xlrd

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.formats.sheet_xml import MAX_WORKSHEET_CELLS, WORKBOOK_FAULTS, CellPosition, refuse_large_area
from geo.formats.table import Table, content_sha256, format_cell, plain_text
from geo.formats.worksheets import Worksheet, build_worksheet, choose_worksheet, table_from_worksheet

_FAULTS = FaultTable(
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
            _FAULTS.build("locked", file=file) if locked else WORKBOOK_FAULTS.build("unreadable", file=file)
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
