"""Parse the YAML configuration of a bank's files and report all of its faults together.

format: csv                  # csv | xlsx
encoding: gb18030            # utf-8 | utf-8-sig | gb18030 | gbk; of CSV
separator: ","               # , ; | or tab; of CSV
line_end: crlf               # crlf | lf; of CSV
header: true                 # whether the columns' titles stand above
sheet: 代发                   # of XLSX
amount: {unit: yuan, as: text}   # yuan with two decimals, or fen; in XLSX as text or number
columns:                     # value: line account name bank amount reference title batch; or a fixed text
  - {title: 序号, value: line}
  - {title: 收款账号, value: account}
  - {title: 户名, value: name}
  - {title: 金额, value: amount}
  - {title: 币种, text: CNY}
  - {title: 附言, value: reference}
summary: {place: last, cells: [合计, "{count}", "{amount}"]}   # first | last; {count} {amount} {batch}
payees:                      # the file with the accounts: its columns
  {member: 会员代号, account: 账号, name: 户名, bank: 开户行}
shared_accounts: false       # whether one account may stand for several members
return:                      # the bank's return file: its columns and status words
  {reference: 附言, amount: 金额, unit: yuan, status: 状态, paid: [成功], failed: [失败, 退汇],
   reason: 原因, on: 交易日期, bank_reference: 流水号, layer: 明细}
reasons: [户名不符, 账号不存在]   # stored as written; any other reason becomes “other”, as it may name persons
"""

import string
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.money import AmountUnit
from core.sheets.table import content_sha256
from core.text_marks import N_
from core.validation import fault_from_pydantic
from core.yaml.document import PlainValue
from core.yaml.loading import load_yaml

ColumnValue = Literal["line", "account", "name", "bank", "amount", "reference", "title", "batch"]
BANK_RETURN_REASONS = (
    "户名不符",
    "账号不存在",
    "账号有误",
    "账户已销户",
    "账户冻结",
    "账户状态异常",
    "开户行有误",
    "超过限额",
)
_MARKS = ("count", "amount", "batch")
_NEEDED: tuple[ColumnValue, ...] = ("account", "amount", "reference")
LARGEST_BYTES = 100_000
_REMEDIES = {
    "missing": N_("add it; see the documentation of payments"),
    "extra_forbidden": N_("check its spelling; see the documentation of payments"),
    "": N_("see the documentation of payments"),
}

BANK_TERMS_FAULTS = FaultTable(
    "bank_terms",
    {
        "too_long": (
            N_("the configuration is longer than 100 kB"),
            N_("name the configuration of the bank's files, not a file of data"),
        ),
        "no_keys": (N_("the configuration holds no keys"), N_("begin with format: and columns:")),
        "column_count": (
            N_("{count} columns hold the {value}; it must be exactly one"),
            N_(
                "every payment needs an account, an amount, and the reference that the bank repeats in its answer"
            ),
        ),
        "repeated_title": (
            N_("“{value}” stands there more than once"),
            N_("give each column a title of its own"),
        ),
        "no_bank_column": (
            N_("a column holds the payee's bank, but no column of the payees' file is named for it"),
            N_("say payees: {example}"),
        ),
        "paid_and_failed": (
            N_("“{value}” can't mean both paid and failed"),
            N_("keep it in one of the two lists"),
        ),
        "unknown_mark": (N_("the summary knows no “{mark}”: {value}"), N_("write one of {known} in braces")),
    },
)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OrderColumn(_Part):
    """A column of the order file: the value that it holds, or a fixed text."""

    title: str = Field(default="", max_length=60)
    value: ColumnValue | None = None
    text: str | None = Field(default=None, max_length=200)

    @model_validator(mode="after")
    def _one_of_both(self) -> "OrderColumn":
        if (self.value is None) == (self.text is None):
            raise PydanticCustomError("column", N_("a column has either a value or a text"))
        return self


class AmountTerms(_Part):
    unit: AmountUnit = "yuan"
    as_: Literal["text", "number"] = Field(default="text", alias="as")


class SummaryRow(_Part):
    place: Literal["first", "last"] = "last"
    cells: tuple[str, ...] = Field(min_length=1, max_length=40)


class PayeeColumns(_Part):
    member: str = Field(default="会员代号", min_length=1)
    account: str = Field(default="账号", min_length=1)
    name: str = Field(default="户名", min_length=1)
    bank: str | None = None
    layer: str | None = None


class ReturnColumns(_Part):
    reference: str = Field(min_length=1)
    amount: str = Field(min_length=1)
    unit: AmountUnit = "yuan"
    status: str = Field(min_length=1)
    paid: tuple[str, ...] = Field(min_length=1)
    failed: tuple[str, ...] = Field(min_length=1)
    reason: str | None = None
    on: str | None = None
    bank_reference: str | None = None
    layer: str | None = None


