"""Render stations as an XLSX workbook without formulas or macros."""

import io
from collections.abc import Sequence

import xlsxwriter

from geo.crs import Datum
from geo.formats.export import EXPORT_FIELDS, spreadsheet_safe_value, station_records
from geo.formats.guard import unescape_formula
from geo.station import Station

STATIONS_WORKSHEET = "stations"
_WIDTHS = {"name": 36, "address": 36, "hours_text": 24, "note": 24, "source": 24}
_CELL_LIMIT = 32_767  # characters; the limit of the XLSX format


class _Exact(float):
    """A number that is written with 17 digits, as a double may need; the library writes 16."""

    def __format__(self, form: str) -> str:
        return repr(float(self))


def render_stations_xlsx(stations: Sequence[Station], datum: Datum = Datum.WGS84) -> bytes:
    """Render a workbook with one worksheet, which the import can read.

    Every text is written as text. Text that would run as a formula, if the worksheet were saved as CSV,
    also gets a leading apostrophe and a text format, so that it stays text when the cell is edited.
    *Raises*: ValueError for a text longer than a cell may be, which the library would truncate.
    """
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        text, bold = book.add_format({"quote_prefix": True}), book.add_format({"bold": True})
        sheet = book.add_worksheet(STATIONS_WORKSHEET)
        sheet.freeze_panes(1, 1)
        for column, name in enumerate(EXPORT_FIELDS):
            sheet.set_column(column, column, _WIDTHS.get(name, 14))
            sheet.write_string(0, column, name, bold)
        for row, record in enumerate(station_records(stations, datum), start=1):
            for column, name in enumerate(EXPORT_FIELDS):
                value = spreadsheet_safe_value(record[name])
                if isinstance(value, float):
                    sheet.write_number(row, column, _Exact(value))
                elif isinstance(value, str) and value:
                    plain = unescape_formula(value) == value
                    _write(sheet, row, column, value, None if plain else text)
    return content.getvalue()


def _write(sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, text: str, form: object) -> None:
    if len(text) > _CELL_LIMIT:
        raise ValueError(f"a cell of a workbook holds {_CELL_LIMIT} characters, this text {len(text)}")
    sheet.write_string(row, column, text, form)
