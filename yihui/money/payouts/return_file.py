"""Read the bank's return file: each line reports whether one order was paid.

All faults of the file are raised together.
"""

import re
import unicodedata
from datetime import date

from benefits import BankReturn, BankReturnLine
from core.civil_time import parse_past_date
from core.faults import Fault, FaultError, FaultTable, raise_faults_by_row
from core.money import AMOUNT_FAULTS, parse_amount
from core.sheets.listed_rows import ListedThings
from core.sheets.table import Row, Table
from core.text_marks import N_
from yihui.files.tables import SheetReader
from yihui.money.payouts.layout import OTHER_BANK_REASON, BankLayout
from yihui.money.payouts.payees import unknown_column_fault

_REFERENCE = re.compile(r"PB\d{6,}-\d{6,}")
_BANKS_OWN = re.compile(r"[A-Za-z0-9._/-]{0,64}")

BANK_RETURN_FILE_FAULTS = FaultTable(
    "bank_return_file",
    {
        "empty": (
            N_("the file holds no line about an order"),
            N_("check that it is the bank's answer, and name its columns in the layout"),
        ),
        "no_reference": (
            N_("no reference of ours stands in {field}"),
            N_("name the column in which the bank repeats the reference, such as PB000001-000001"),
        ),
        "unknown_state": (
            N_("“{value}” is no known state of a payment"),
            N_("list it under paid or failed in the layout; known are {known}"),
        ),
        "no_number": (
            N_("{field} holds more than letters, digits and . _ / -, or more than 64 of them"),
            N_("name the column with the bank's own number in the layout, or none"),
        ),
        "unreadable_cell": (
            N_("{field} holds a formula without a value, or an error"),
            N_("paste the value"),
        ),
    },
)


def read_bank_return(
    content: bytes, file: str, layout: BankLayout, sheets: SheetReader, today: date | None = None
) -> BankReturn:
    """Read the bank's file and skip its summary lines; no payment lies after ``today``. *Raises*: FaultError with all of its faults."""
    table = sheets.read(content, file, lambda table: _find_answers(table, layout), layout.layer)
    faults = [fault.at(file=file) for fault in table.faults]
    lines = []
    for row in table.rows:
        said, wrong = _said(row, layout, today)
        faults += [fault.at(file=file, row=row.number) for fault in wrong]
        if said is not None and not wrong:
            lines.append(said)
    if not lines and not faults:
        faults.append(BANK_RETURN_FILE_FAULTS.build("empty", file=file))
    raise_faults_by_row(faults)
    return BankReturn(table.digest, tuple(lines))


def _find_answers(table: Table, columns: BankLayout) -> ListedThings:
    named = (
        *(columns.reference, columns.amount, columns.status),
        *(columns.reason, columns.on, columns.bank_reference),
    )
    if missing := [name for name in named if name and name not in table.headers]:
        raise FaultError([unknown_column_fault(table, name) for name in missing])
    return ListedThings((columns.reference, columns.status, columns.bank_reference), (columns.amount,))


def _said(row: Row, columns: BankLayout, today: date | None) -> tuple[BankReturnLine | None, list[Fault]]:
    faults = [
        fault
        if fault.code == "cell.rounded"
        else BANK_RETURN_FILE_FAULTS.build("unreadable_cell", field=fault.field)
        for fault in row.faults_in(
            (columns.reference, columns.amount, columns.status, columns.bank_reference)
        )
    ]
    reference = unicodedata.normalize("NFKC", row.text([columns.reference]))
    found = _REFERENCE.search(reference)
    if found is None:
        faults.append(BANK_RETURN_FILE_FAULTS.build("no_reference", field=columns.reference))
    amount = parse_amount(row.text([columns.amount]), columns.answer_unit)
    if amount.fault:
        faults.append(
            AMOUNT_FAULTS.build(
                amount.fault, field=columns.amount, value=amount.text[:40], unit=columns.answer_unit
            )
        )
    status = row.text([columns.status])
    outcome = "paid" if status in columns.paid_words else "failed" if status in columns.failed_words else None
    if outcome is None:
        faults.append(
            BANK_RETURN_FILE_FAULTS.build(
                "unknown_state",
                field=columns.status,
                value=status[:20],
                known="、".join((*columns.paid_words, *columns.failed_words)),
            )
        )
    on, wrong_day = _day(row, columns.on, today)
    faults += wrong_day
    own = row.text([columns.bank_reference]) if columns.bank_reference else ""
    if not _BANKS_OWN.fullmatch(own):
        faults.append(BANK_RETURN_FILE_FAULTS.build("no_number", field=columns.bank_reference or ""))
    if faults or found is None or amount.fen is None or outcome is None:
        return None, faults
    reason = _reason(row, columns) if outcome == "failed" else ""
    return BankReturnLine(row.number, found[0], outcome, amount.fen, own, on, reason), []  # type: ignore[arg-type]


def _reason(row: Row, layout: BankLayout) -> str:
    """Return one of the configured reasons; the bank's own wording may name a person, so it isn't stored."""
    text = row.text([layout.reason]) if layout.reason else ""
    return next((reason for reason in layout.known_reasons if reason in text), OTHER_BANK_REASON)


def _day(row: Row, column: str | None, today: date | None) -> tuple[date | None, list[Fault]]:
    text = row.text([column]) if column else ""
    if not text:
        return None, []
    day = parse_past_date(text, today)
    return (None, [day.at(field=column)]) if isinstance(day, Fault) else (day, [])
