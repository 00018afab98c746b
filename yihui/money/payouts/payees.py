"""Read the list of payees: which account belongs to which member, and whether the bank's file can hold it.

Messages never quote an account or a name: only the row and the last four digits.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from core.faults import Fault, FaultError, FaultTable, raise_faults_by_row
from core.sheets.listed_rows import ListedThings
from core.sheets.table import Row, Table, begins_formula, find_header, quotable_headers
from core.text_marks import N_
from yihui.files.tables import SheetReader
from yihui.frame.fields import TypedFile
from yihui.money.payouts.layout import BankLayout

_MEMBER_HEADERS = ("会员代号", "会员编号", "会员号", "member")
_ACCOUNT_HEADERS = ("账号", "收款账号", "银行账号", "卡号", "account")
_NAME_HEADERS = ("户名", "收款户名", "姓名", "name")
_BANK_HEADERS = ("开户行", "开户银行", "银行", "bank")
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
            N_("write it without them, or change the bank's layout"),
        ),
        "shared_account": (
            N_("the account ({value}) stands in row {first} already, for another member"),
            N_("check both; where one account rightly stands for several, the bank's layout says so"),
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
            N_("give the column that heading"),
        ),
    },
)


_Headers = tuple[str | None, str | None, str | None, str | None]  # of member, account, name and bank


@dataclass(frozen=True, slots=True)
class Payee:
    """The account to which a member's money goes. Its repr hides all fields, so that logs can't show them."""

    account: str = field(repr=False)
    name: str = field(repr=False)
    bank: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PayeeList:
    """The payees of a list by member, the rows on which they stand, and the SHA-256 of the file."""

    payees: Mapping[str, Payee] = field(repr=False)
    rows: Mapping[str, int] = field(repr=False)
    digest: str


def read_payee_file(value: object, sheets: SheetReader) -> object:
    """Return the payees of a file that a page sends or a command names; anything else as it is. *Raises*: FaultError."""
    if isinstance(value, Path):
        value = TypedFile(value.name, value.read_bytes())
    return read_payees(value.content, value.name, sheets) if isinstance(value, TypedFile) else value


def read_payees(content: bytes, file: str, sheets: SheetReader) -> PayeeList:
    """Read the accounts by member.

    *Raises*: FaultError with all faults of the file; no fault quotes an account or a name.
    """
    table = sheets.read(content, file, _find_payees)
    account = find_header(table.headers, _ACCOUNT_HEADERS)
    headers = (
        find_header(table.headers, _MEMBER_HEADERS),
        account,
        find_header(table.headers, _NAME_HEADERS),
        find_header(table.headers, _BANK_HEADERS),
    )
    faults = [fault.at(file=file) for fault in table.faults]
    payees: dict[str, Payee] = {}
    rows: dict[str, int] = {}
    for row in table.rows:
        member, payee = _payee(row, headers)
        wrong = [*_wrong(row, member, payee, headers)]
        if member and member in rows:
            wrong.append(
                PAYEE_FAULTS.build("repeated_member", field="member", value=member, first=rows[member])
            )
        faults += [fault.at(file=file, row=row.number) for fault in wrong]
        rows.setdefault(member, row.number)
        payees.setdefault(member, payee)
    raise_faults_by_row(faults)
    return PayeeList(payees, rows, sha256(content).hexdigest())


def _find_payees(table: Table) -> ListedThings:
    needed = (_MEMBER_HEADERS, _ACCOUNT_HEADERS, _NAME_HEADERS)
    member, account, name = (find_header(table.headers, names) for names in needed)
    found = zip((member, account, name), needed, strict=True)
    if missing := [names[0] for header, names in found if header is None]:
        raise FaultError([unknown_column_fault(table, name) for name in missing])
    return ListedThings((member, account), (name,))


def _payee(row: Row, headers: _Headers) -> tuple[str, Payee]:
    member, account, name, bank = headers
    return row.text([member or ""]), Payee(
        plain_account(row.cells.get(account or "", "")),
        row.text([name or ""]),
        row.text([bank]) if bank else "",
    )


def plain_account(text: str) -> str:
    """Return an account as it was typed, without full-width signs, blanks and hyphens."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text))


def _wrong(row: Row, member: str, payee: Payee, headers: _Headers) -> Iterator[Fault]:
    yield from (
        fault if fault.code == "cell.rounded" else PAYEE_FAULTS.build("unreadable_cell", field=fault.field)
        for fault in row.faults_in([one for one in headers if one])
    )
    if not _MEMBER.fullmatch(member):
        yield PAYEE_FAULTS.build("member", field=headers[0] or "")
    for fault in check_payee(payee, (headers[1] or "", headers[2] or "", headers[3] or "")):
        if not (fault.short_code == "account" and headers[1] in row.broken):
            yield fault


def check_payee(payee: Payee, fields: tuple[str, str, str]) -> Iterator[Fault]:
    """Yield what is wrong with an account, a name and a bank wherever they go; the faults name these fields."""
    if not _ACCOUNT.fullmatch(payee.account):
        yield PAYEE_FAULTS.build("account", field=fields[0], value=mask_account(payee.account))
    if not payee.name:
        yield PAYEE_FAULTS.build("empty", field=fields[1])
    for text, where in ((payee.name, fields[1]), (payee.bank, fields[2])):
        yield from _odd_text(text, where)


def check_for_bank(
    payees: Mapping[str, Payee], rows: Mapping[str, int], layout: BankLayout, paid: Collection[str]
) -> None:
    """Check that the bank's file can hold the payees of these members. *Raises*: FaultError by row."""
    faults: list[Fault] = []
    first: dict[str, str] = {}
    for member, payee in payees.items():
        if payee.account in first and not layout.shared_accounts:
            known = rows.get(first[payee.account])
            faults.append(
                PAYEE_FAULTS.build(
                    "shared_account",
                    row=rows.get(member),
                    field="payees",
                    value=mask_account(payee.account),
                    first=known,
                )
            )
        first.setdefault(payee.account, member)
        if member not in paid:
            continue
        if layout.has_column("bank") and not payee.bank:
            faults.append(PAYEE_FAULTS.build("empty", field=_BANK_HEADERS[0], row=rows.get(member)))
        faults += (
            PAYEE_FAULTS.build("unfit_text", field="payees", row=rows.get(member), encoding=layout.encoding)
            for text in (payee.name, payee.bank)
            if layout.format == "csv" and (layout.separator_sign in text or not _fits(text, layout.encoding))
        )
    raise_faults_by_row(faults)


def _odd_text(text: str, column: str) -> Iterator[Fault]:
    """Yield faults for texts that no bank's file can hold or a spreadsheet would run; never quote them."""
    private = next((sign for sign in text if unicodedata.category(sign) == "Co"), None)
    if private is not None:
        yield PAYEE_FAULTS.build("private_use", field=column, value=f"U+{ord(private):04X}")
    elif len(text) > _LONGEST or _UNSEEN.search(text) or begins_formula(text) or '"' in text:
        yield PAYEE_FAULTS.build("unsafe_text", field=column)


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def mask_account(account: str) -> str:
    """Return the last four digits of a possible account number, after an ellipsis."""
    return "…" + account[-4:] if len(account) > 7 else "…"


def unknown_column_fault(table: Table, name: str) -> Fault:
    """Build the fault for a column that the file doesn't have."""
    return PAYEE_FAULTS.build(
        "unknown_column", file=table.file, row=1, value=name, known=quotable_headers(table)
    )
