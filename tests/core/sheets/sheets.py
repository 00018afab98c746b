"""The same sheet as both kinds of workbook, with hidden rows and columns and merged cells."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import xlsxwriter
import xlwt

SheetCell = str | float | date | bool | None


@dataclass(frozen=True)
class SheetContent:
    """Cells; rows and columns count from 0, ``merged`` are top, left, bottom, right."""

    rows: Sequence[Sequence[SheetCell]]
    hidden_rows: Sequence[int] = ()
    flat_rows: Sequence[int] = ()  # of no height
    hidden_columns: Sequence[int] = ()
    merged: Sequence[tuple[int, int, int, int]] = ()


def xlsx(content: SheetContent) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet, day = book.add_worksheet("甲"), book.add_format({"num_format": "yyyy-mm-dd"})
        for number, row in enumerate(content.rows):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, day)
                elif cell is not None:
                    sheet.write(number, column, cell)
        for number in content.hidden_rows:
            sheet.set_row(number, None, None, {"hidden": True})
        for number in content.flat_rows:
            sheet.set_row(number, 0)
        for column in content.hidden_columns:
            sheet.set_column(column, column, None, None, {"hidden": True})
        for top, left, bottom, right in content.merged:
            sheet.merge_range(top, left, bottom, right, content.rows[top][left])
    return out.getvalue()


def xls(content: SheetContent) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("甲", cell_overwrite_ok=True)
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for number, row in enumerate(content.rows):
        for column, cell in enumerate(row):
            if cell is not None:
                sheet.write(number, column, cell, *([day] if isinstance(cell, date) else []))
    for number in content.hidden_rows:
        sheet.row(number).hidden = True
    for number in content.flat_rows:
        sheet.row(number).height = 0
        sheet.row(number).height_mismatch = True
    for column in content.hidden_columns:
        sheet.col(column).hidden = True
    for top, left, bottom, right in content.merged:
        sheet.merge(top, bottom, left, right)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


WRITERS: Sequence[tuple[str, Callable[[SheetContent], bytes]]] = (("a.xlsx", xlsx), ("a.xls", xls))
