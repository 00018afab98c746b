"""Find the columns of an invoice: those that a person named, else those that their headers tell."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.money import AmountUnit
from core.sheets.table import Table, quotable_headers
from core.text_marks import N_

_GUESSES: Mapping[str, tuple[str, ...]] = {
    "reference": (
        "核销单号",
        "核销编号",
        "核销号",
        "小票号",
        "请求号",
        "凭证号",
        "券码",
        "券号",
        "流水号",
        "订单号",
        "单号",
        "reference",
        "code",
    ),
    "amount": ("结算金额", "核销金额", "含税金额", "价税合计", "金额", "amount"),
    "day": ("核销日期", "使用日期", "交易日期", "核销时间", "日期", "day", "date"),
    "merchant": ("商户号", "商户", "门店", "merchant"),
}
_UNITS: Mapping[str, AmountUnit] = {"元": "yuan", "分": "fen", "yuan": "yuan", "fen": "fen"}
_IN_BRACKETS = re.compile(r"[（(](.{1,8}?)[)）]\s*$")

INVOICE_MAPPING_FAULTS = FaultTable(
    "invoice_mapping",
    {
        "no_column": (
            N_("there is no column “{value}”; there are {known}"),
            N_("name the column as the invoice does"),
        ),
        "no_reference": (
            N_("no column is known to hold the number of the use or the code; there are {known}"),
            N_("say which one does"),
        ),
        "no_amount": (
            N_("no column is known to hold the amount; there are {known}"),
            N_("say which one does"),
        ),
        "unit": (
            N_("“{field}” is counted in {value}; only 元 and 分 are read"),
            N_("ask for an invoice in yuan, or choose a unit if the header is wrong"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class InvoiceMapping:
    """What somebody said of an invoice: the headers of its columns, the unit, the worksheet; None: as it is found."""

    reference: str | None = None
    amount: str | None = None
    day: str | None = None
    merchant: str | None = None
    unit: AmountUnit | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceColumns:
    """The header of each column, and in what its amounts are counted."""

    reference: str
    amount: str
    day: str | None
    merchant: str | None
    unit: AmountUnit


def find_invoice_columns(table: Table, mapping: InvoiceMapping) -> InvoiceColumns:
    """Find the columns of an invoice. *Raises*: FaultError if a column is missing or can't be guessed."""
    faults: list[Fault] = []
    found: dict[str, str | None] = {}
    known = quotable_headers(table)
    for name, guesses in _GUESSES.items():
        named, field = getattr(mapping, name), f"{name}_column"
        if named is not None and named not in table.headers:
            faults.append(INVOICE_MAPPING_FAULTS.build("no_column", field=field, value=named, known=known))
        found[name] = named or _guess(table.headers, guesses)
        if not found[name] and name in ("reference", "amount"):
            faults.append(INVOICE_MAPPING_FAULTS.build(f"no_{name}", field=field, known=known))
    raise_faults(faults)
    amount = str(found["amount"])
    unit = mapping.unit or _unit(table, amount)
    return InvoiceColumns(str(found["reference"]), amount, found["day"], found["merchant"], unit)


def _guess(headers: Sequence[str], names: Sequence[str]) -> str | None:
    """Return the header that equals one of the names, else the first that contains one; brackets are ignored."""
    plain = {header: _IN_BRACKETS.sub("", header).strip().lower() for header in headers if header}
    for name in names:
        if exact := [header for header, text in plain.items() if text == name]:
            return exact[0]
    for name in names:
        if holding := [header for header, text in plain.items() if name in text]:
            return holding[0]
    return None


def _unit(table: Table, header: str) -> AmountUnit:
    """Return the unit in the header's brackets: 金额（分）; yuan if there is none. *Raises*: FaultError."""
    named = _IN_BRACKETS.search(header)
    if named is None:
        return "yuan"
    text = re.sub(r"^单位[:：]?", "", named[1].strip()).strip().lower()
    if text in _UNITS:
        return _UNITS[text]
    if "元" in text and text != "元":
        raise FaultError(INVOICE_MAPPING_FAULTS.build("unit", file=table.file, field=header, value=text))
    return "yuan"
