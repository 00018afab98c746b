"""Render the order file for the bank: the same batch, payees and configuration give the same bytes."""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from benefits import PaymentOrder, PayoutBatch
from yihui.files.bank.payees import Payee
from yihui.files.bank.terms import BankTerms, OrderColumn

_UNCHANGING = datetime(2000, 1, 1)  # noqa: DTZ001 a workbook has no zones; a fixed creation time keeps the digest independent of the clock


@dataclass(frozen=True, slots=True)
class ControlSums:
    """The figures that both officers and the bank compare: number of orders, sum, and digest of the file."""

    count: int
    amount_fen: int
    digest: str


def compute_control_sums(batch: PayoutBatch, content: bytes) -> ControlSums:
    """Compute the control figures of a batch and its file."""
    return ControlSums(batch.orders, batch.amount_fen, hashlib.sha256(content).hexdigest())


def render_order_file(
    batch: PayoutBatch, orders: Sequence[PaymentOrder], payees: Mapping[str, Payee], terms: BankTerms
) -> bytes:
    """Render the whole file. *Raises*: KeyError for a missing payee; callers check before."""
    assert sum(order.amount_fen for order in orders) == batch.amount_fen, "the control sum doesn't tie"
    assert len(orders) == batch.orders, "the control count doesn't tie"
    return (_csv if terms.format == "csv" else _xlsx)(batch, orders, payees, terms)


def _csv(
    batch: PayoutBatch, orders: Sequence[PaymentOrder], payees: Mapping[str, Payee], terms: BankTerms
) -> bytes:
    text = io.StringIO(newline="")
    ends = "\r\n" if terms.line_end == "crlf" else "\n"
    writer = csv.writer(text, delimiter=terms.separator, lineterminator=ends)
    writer.writerows(_lines(batch, orders, payees, terms))
    return text.getvalue().encode(terms.encoding)


def _lines(
    batch: PayoutBatch, orders: Sequence[PaymentOrder], payees: Mapping[str, Payee], terms: BankTerms
) -> Iterator[list[str]]:
    summary = _summary(batch, terms)
    if summary and terms.summary and terms.summary.place == "first":
        yield summary
    if terms.header:
        yield [column.title for column in terms.columns]
    for order in orders:
        payee = payees[order.member_id]
        yield [_cell(column, batch, order, payee, terms) for column in terms.columns]
    if summary and terms.summary and terms.summary.place == "last":
        yield summary


def _cell(
    column: OrderColumn, batch: PayoutBatch, order: PaymentOrder, payee: Payee, terms: BankTerms
) -> str:
    if column.value is None:
        return column.text or ""
    return {
        "line": str(order.line),
        "account": payee.account,
        "name": payee.name,
        "bank": payee.bank,
        "amount": _amount(order.amount_fen, terms),
        "reference": order.reference,
        "title": order.title,
        "batch": batch.id,
    }[column.value]


def _summary(batch: PayoutBatch, terms: BankTerms) -> list[str]:
    if terms.summary is None:
        return []
    marks = {
        "count": str(batch.orders),
        "amount": _amount(batch.amount_fen, terms),
        "batch": batch.id,
    }
    return [cell.format_map(marks) for cell in terms.summary.cells]


def _amount(fen: int, terms: BankTerms) -> str:
    return f"{fen // 100}.{fen % 100:02}" if terms.amount.unit == "yuan" else str(fen)


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
    batch: PayoutBatch, orders: Sequence[PaymentOrder], payees: Mapping[str, Payee], terms: BankTerms
) -> bytes:
    """Render a workbook: all cells are text, except amounts where the bank expects numbers."""
    import xlsxwriter

    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"created": _UNCHANGING})
        text = book.add_format({"num_format": "@"})
        money = book.add_format({"num_format": "0.00" if terms.amount.unit == "yuan" else "0"})
        sheet = book.add_worksheet(terms.sheet)
        numbers = {n for n, column in enumerate(terms.columns) if column.value == "amount"}
        first = _first_order(terms)
        for row, cells in enumerate(_lines(batch, orders, payees, terms)):
            for column, cell in enumerate(cells):
                is_order = first <= row < first + len(orders)
                if is_order and column in numbers and terms.amount.as_ == "number":
                    sheet.write_number(row, column, _exact(cell), money)
                else:
                    sheet.write_string(row, column, cell, text)
        sheet.set_column(0, len(terms.columns) - 1, 20)
    return content.getvalue()


def _first_order(terms: BankTerms) -> int:
    above = terms.summary is not None and terms.summary.place == "first"
    return int(terms.header) + int(above)
