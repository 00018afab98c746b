"""Render the order file for the bank: the same batch, payees and layout give the same bytes."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from benefits.payout.batches import PaymentOrder, PayoutBatch
from yihui.money.payouts.layout import BankLayout, OrderColumn
from yihui.money.payouts.payees import Payee

_UNCHANGING = datetime(2000, 1, 1)  # noqa: DTZ001 a workbook has no zones; a fixed creation time keeps the digest independent of the clock


def render_order_file(
    batch: PayoutBatch, orders: Sequence[PaymentOrder], payees: Mapping[str, Payee], layout: BankLayout
) -> bytes:
    """Render the whole file. *Raises*: KeyError for a missing payee; callers check before."""
    assert sum(order.amount_fen for order in orders) == batch.amount_fen, "the control sum doesn't tie"
    assert len(orders) == batch.orders, "the control count doesn't tie"
    return (_csv if layout.format == "csv" else _xlsx)(batch, orders, payees, layout)


def _csv(
    batch: PayoutBatch, orders: Sequence[PaymentOrder], payees: Mapping[str, Payee], layout: BankLayout
) -> bytes:
    text = io.StringIO(newline="")
    ends = "\r\n" if layout.line_end == "crlf" else "\n"
    writer = csv.writer(text, delimiter=layout.separator_sign, lineterminator=ends)
    writer.writerows(_lines(batch, orders, payees, layout))
    return text.getvalue().encode(layout.encoding)


def _lines(
    batch: PayoutBatch, orders: Sequence[PaymentOrder], payees: Mapping[str, Payee], layout: BankLayout
) -> Iterator[list[str]]:
    summary = _summary(batch, layout)
    if layout.summary == "first":
        yield summary
    if layout.header:
        yield [column.title for column in layout.columns]
    for order in orders:
        payee = payees[order.member_id]
        yield [_cell(column, batch, order, payee, layout) for column in layout.columns]
    if layout.summary == "last":
        yield summary


def _cell(
    column: OrderColumn, batch: PayoutBatch, order: PaymentOrder, payee: Payee, layout: BankLayout
) -> str:
    if column.value is None:
        return column.text or ""
    return {
        "line": str(order.line),
        "account": payee.account,
        "name": payee.name,
        "bank": payee.bank,
        "amount": _amount(order.amount_fen, layout),
        "reference": order.reference,
        "title": order.title,
        "batch": batch.id,
    }[column.value]


def _summary(batch: PayoutBatch, layout: BankLayout) -> list[str]:
    marks = {
        "count": str(batch.orders),
        "amount": _amount(batch.amount_fen, layout),
        "batch": batch.id,
    }
    return [cell.format_map(marks) for cell in layout.summary_cells.splitlines()]


def _amount(fen: int, layout: BankLayout) -> str:
    return f"{fen // 100}.{fen % 100:02}" if layout.amount_unit == "yuan" else str(fen)


class _Exact(float):
    """A number that is written as its text; the library would write 16 digits of a float."""

    spelt: str

    def __format__(self, form: str) -> str:
        return self.spelt


def _exact(text: str) -> _Exact:
    number = _Exact(text)
    number.spelt = text
    return number


def _xlsx(
    batch: PayoutBatch, orders: Sequence[PaymentOrder], payees: Mapping[str, Payee], layout: BankLayout
) -> bytes:
    """Render a workbook: all cells are text, except amounts where the bank expects numbers."""
    import xlsxwriter

    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"created": _UNCHANGING})
        text = book.add_format({"num_format": "@"})
        money = book.add_format({"num_format": "0.00" if layout.amount_unit == "yuan" else "0"})
        sheet = book.add_worksheet(layout.sheet)
        numbers = {n for n, column in enumerate(layout.columns) if column.value == "amount"}
        first = _first_order(layout)
        for row, cells in enumerate(_lines(batch, orders, payees, layout)):
            for column, cell in enumerate(cells):
                is_order = first <= row < first + len(orders)
                if is_order and column in numbers and layout.amount_as == "number":
                    sheet.write_number(row, column, _exact(cell), money)
                else:
                    sheet.write_string(row, column, cell, text)
        sheet.set_column(0, len(layout.columns) - 1, 20)
    return content.getvalue()


def _first_order(layout: BankLayout) -> int:
    return int(layout.header) + int(layout.summary == "first")
