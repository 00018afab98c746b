"""How a bank's files look: what a line of an order holds, and what its answer calls things. One form, as it is stored."""

import string
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field, ValidationInfo, field_validator, model_validator

from core.faults import Fault, FaultTable
from core.prompts import Prompt
from core.text_marks import N_
from yihui.frame.fields import FieldFaultError
from yihui.frame.types import Form, FreeText

T = TypeVar("T")
OTHER_BANK_REASON = N_("other: see the bank's file")
ColumnValue = Literal["line", "account", "name", "bank", "amount", "reference", "title", "batch"]
_Unit = Literal["yuan", "fen"]
_VALUES: dict[ColumnValue, str] = {
    "line": N_("the line's number"),
    "account": N_("the account"),
    "name": N_("the payee's name"),
    "bank": N_("the payee's bank"),
    "amount": N_("the amount"),
    "reference": N_("the reference"),
    "title": N_("the benefit"),
    "batch": N_("the batch"),
}
_MARKS = ("count", "amount", "batch")
_NEEDED: tuple[ColumnValue, ...] = ("account", "amount", "reference")
_SIGNS = {"tab": "\t"}
_UNITS = {"yuan": N_("yuan, with two decimals"), "fen": N_("fen")}
LAYOUT_FAULTS = FaultTable(
    "bank_layout",
    {
        "column_count": (
            N_("{count} columns hold {value}; it must be exactly one"),
            N_(
                "every payment needs an account, an amount, and the reference that the bank repeats in its answer"
            ),
        ),
        "repeated_title": (
            N_("“{value}” stands there more than once"),
            N_("give each column a title of its own"),
        ),
        "column": (N_("a column has either a value or a text"), N_("choose one of them")),
        "paid_and_failed": (
            N_("“{value}” can't mean both paid and failed"),
            N_("keep it in one of the two lists"),
        ),
        "no_word": (
            N_("“{value}” holds no word of the bank's"),
            N_("write what its file says, such as 成功"),
        ),
        "unknown_mark": (N_("the summary knows no “{mark}”: {value}"), N_("write one of {known} in braces")),
        "none": (
            N_("nobody has said yet how the bank's files look"),
            N_("fill in the bank's layout first: /desk/money/bank, or yihui payout layout write"),
        ),
        "altered": (
            N_("the bank's layout {value} was changed in the database: it is not the one that was stored"),
            N_("have who runs the database restore it from a backup, or store the layout anew"),
        ),
        "unknown": (N_("there is no layout {value}"), N_("look its number up in the list")),
        "superseded": (
            N_("another layout counts in place of layout {value}"),
            N_("open the one that counts now, and change that"),
        ),
    },
)
_Heading = Annotated[str, Field(min_length=1, max_length=60)]


class OrderColumn(Form):
    """A column of the order file: the value that it holds, or a fixed text."""

    title: Annotated[str, Field(max_length=60), Prompt(N_("Heading"))] = ""
    value: Annotated[
        ColumnValue | None,
        Prompt(
            N_("What it holds"),
            labels=_VALUES,
        ),
    ] = None
    text: Annotated[str | None, Field(max_length=200), Prompt(N_("or always this text"))] = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.value is None) == (self.text is None):
            raise FieldFaultError([LAYOUT_FAULTS.build("column")])
        return self


