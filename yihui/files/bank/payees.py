"""Read the file of payees: which account belongs to which member. Accounts are never stored.

Messages never quote an account or a name: only the row and the last four digits.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from core.faults import Fault, FaultError, FaultTable, raise_faults_by_row
from core.sheets.listed_rows import ListedThings
from core.sheets.table import Row, Table, begins_formula, quotable_headers
from core.text_marks import N_
from yihui.files.bank.terms import BankTerms
from yihui.files.tables import SheetReader

_MEMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_ACCOUNT = re.compile(r"\d{8,32}")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_LONGEST = 100

PAYEE_FAULTS = FaultTable(
    "payee_file",
    {
        "member": (
            N_("the member's pseudonym is missing or none"),
            N_("write the pseudonym, as `yihui members` shows it; never an ID number"),
        ),
        "account": (
            N_("the account ({value}) is not 8 to 32 digits"),
            N_("format the column as text before typing accounts: a workbook keeps no more than 15 digits"),
        ),
        "empty": (N_("{field} is empty"), N_("fill the cell")),
        "unsafe_text": (
            N_("{field} begins with a sign of calculation, or holds quotes or signs that nobody sees"),
            N_("type the text anew"),
        ),
        "private_use": (
            N_("{field} holds a character that only one computer knows: {value}"),
            N_("type the rare character with an input method for Unicode (GB 18030-2022)"),
        ),
        "unfit_text": (
            N_("{field} holds signs that the bank's file can't: its separator, or what {encoding} has not"),
            N_("write it without them, or change the configuration"),
        ),
        "shared_account": (
            N_("the account ({value}) stands in row {first} already, for another member"),
            N_("check both; where one account rightly stands for several, say shared_accounts: true"),
        ),
        "repeated_member": (
            N_("member {value} stands in row {first} already"),
            N_("keep the account that holds"),
        ),
        "unreadable_cell": (
            N_("{field} holds a formula without a value, or an error"),
            N_("paste the value"),
        ),
        "unknown_column": (
            N_("there is no column “{value}”; there are {known}"),
            N_("name the column in the configuration as the file does"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class Payee:
    """The account to which a member's money goes. Its repr hides all fields, so that logs can't show them."""

    account: str = field(repr=False)
    name: str = field(repr=False)
    bank: str = field(default="", repr=False)


def read_payees(content: bytes, file: str, terms: BankTerms, sheets: SheetReader) -> Mapping[str, Payee]:
    """Read the accounts by member.

    *Raises*: FaultError with all faults of the file; no fault quotes an account or a name.
    """
    table = sheets.read(content, file, lambda table: _find_payees(table, terms), terms.payees.layer)
    faults = [fault.at(file=file) for fault in table.faults]
    payees: dict[str, Payee] = {}
    rows: dict[str, int] = {}
    for row in table.rows:
        member, payee = _payee(row, terms)
        wrong = [*_wrong(row, member, payee, terms)]
        if member and member in rows:
            wrong.append(
                PAYEE_FAULTS.build("repeated_member", field="member", value=member, first=rows[member])
            )
        faults += [fault.at(file=file, row=row.number) for fault in wrong]
        rows.setdefault(member, row.number)
        payees.setdefault(member, payee)
    faults += [fault.at(file=file) for fault in _shared(payees, rows, terms)]
    raise_faults_by_row(faults)
    return payees


def _find_payees(table: Table, terms: BankTerms) -> ListedThings:
    columns = terms.payees
    wanted = filter(None, (columns.member, columns.account, columns.name, columns.bank))
    if missing := [name for name in wanted if name not in table.headers]:
        raise FaultError([unknown_column_fault(table, name) for name in missing])
    return ListedThings((columns.member, columns.account), (columns.name,))


def _payee(row: Row, terms: BankTerms) -> tuple[str, Payee]:
    columns = terms.payees
    account = unicodedata.normalize("NFKC", row.cells.get(columns.account, ""))
    return row.text([columns.member]), Payee(
        re.sub(r"[\s-]", "", account),
        row.text([columns.name]),
        row.text([columns.bank]) if columns.bank else "",
    )


def _wrong(row: Row, member: str, payee: Payee, terms: BankTerms) -> Iterator[Fault]:
    columns = terms.payees
    yield from (
        fault if fault.code == "cell.rounded" else PAYEE_FAULTS.build("unreadable_cell", field=fault.field)
        for fault in row.faults_in(columns.model_dump().values())
    )
    if not _MEMBER.fullmatch(member):
        yield PAYEE_FAULTS.build("member", field=columns.member)
    if not _ACCOUNT.fullmatch(payee.account) and columns.account not in row.broken:
        yield PAYEE_FAULTS.build("account", field=columns.account, value=mask_account(payee.account))
    yield from _odd_text(payee.name, columns.name, terms, needed=True)
    if columns.bank:
        yield from _odd_text(payee.bank, columns.bank, terms, needed=terms.has_column("bank"))


def _odd_text(text: str, column: str, terms: BankTerms, *, needed: bool) -> Iterator[Fault]:
    """Yield faults for texts that the bank's file can't hold or a spreadsheet would run; never quote them."""
    if not text and needed:
        yield PAYEE_FAULTS.build("empty", field=column)
    private = next((sign for sign in text if unicodedata.category(sign) == "Co"), None)
    if private is not None:
        yield PAYEE_FAULTS.build("private_use", field=column, value=f"U+{ord(private):04X}")
    elif len(text) > _LONGEST or _UNSEEN.search(text) or begins_formula(text) or '"' in text:
        yield PAYEE_FAULTS.build("unsafe_text", field=column)
    elif terms.format == "csv" and (terms.separator in text or not _fits(text, terms.encoding)):
        yield PAYEE_FAULTS.build("unfit_text", field=column, encoding=terms.encoding)


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _shared(payees: Mapping[str, Payee], rows: Mapping[str, int], terms: BankTerms) -> Iterator[Fault]:
    if terms.shared_accounts:
        return
    first: dict[str, str] = {}
    for member, payee in payees.items():
        if payee.account in first:
            yield PAYEE_FAULTS.build(
                "shared_account",
                row=rows[member],
                field=terms.payees.account,
                value=mask_account(payee.account),
                first=rows[first[payee.account]],
            )
        first.setdefault(payee.account, member)


def mask_account(account: str) -> str:
    """Return the last four digits of a possible account number, after an ellipsis."""
    return "…" + account[-4:] if len(account) > 7 else "…"


def unknown_column_fault(table: Table, name: str) -> Fault:
    """Build the fault for a column that the configuration names and the file doesn't have."""
    return PAYEE_FAULTS.build(
        "unknown_column", file=table.file, row=1, value=name, known=quotable_headers(table)
    )
