"""Stations → XLSX, as offices open it; nothing in it runs."""

import io
from collections.abc import Sequence

import xlsxwriter

from geo.crs import Datum
from geo.formats.export import FIELDS, harmless, records
from geo.formats.guard import unguarded
from geo.station import Station

SHEET = "stations"
_WIDTHS = {"name": 36, "address": 36, "hours_text": 24, "note": 24, "source": 24}
_CELL_LIMIT = 32_767  # characters, of the format itself


class _Exact(float):
    """A number that is written with the 17 digits that a double may need; the library writes 16."""

    def __format__(self, form: str) -> str:
        return repr(float(self))


def write_xlsx(stations: Sequence[Station], datum: Datum = Datum.WGS84) -> bytes:
    """A workbook with one sheet, which the import reads back.

    Every text is written as text and marked so (a spreadsheet keeps it text when the cell is edited);
    what would run once the sheet is saved as CSV has an apostrophe in front besides.
    *Raises*: ValueError for a text longer than a cell may be, which the library would cut.
    """
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        text, bold = book.add_format({"quote_prefix": True}), book.add_format({"bold": True})
        sheet = book.add_worksheet(SHEET)
        sheet.freeze_panes(1, 1)
        for column, name in enumerate(FIELDS):
            sheet.set_column(column, column, _WIDTHS.get(name, 14))
            sheet.write_string(0, column, name, bold)
        for row, record in enumerate(records(stations, datum), start=1):
            for column, name in enumerate(FIELDS):
                value = harmless(record[name])
                if isinstance(value, float):
                    sheet.write_number(row, column, _Exact(value))
                elif isinstance(value, str) and value:
                    plain = unguarded(value) == value
                    _write(sheet, row, column, value, None if plain else text)
    return content.getvalue()


def _write(sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, text: str, form: object) -> None:
    if len(text) > _CELL_LIMIT:
        raise ValueError(f"a cell of a workbook holds {_CELL_LIMIT} characters, this text {len(text)}")
    sheet.write_string(row, column, text, form)