class BankLayout(Form):
    """The layout of the files that a bank expects and of those that it returns."""

    format: Annotated[
        Literal["csv", "xlsx"], Prompt(N_("Kind of file"), labels={"csv": "CSV", "xlsx": N_("workbook")})
    ] = "csv"
    columns: Annotated[
        tuple[OrderColumn, ...],
        Field(min_length=1, max_length=30),
        Prompt(N_("Columns of a payment, from the left")),
    ]
    amount_unit: Annotated[_Unit, Prompt(N_("Amounts are in"), labels=_UNITS)] = "yuan"
    summary: Annotated[
        Literal["none", "first", "last"],
        Prompt(
            N_("A line with the sum"),
            labels={"none": N_("none"), "first": N_("first"), "last": N_("last")},
        ),
    ] = "none"
    summary_cells: Annotated[
        str,
        Field(max_length=2_000),
        Prompt(
            N_("Its cells, one on each line"),
            hint=N_("{count}, {amount} and {batch} stand for the batch's; an empty line for an empty cell."),
            rows=4,
        ),
    ] = ""
    reference: Annotated[_Heading, Prompt(N_("The answer's column with our reference"))]
    amount: Annotated[_Heading, Prompt(N_("The answer's column with the amount"))]
    answer_unit: Annotated[_Unit, Prompt(N_("Amounts of the answer are in"), labels=_UNITS)] = "yuan"
    status: Annotated[_Heading, Prompt(N_("The answer's column with the state"))]
    paid: Annotated[
        FreeText, Prompt(N_("It says of what was paid"), hint=N_("Several with 、 between them."))
    ]
    failed: Annotated[
        FreeText, Prompt(N_("It says of what failed"), hint=N_("Several with 、 between them."))
    ]
    reason: Annotated[_Heading | None, Prompt(N_("The answer's column with the reason"))] = None
    on: Annotated[_Heading | None, Prompt(N_("The answer's column with the day"), option="--day")] = None
    bank_reference: Annotated[
        _Heading | None, Prompt(N_("The answer's column with the bank's own number"))
    ] = None
    layer: Annotated[
        str | None,
        Field(max_length=31),
        Prompt(N_("The answer's sheet"), is_further=True, option="--sheet-of-answer"),
    ] = None
    header: Annotated[bool, Prompt(N_("The headings stand above the payments"), is_further=True)] = True
    encoding: Annotated[
        Literal["utf-8", "utf-8-sig", "gb18030", "gbk"],
        Prompt(
            N_("Encoding of a CSV file"),
            is_further=True,
            labels={
                "utf-8": "UTF-8",
                "utf-8-sig": N_("UTF-8, so that Excel knows it"),
                "gb18030": "GB18030",
                "gbk": "GBK",
            },
        ),
    ] = "gb18030"
    separator: Annotated[
        Literal[",", ";", "|", "tab"],
        Prompt(N_("Sign between its columns"), is_further=True, labels={"tab": N_("tab")}),
    ] = ","
    line_end: Annotated[
        Literal["crlf", "lf"],
        Prompt(
            N_("Its line ends"),
            is_further=True,
            labels={"crlf": N_("as Windows writes them"), "lf": N_("as Linux writes them")},
        ),
    ] = "crlf"
    sheet: Annotated[
        str,
        Field(min_length=1, max_length=31, pattern=r"^[^\[\]:*?/\\']+$"),
        Prompt(N_("Name of a workbook's sheet"), is_further=True),
    ] = "Sheet1"
    amount_as: Annotated[
        Literal["text", "number"],
        Prompt(
            N_("A workbook has amounts as"),
            is_further=True,
            labels={"text": N_("texts"), "number": N_("numbers")},
        ),
    ] = "text"
    shared_accounts: Annotated[
        bool, Prompt(N_("One account may stand for several members"), is_further=True)
    ] = False
    reasons: Annotated[
        FreeText,
        Prompt(
            N_("Reasons of the bank that are kept as they are"),
            is_further=True,
            hint=N_("Several with 、 between them; any other becomes “other”, as it may name persons."),
        ),
    ] = "户名不符、账号不存在、账号有误、账户已销户、账号已销户、账户冻结、账户状态异常、开户行有误、超过限额"

    @field_validator("columns")
    @classmethod
    def _check_columns(cls, columns: tuple[OrderColumn, ...]) -> tuple[OrderColumn, ...]:
        counts = Counter(one.value for one in columns)
        titles = Counter(one.title for one in columns if one.title)
        faults = [
            LAYOUT_FAULTS.build(
                "column_count", value=needed, count=counts[needed], terms={"value": _VALUES[needed]}
            )
            for needed in _NEEDED
            if counts[needed] != 1
        ]
        faults += [
            LAYOUT_FAULTS.build("repeated_title", value=title) for title, count in titles.items() if count > 1
        ]
        return _checked(columns, faults)

    @field_validator("paid", "failed")
    @classmethod
    def _check_some_word(cls, words: str) -> str:
        return _checked(words, [] if _split(words) else [LAYOUT_FAULTS.build("no_word", value=words[:80])])

    @field_validator("failed")
    @classmethod
    def _check_words(cls, failed: str, info: ValidationInfo) -> str:
        both = sorted({*_split(failed)} & {*_split(info.data.get("paid", ""))})
        return _checked(failed, [LAYOUT_FAULTS.build("paid_and_failed", value=word) for word in both])

    @field_validator("summary_cells")
    @classmethod
    def _check_marks(cls, cells: str) -> str:
        wrong = [(cell, mark) for cell in cells.splitlines() if (mark := _find_unknown_mark(cell))]
        known = ", ".join(_MARKS)
        return _checked(
            cells,
            [
                LAYOUT_FAULTS.build("unknown_mark", value=cell[:80], mark=mark, known=known)
                for cell, mark in wrong
            ],
        )

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of all that it says."""
        return sha256(self.model_dump_json().encode()).hexdigest()

    @property
    def separator_sign(self) -> str:
        return _SIGNS.get(self.separator, self.separator)

    @property
    def paid_words(self) -> Sequence[str]:
        return _split(self.paid)

    @property
    def failed_words(self) -> Sequence[str]:
        return _split(self.failed)

    @property
    def known_reasons(self) -> Sequence[str]:
        return _split(self.reasons)

    def has_column(self, value: ColumnValue) -> bool:
        """Return whether a column holds this value."""
        return any(column.value == value for column in self.columns)


def _checked(value: T, faults: Sequence[Fault]) -> T:
    if faults:
        raise FieldFaultError(faults)
    return value


def _split(words: str) -> list[str]:
    return [word.strip() for word in words.split("、") if word.strip()]


def _find_unknown_mark(cell: str) -> str | None:
    try:
        parts = [part for part in string.Formatter().parse(cell) if part[1] is not None]
    except ValueError:
        return cell[:80]
    return next(
        (
            f"{name}{':' if form else ''}{form}"[:80]
            for _, name, form, turned in parts
            if name not in _MARKS or form or turned
        ),
        None,
    )
