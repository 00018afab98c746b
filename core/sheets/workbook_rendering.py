"""Write tables as workbooks: numbers and days as such, and texts as texts, so that none runs as a formula."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, count, islice
from pathlib import Path
from typing import TYPE_CHECKING

from core.civil_time import CIVIL_TIME
from core.sheets.table import escape_formula

if TYPE_CHECKING:
    import xlsxwriter

MOST_ROWS = 1_000_000  # of a worksheet; Excel's end at 1,048,576
LONGEST_TEXT = 32_000  # characters of a cell; Excel's limit is 32,767
_LONGEST_TITLE = 31  # characters that Excel allows in a worksheet's name
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_WRAPPED = 40  # width of a column from which its texts wrap
_A4 = 9
_HEAD: dict[str, object] = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}
_TOTAL: dict[str, object] = {"bold": True, "top": 1}
DAY, MONTH, MINUTE = "yyyy-mm-dd", "yyyy-mm", "yyyy-mm-dd hh:mm"


class Heading(str):
    """A text in bold."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A number or a day with the form in which it is shown, as Excel writes forms."""

    value: float | date
    form: str


Cell = str | int | float | Figure | date | None


class _Exact(float):
    """A number that is written with 17 digits, as a double may need; the library writes 16."""

    def __format__(self, form: str) -> str:
        return repr(float(self))


def fen_cell(amount_fen: int | None) -> Figure | None:
    """Return an amount of money as a cell in yuan, exact to the fen."""
    return None if amount_fen is None else Figure(amount_fen / 100, "#,##0.00")


@dataclass(frozen=True, slots=True)
class Worksheet:
    """One worksheet. With ``heads`` it is a table: with a filter, and printed on A4 with its heads on each page.

    The last of ``widths`` is that of all further columns; ``frozen`` columns stay in sight. Rows are read once.
    """

    title: str
    rows: Iterable[Sequence[Cell]]
    heads: Sequence[str] = ()
    widths: Sequence[int] = (110, 18)
    frozen: int = 1
    total: Sequence[Cell] = ()


def render_workbook(sheets: Iterable[Worksheet], created: datetime | None = None) -> bytes:
    """Render a workbook; with the instant ``created`` the same sheets give the same bytes."""
    content = io.BytesIO()
    _write(sheets, content, {"in_memory": True}, created)
    return content.getvalue()


def write_workbook(sheets: Iterable[Worksheet], to: Path) -> None:
    """Write a workbook row by row: memory stays small."""
    _write(sheets, str(to), {"constant_memory": True}, None)


def _write(
    sheets: Iterable[Worksheet], to: io.BytesIO | str, options: dict[str, bool], created: datetime | None
) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(to, {**options, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        if created is not None:
            book.set_properties({"created": created.astimezone(CIVIL_TIME).replace(tzinfo=None)})
        pen = _Pen(book)
        for sheet in sheets:
            rows = iter(sheet.rows)
            for number in count(1):
                part = list(islice(rows, 1))
                if number > 1 and not part:
                    break
                title = f"{sheet.title} {number}" if sheet.title and number > 1 else sheet.title
                pen.write_sheet(sheet, title, chain(part, islice(rows, MOST_ROWS - 1)))


class _Pen:
    """Writes worksheets of one workbook; cells that look the same share a format."""

    def __init__(self, book: "xlsxwriter.Workbook") -> None:
        self.book = book
        self._forms: dict[tuple[tuple[str, object], ...], xlsxwriter.format.Format] = {}

    def write_sheet(self, sheet: Worksheet, title: str, rows: Iterator[Sequence[Cell]]) -> None:
        page = self.book.add_worksheet(title.translate(_FORBIDDEN)[:_LONGEST_TITLE] or None)
        columns = max(len(sheet.heads), len(sheet.widths))
        widths = [sheet.widths[min(column, len(sheet.widths) - 1)] for column in range(columns)]
        for column, width in enumerate(widths):
            page.set_column(column, column, width)
        page.set_landscape()
        page.set_paper(_A4)
        page.fit_to_pages(1, 0)
        looks = [{"text_wrap": True, "valign": "top"} if width >= _WRAPPED else {} for width in widths]
        begin = 0
        if sheet.heads:
            page.freeze_panes(1, sheet.frozen)
            page.repeat_rows(0)
            self._row(page, 0, sheet.heads, [_HEAD] * columns)
            begin = 1
        last = begin - 1
        for last, cells in enumerate(rows, begin):
            self._row(page, last, cells, looks)
        if sheet.heads:
            page.autofilter(0, 0, max(last, 1), len(sheet.heads) - 1)
        self._row(page, last + 1, sheet.total, [_TOTAL] * columns)

    def _row(
        self,
        page: "xlsxwriter.worksheet.Worksheet",
        row: int,
        cells: Sequence[Cell],
        looks: Sequence[dict[str, object]],
    ) -> None:
        for column, cell in enumerate(cells):
            look = looks[column] if column < len(looks) else {}
            figure = Figure(cell, DAY) if isinstance(cell, date) else cell
            if isinstance(figure, str):
                safe = escape_formula(figure[:LONGEST_TEXT])
                kept = {"quote_prefix": True} if safe != figure else {}
                bold = {"bold": True} if isinstance(figure, Heading) else {}
                page.write_string(row, column, safe, self._form(**look, **kept, **bold))
            elif isinstance(figure, Figure) and isinstance(figure.value, date):
                form = self._form(**look, num_format=figure.form, align="left")
                page.write_datetime(row, column, figure.value, form)
            elif isinstance(figure, Figure):
                page.write_number(row, column, figure.value, self._form(**look, num_format=figure.form))
            elif figure is not None:
                number = _Exact(figure) if isinstance(figure, float) else figure
                page.write_number(row, column, number, self._form(**look))

    def _form(self, **look: object) -> "xlsxwriter.format.Format | None":
        if not look:
            return None
        key = tuple(sorted(look.items()))
        if key not in self._forms:
            self._forms[key] = self.book.add_format(look)
        return self._forms[key]
