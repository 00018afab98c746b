"""What is asked of a merchant's invoice: the file, whose it is and of which days, and what is let pass and why."""

from collections import Counter
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PrivateAttr, ValidationInfo, model_validator

from benefits import InvoiceFindingKind, InvoiceScope, Tolerance
from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.prompts import Prompt
from core.sheets.listed_rows import HiddenRows
from core.text_marks import N_
from yihui.files.invoices.mapping import InvoiceMapping
from yihui.files.invoices.reading import ParsedInvoice, read_invoice
from yihui.files.tables import SheetReader
from yihui.frame.fields import FieldFaultError
from yihui.frame.sheets import SheetForm
from yihui.frame.types import CivilDay, Fen, Form, FreeText, SentFile, WholeNumber

MOST_TOLERANCES, MOST_NAMES = 10, 20
FINDING_TITLES: dict[InvoiceFindingKind, str] = {
    "unknown_reference": N_("unknown reference"),
    "duplicate_line": N_("duplicate line"),
    "amount_over": N_("amount too high"),
    "amount_under": N_("amount too low"),
    "rounding": N_("rounded to yuan"),
    "wrong_unit": N_("yuan and fen mixed up"),
    "no_amount": N_("no readable amount"),
    "not_positive": N_("zero or negative amount"),
    "fraction": N_("fraction of a fen"),
    "not_invoiced": N_("not invoiced"),
    "not_redeemed": N_("not redeemed"),
    "expired": N_("expired"),
    "void": N_("void"),
    "refunded": N_("refunded"),
    "other_merchant": N_("another merchant"),
    "other_period": N_("outside the period"),
    "other_day": N_("another day"),
    "total_row": N_("total that doesn't tie"),
    "merged_cell": N_("merged amount"),
    "merged_amount": N_("merged amount that doesn't tie"),
    "float_noise": N_("sum of binary fractions"),
    "several_uses": N_("several uses in one line"),
}
TOLERANCE_FAULTS = FaultTable(
    "tolerance",
    {
        "in_days": (
            N_("a use on another day is let pass by days, and an amount was given"),
            N_("write how many days apart at most, and leave the amount empty"),
        ),
        "in_yuan": (
            N_("this kind of difference is let pass up to an amount, and days were given"),
            N_("write the amount, and leave the days empty"),
        ),
        "twice": (
            N_("“{kind}” is named twice"),
            N_("name each kind once, with one limit and one reason"),
        ),
    },
)
_Header = Annotated[str | None, Field(max_length=100)]


def _require_own_limit(limit: int | None, info: ValidationInfo) -> int | None:
    """Refuse the limit that a kind of difference doesn't have: it would be let pass whatever its size."""
    kind = info.data.get("kind")
    if limit is not None and kind is not None and (kind == "other_day") != (info.field_name == "days"):
        raise FieldFaultError([TOLERANCE_FAULTS.build("in_days" if kind == "other_day" else "in_yuan")])
    return limit


_OWN_LIMIT = AfterValidator(_require_own_limit)


class ToleranceRow(Form):
    """A kind of difference that is let pass: each up to an amount, or so many days, with the reason."""

    kind: Annotated[InvoiceFindingKind, Prompt(N_("What is let pass"), labels=FINDING_TITLES)]
    reason: Annotated[FreeText, Prompt(N_("Why"))]
    most: Annotated[Fen | None, _OWN_LIMIT, Prompt(N_("Each up to"))] = None
    days: Annotated[WholeNumber | None, _OWN_LIMIT, Prompt(N_("Days apart at most"))] = None


def _name_kinds_once(rows: tuple[ToleranceRow, ...]) -> tuple[ToleranceRow, ...]:
    """Refuse kinds that are named twice: one of the two reasons would be lost."""
    counts = Counter(one.kind for one in rows)
    twice = [FINDING_TITLES[kind] for kind, count in counts.items() if count > 1]
    if twice:
        raise FieldFaultError([TOLERANCE_FAULTS.build("twice", terms={"kind": title}) for title in twice])
    return rows


class NameRow(Form):
    """A merchant that the invoice calls otherwise than we do."""

    name: Annotated[FreeText, Prompt(N_("On the invoice"))]
    merchant: Annotated[FreeText, Prompt(N_("Our merchant"))]


class InvoiceForm(SheetForm):
    """A merchant's invoice; what it doesn't say itself is asked for. It is read with the form, before any act."""

    invoice: Annotated[
        SentFile, Prompt(N_("The merchant's invoice"), hint=N_("A workbook or CSV of at most 16 MB."))
    ]
    merchant: Annotated[FreeText | None, Prompt(N_("Merchant"), hint=N_("Empty: as the file says."))] = None
    since: Annotated[CivilDay | None, Prompt(N_("First day"), option="--from")] = None
    until: Annotated[CivilDay | None, Prompt(N_("Last day"))] = None
    tolerances: Annotated[
        tuple[ToleranceRow, ...],
        Field(max_length=MOST_TOLERANCES),
        AfterValidator(_name_kinds_once),
        Prompt(
            N_("What is let pass, and why"),
            hint=N_("Without an amount or days: whatever its size."),
            is_further=True,
        ),
    ] = ()
    names: Annotated[
        tuple[NameRow, ...],
        Field(max_length=MOST_NAMES),
        Prompt(N_("Merchants whom the file calls otherwise"), is_further=True),
    ] = ()
    reference_column: Annotated[
        _Header, Prompt(N_("Column of the use's number, or of the code"), is_further=True)
    ] = None
    amount_column: Annotated[_Header, Prompt(N_("Column of the amount"), is_further=True)] = None
    day_column: Annotated[_Header, Prompt(N_("Column of the day"), is_further=True)] = None
    merchant_column: Annotated[_Header, Prompt(N_("Column of the merchant"), is_further=True)] = None
    unit: Annotated[
        Literal["yuan", "fen"] | None,
        Prompt(N_("Amounts are in"), labels={"yuan": N_("yuan"), "fen": N_("fen (money)")}, is_further=True),
    ] = None
    sheet: Annotated[_Header, Prompt(N_("Worksheet, if there are several"), is_further=True)] = None
    _read: ParsedInvoice | None = PrivateAttr(None)  # fmt: skip

    @model_validator(mode="after")
    def read(self, info: ValidationInfo) -> Self:
        """Read the file. *Raises*: FieldFaultError with all that is wrong with it."""
        columns = (self.reference_column, self.amount_column, self.day_column, self.merchant_column)
        notes, now = self._notes, (info.context or {}).get("now")
        sheets = SheetReader(HiddenRows(self.hidden_rows), notes.extend)
        mapping, today = InvoiceMapping(*columns, self.unit, self.sheet), civil_date(now) if now else None
        try:
            self._read = read_invoice(self.invoice.content, self.invoice.name, mapping, sheets, today)
        except FaultError as error:
            raise FieldFaultError(
                [one if one.field else one.at(field="invoice") for one in error.faults]
            ) from error
        notes.extend(self._read.notes)
        return self  # fmt: skip

    @property
    def parsed(self) -> ParsedInvoice:
        assert self._read is not None, "it was validated"
        return self._read

    def build_scope(self, merchant: str | None) -> InvoiceScope:
        """Return which redemptions the invoice is of, and what is let pass."""
        passing = {
            one.kind: Tolerance(one.reason, one.days if one.kind == "other_day" else one.most)
            for one in self.tolerances
        }
        return InvoiceScope(merchant, self.since, self.until, passing)
