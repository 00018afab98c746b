"""Read an invoice into lines and total rows. An unclear value becomes a line with a fault, never a guess."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from benefits import InvoiceLine, TotalRow
from core.civil_time import parse_past_date
from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.money import Amount, parse_amount
from core.sheets.listed_rows import ListedThings
from core.sheets.table import Row
from core.text_marks import N_
from yihui.files.invoices.mapping import InvoiceColumns, InvoiceMapping, find_invoice_columns
from yihui.files.tables import SheetReader, read_table_file

_WHOLE = re.compile(r"合计|总计|共计|total", re.IGNORECASE)
_PART = re.compile(r"小计|本页合计|subtotal", re.IGNORECASE)
_MONEY = re.compile(r"-?[\d,]+(?:\.\d+)?")
_FAULTS: Mapping[str, str] = {
    "empty": "no_amount",
    "text": "no_amount",
    "too_large": "no_amount",
    "zero": "not_positive",
    "negative": "not_positive",
    "fraction": "fraction",
}

INVOICE_FILE_FAULTS = FaultTable(
    "invoice_file",
    {
        "empty": (
            N_("the invoice holds no line"),
            N_("name the worksheet with the lines, or ask for a list of what was redeemed"),
        )
    },
)


@dataclass(frozen=True, slots=True)
class ParsedInvoice:
    """A parsed invoice. ``notes`` report assumptions, and rows that couldn't be read as lines."""

    lines: tuple[InvoiceLine, ...]
    totals: tuple[TotalRow, ...]
    columns: InvoiceColumns
    digest: str
    notes: tuple[Fault, ...] = ()


def read_invoice(
    content: bytes, file: str, mapping: InvoiceMapping, sheets: SheetReader, today: date | None = None
) -> ParsedInvoice:
    """Read an XLSX or CSV invoice; a date that can't be read or lies after ``today`` is noted and not used.

    *Raises*: FaultError if it is no table, is harmful, or its columns are unclear.
    """
    table = read_table_file(content, file, mapping.sheet)
    columns = find_invoice_columns(table, mapping)
    table = sheets.select(
        table, lambda _: ListedThings((columns.reference,), (columns.merchant,), has_totals=True)
    )
    lines: list[InvoiceLine] = []
    faults: list[Fault] = []
    totals: list[TotalRow] = []
    since: list[int] = []  # rows since the last total
    notes = [*table.notes]
    faults += [fault for fault in table.faults if fault.code.startswith("table.")]
    headings = {fault.row: fault for fault in table.faults if fault not in faults}
    for row in _in_order(table.rows, headings):
        if isinstance(row, Fault):
            total = _total(row.row or 0, str(row.value), str(row.value), since, columns)
            if not total:
                notes.append(row)
        else:
            total = _total_of(row, columns, since)
            if total is None:
                day = _day(row, columns, today)
                if isinstance(day, Fault):
                    notes.append(
                        replace(day, file=file, row=row.number, field=columns.day, severity="warning")
                    )
                lines.append(_line(row, columns, None if isinstance(day, Fault) else day))
                faults += row.faults_in([columns.reference, columns.merchant])
                since.append(row.number)
        if total:
            totals.append(total)
            since = []
    raise_faults([fault.at(file=file) for fault in faults])
    if not lines:
        raise FaultError(INVOICE_FILE_FAULTS.build("empty", file=file))
    return ParsedInvoice(tuple(lines), tuple(totals), columns, table.digest, tuple(notes))


def _in_order(rows: tuple[Row, ...], headings: Mapping[int | None, Fault]) -> list[Row | Fault]:
    numbered: list[tuple[int, Row | Fault]] = [(row.number, row) for row in rows]
    numbered += [(number or 0, fault) for number, fault in headings.items()]
    return [row for _, row in sorted(numbered, key=lambda pair: pair[0])]


def _total_of(row: Row, columns: InvoiceColumns, since: list[int]) -> TotalRow | None:
    """Return the total row if a row is labelled as a sum: in its reference, or anywhere if it has none."""
    reference = row.text([columns.reference])
    said = [
        cell
        for cell in ([reference] if reference else row.cells.values())
        if _WHOLE.search(cell) or _PART.search(cell)
    ]
    if not said:
        return None
    text = " ".join(said[0].split())
    amount = row.text([columns.amount])
    return _total(row.number, text, amount if amount and amount != text else text, since, columns)


def _total(
    row: int, text: str, amount_text: str, since: list[int], columns: InvoiceColumns
) -> TotalRow | None:
    """Return the stated sum: the last number of the text."""
    if not (_WHOLE.search(text) or _PART.search(text)):
        return None
    numbers = _MONEY.findall(unicodedata.normalize("NFKC", amount_text))
    amount = parse_amount(numbers[-1], columns.unit) if numbers else Amount(amount_text, None, "empty")
    return TotalRow(row, amount.fen, f"{text} {amount_text}" if amount_text != text else text, tuple(since))


def _day(row: Row, columns: InvoiceColumns, today: date | None) -> date | Fault | None:
    text = row.text([columns.day]) if columns.day else ""
    return parse_past_date(text, today) if text else None


def _line(row: Row, columns: InvoiceColumns, day: date | None) -> InvoiceLine:
    covered = row.covered.get(columns.amount)
    merchant = row.text([columns.merchant]) if columns.merchant else ""
    amount = _amount(row, columns)
    is_part = covered is not None
    return InvoiceLine(
        row=row.number,
        reference=unicodedata.normalize("NFKC", row.text([columns.reference])),
        amount_fen=None if is_part else amount.fen,
        amount_text=amount.text,
        amount_fault=None if is_part or amount.fault is None else _FAULTS[amount.fault],  # type: ignore[arg-type]
        noisy=amount.was_noisy and not is_part,
        merchant=merchant or None,
        on=day,
        group=covered,
    )


def _amount(row: Row, columns: InvoiceColumns) -> Amount:
    if broken := row.broken.get(columns.amount):
        return Amount(str(broken.value or ""), None, "text")
    return parse_amount(row.text([columns.amount]), columns.unit)
