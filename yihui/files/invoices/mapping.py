"""Map the columns of an invoice: by a mapping file (YAML), or by guessing from their names.

columns: {reference: 核销单号, amount: 结算金额, day: 核销日期, merchant: 门店}
unit: yuan                   # yuan | fen
layer: 明细                   # worksheet, if there are several
merchants: {新岛面包房: bakery}   # name on the invoice → our id
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.money import AmountUnit
from core.sheets.table import Table, quotable_headers
from core.text_marks import N_
from core.validation import fault_from_pydantic
from core.yaml.loading import load_yaml

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
            N_("name the column in the mapping file as the invoice does"),
        ),
        "unnamed_column": (
            N_("no column is known to hold the {value}; there are {known}"),
            N_("name it in a mapping file (--mapping): columns: {example}"),
        ),
        "unit": (
            N_("“{field}” is counted in {value}; only 元 and 分 are read"),
            N_("ask for an invoice in yuan, or say unit: in a mapping file if the header is wrong"),
        ),
    },
)


class _Columns(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    reference: str | None = Field(default=None, min_length=1)
    amount: str | None = Field(default=None, min_length=1)
    day: str | None = Field(default=None, min_length=1)
    merchant: str | None = Field(default=None, min_length=1)


class InvoiceMappingFile(BaseModel):
    """The contents of a mapping file; missing parts are guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    columns: _Columns = _Columns()
    unit: AmountUnit | None = None
    layer: str | None = Field(default=None, min_length=1)
    merchants: Mapping[str, str] = Field(default_factory=dict)


_KEYS = N_("the keys are columns (reference, amount, day, merchant), unit, layer and merchants")
_REMEDIES = {"extra_forbidden": _KEYS, "": _KEYS}


@dataclass(frozen=True, slots=True)
class InvoiceColumns:
    """The header of each column. ``guessed`` are headers that the mapping file doesn't name."""

    reference: str
    amount: str
    day: str | None
    merchant: str | None
    unit: AmountUnit
    guessed: tuple[str, ...] = ()


def read_invoice_mapping(content: bytes, file: str) -> InvoiceMappingFile:
    """Read and validate a mapping file. *Raises*: FaultError with all of its faults."""
    parsed = load_yaml(content, file)
    try:
        return InvoiceMappingFile.model_validate({} if parsed is None else parsed)
    except ValidationError as error:
        raise FaultError([_wrong(problem, file) for problem in error.errors()]) from error


def find_invoice_columns(table: Table, mapping: InvoiceMappingFile) -> InvoiceColumns:
    """Find the columns of an invoice. *Raises*: FaultError if a column is missing or can't be guessed."""
    faults: list[Fault] = []
    guessed: list[str] = []
    found: dict[str, str | None] = {}
    for name, named in mapping.columns.model_dump().items():
        if named is not None and named not in table.headers:
            faults.append(
                INVOICE_MAPPING_FAULTS.build(
                    "no_column", file=table.file, row=1, value=named, known=quotable_headers(table)
                )
            )
        found[name] = named if named is not None else _guess(table.headers, _GUESSES[name])
        if named is None and found[name]:
            guessed.append(str(found[name]))
    faults += [
        INVOICE_MAPPING_FAULTS.build(
            "unnamed_column",
            file=table.file,
            row=1,
            value=name,
            known=quotable_headers(table),
            example=f"{{{name}: …}}",
        )
        for name in ("reference", "amount")
        if not found[name]
    ]
    raise_faults(faults)
    amount = str(found["amount"])
    unit = mapping.unit or _unit(table, amount)
    return InvoiceColumns(
        str(found["reference"]), amount, found["day"], found["merchant"], unit, tuple(guessed)
    )


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


def _wrong(problem: ErrorDetails, file: str) -> Fault:
    field = ".".join(map(str, problem["loc"])) or file
    return fault_from_pydantic(problem, field, str(problem["input"])[:80], _REMEDIES).at(file=file)