class BankTerms(_Part):
    """The format of the files that a bank expects and of those that it returns."""

    format: Literal["csv", "xlsx"] = "csv"
    encoding: Literal["utf-8", "utf-8-sig", "gb18030", "gbk"] = "utf-8"
    separator: Literal[",", ";", "|", "\t"] = ","
    line_end: Literal["crlf", "lf"] = "crlf"
    header: bool = True
    sheet: str = Field(default="Sheet1", min_length=1, max_length=31, pattern=r"^[^\[\]:*?/\\']+$")
    amount: AmountTerms = AmountTerms()
    columns: tuple[OrderColumn, ...] = Field(min_length=1, max_length=60)
    summary: SummaryRow | None = None
    payees: PayeeColumns = PayeeColumns()
    shared_accounts: bool = False
    answer: ReturnColumns = Field(alias="return")
    reasons: tuple[str, ...] = BANK_RETURN_REASONS
    digest: str = ""

    def has_column(self, value: ColumnValue) -> bool:
        """Return whether a column holds this value."""
        return any(column.value == value for column in self.columns)


def parse_bank_terms(content: bytes, file: str) -> BankTerms:
    """Parse and validate a configuration. *Raises*: FaultError with all of its faults."""
    if len(content) > LARGEST_BYTES:
        raise FaultError(BANK_TERMS_FAULTS.build("too_long", file=file))
    parsed = _parsed(content, file)
    faults = [*_across(parsed, file)]
    try:
        terms = BankTerms.model_validate(parsed)
    except ValidationError as error:
        raise FaultError([*(_wrong(problem, file) for problem in error.errors()), *faults]) from error
    raise_faults(faults)
    return terms.model_copy(update={"digest": content_sha256(content)})


def _parsed(content: bytes, file: str) -> dict[str, PlainValue]:
    parsed = load_yaml(content, file)
    if not isinstance(parsed, dict):
        raise FaultError(BANK_TERMS_FAULTS.build("no_keys", file=file, row=1))
    return parsed


def _across(parsed: dict[str, PlainValue], file: str) -> Iterator[Fault]:
    """Check conditions between keys, as far as the keys are readable."""
    columns = [column for column in _listed(parsed.get("columns")) if isinstance(column, dict)]
    values = Counter(str(column.get("value")) for column in columns if column.get("value"))
    for needed in _NEEDED:
        if columns and values[needed] != 1:
            yield BANK_TERMS_FAULTS.build(
                "column_count", file=file, field="columns", value=needed, count=values[needed]
            )
    titles = Counter(str(column.get("title") or "") for column in columns)
    for title, count in titles.items():
        if title and count > 1:
            yield BANK_TERMS_FAULTS.build("repeated_title", file=file, field="columns.title", value=title)
    payees = parsed.get("payees")
    if values["bank"] and not (isinstance(payees, dict) and payees.get("bank")):
        yield BANK_TERMS_FAULTS.build(
            "no_bank_column", file=file, field="payees.bank", example="{bank: 开户行}"
        )
    yield from _words(parsed.get("return"), file)
    summary = parsed.get("summary")
    if isinstance(summary, dict):
        for cell in _listed(summary.get("cells")):
            if wrong := _unknown_mark(str(cell)):
                yield BANK_TERMS_FAULTS.build(
                    "unknown_mark",
                    file=file,
                    field="summary.cells",
                    value=str(cell)[:80],
                    mark=wrong,
                    known=", ".join(_MARKS),
                )


def _words(answer: object, file: str) -> Iterator[Fault]:
    """Check that no status word means both paid and failed."""
    if not isinstance(answer, dict):
        return
    paid, failed = (set(map(str, _listed(answer.get(name)))) for name in ("paid", "failed"))
    for word in sorted(paid & failed):
        yield BANK_TERMS_FAULTS.build("paid_and_failed", file=file, field="return", value=word)


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, tuple) else ()


def _unknown_mark(cell: str) -> str | None:
    try:
        fields = [name for _, name, _, _ in string.Formatter().parse(cell) if name is not None]
    except ValueError:
        return cell
    return next((name for name in fields if name not in _MARKS), None)


def _wrong(problem: ErrorDetails, file: str) -> Fault:
    """Convert one validation error of the configuration into a fault."""
    field = ".".join(map(str, problem["loc"])) or file
    value = "" if problem["type"] == "missing" else str(problem["input"])[:80]
    return fault_from_pydantic(problem, field, value, _REMEDIES).at(file=file)
