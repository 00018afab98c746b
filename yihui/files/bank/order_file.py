"""The file for the bank: the same batch, payees and configuration give the same bytes."""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from benefits import Batch, Order
from rules import yuan
from yihui.files.bank.payees import Payee
from yihui.files.bank.terms import Column, Terms

N_ = str  # marks a text for the message catalogue

_UNCHANGING = datetime(2000, 1, 1)  # noqa: DTZ001 a workbook has no zones; a workbook holds when it was made; the digest must not depend on it


@dataclass(frozen=True, slots=True)
class Control:
    """What both people and the bank compare: how many, how much, which file."""

    count: int
    amount_fen: int
    digest: str


def control(batch: Batch, content: bytes) -> Control:
    return Control(batch.orders, batch.amount_fen, hashlib.sha256(content).hexdigest())


def order_file(batch: Batch, orders: Sequence[Order], payees: Mapping[str, Payee], terms: Terms) -> bytes:
    """The whole file. *Raises*: KeyError where a payee is missing; callers look before."""
    assert sum(order.amount_fen for order in orders) == batch.amount_fen, "the control sum doesn't tie"
    assert len(orders) == batch.orders, "the control count doesn't tie"
    return (_csv if terms.format == "csv" else _xlsx)(batch, orders, payees, terms)


def _csv(batch: Batch, orders: Sequence[Order], payees: Mapping[str, Payee], terms: Terms) -> bytes:
    text = io.StringIO(newline="")
    ends = "\r\n" if terms.line_end == "crlf" else "\n"
    writer = csv.writer(text, delimiter=terms.separator, lineterminator=ends)
    writer.writerows(_lines(batch, orders, payees, terms))
    return text.getvalue().encode(terms.encoding)


def _lines(
    batch: Batch, orders: Sequence[Order], payees: Mapping[str, Payee], terms: Terms
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


def _cell(column: Column, batch: Batch, order: Order, payee: Payee, terms: Terms) -> str:
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


def _summary(batch: Batch, terms: Terms) -> list[str]:
    if terms.summary is None:
        return []
    marks = {
        "count": str(batch.orders),
        "amount": _amount(batch.amount_fen, terms),
        "batch": batch.id,
    }
    return [cell.format_map(marks) for cell in terms.summary.cells]


def _amount(fen: int, terms: Terms) -> str:
    return f"{fen // 100}.{fen % 100:02}" if terms.amount.unit == "yuan" else str(fen)


class _Exact(float):
    """A number that is written as it is spelt; the library would write 16 digits of a float."""

    spelt: str

    def __format__(self, form: str) -> str:
        return self.spelt


def _exact(text: str) -> _Exact:
    number = _Exact(text)
    number.spelt = text
    return number


def _xlsx(batch: Batch, orders: Sequence[Order], payees: Mapping[str, Payee], terms: Terms) -> bytes:
    """Every cell is text and marked so, but amounts where the bank wants numbers."""
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


def _first_order(terms: Terms) -> int:
    above = terms.summary is not None and terms.summary.place == "first"
    return int(terms.header) + int(above)


def said(found: Control) -> str:
    """The control line, for a terminal."""
    return f"{found.count} / {yuan(found.amount_fen)} / {found.digest}"
