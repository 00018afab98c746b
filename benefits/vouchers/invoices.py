"""Invoices, the ledger's side of them, and the findings of comparing both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

from core.text_marks import N_

InvoiceFindingKind = Literal[
    "unknown_reference",
    "duplicate_line",
    "amount_over",
    "amount_under",
    "rounding",
    "wrong_unit",
    "no_amount",
    "not_positive",
    "fraction",
    "not_invoiced",
    "not_redeemed",
    "expired",
    "void",
    "refunded",
    "other_merchant",
    "other_period",
    "other_day",
    "total_row",
    "merged_cell",
    "merged_amount",
    "float_noise",
    "several_uses",
]
FINDING_KINDS: tuple[InvoiceFindingKind, ...] = get_args(InvoiceFindingKind)
# Findings that are no fault but are listed all the same.
HARMLESS_KINDS: frozenset[InvoiceFindingKind] = frozenset({"float_noise", "several_uses", "merged_cell"})
FINDING_TEXTS: Mapping[InvoiceFindingKind, str] = {
    "unknown_reference": N_("the reference is not in the ledger"),
    "duplicate_line": N_("what row {first} invoices already"),
    "amount_over": N_("more than was redeemed"),
    "amount_under": N_("less than was redeemed"),
    "rounding": N_("rounded to whole yuan"),
    "wrong_unit": N_("a hundred times too much or too little: yuan and fen were mixed up"),
    "no_amount": N_("“{text}” is no amount"),
    "not_positive": N_("the amount is zero or negative"),
    "fraction": N_("the amount “{text}” holds a fraction of a fen"),
    "not_invoiced": N_("redeemed, but not invoiced"),
    "not_redeemed": N_("invoiced, but never redeemed"),
    "expired": N_("expired on {day}, and not redeemed by then"),
    "void": N_("taken back: it was void"),
    "refunded": N_("invoiced although refunded"),
    "other_merchant": N_("redeemed at another merchant: {merchant}"),
    "other_period": N_("redeemed on {day}, which is outside the period"),
    "other_day": N_("the invoice says {said}, it was redeemed on {day}"),
    "total_row": N_("the total row says {said} yuan, its lines sum to {sum}"),
    "merged_cell": N_("one amount in a cell merged over rows {first} to {last}"),
    "merged_amount": N_(
        "the amount of rows {first} to {last} is not the {sum} yuan redeemed for them together"
    ),
    "float_noise": N_("the file holds {text}: a sum of binary fractions, read as the nearest fen"),
    "several_uses": N_("one line for {count} uses"),
}


@dataclass(frozen=True, slots=True)
class Redemption:
    """A use of a voucher. *Units*: fen; ``refunded_fen`` is the part that was refunded."""

    id: str
    grant_id: str
    amount_fen: int
    on: date
    merchant: str | None = None
    merchant_reference: str | None = None
    refunded_fen: int = 0

    @property
    def net_fen(self) -> int:
        """Return the amount less refunds."""
        return self.amount_fen - self.refunded_fen


@dataclass(frozen=True, slots=True)
class IssuedGrant:
    """A grant on the ledger's side. ``ended_as`` is expired or void if it can't be used any more."""

    rule_id: str
    issued_fen: int
    expires_on: date | None = None
    ended_as: Literal["expired", "void"] | None = None
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A parsed line of the invoice. ``amount_fen`` is None if unreadable; then ``amount_fault`` says why.

    ``redemption_id`` or ``grant_id`` is what the reference resolves to. ``group`` is the row that holds
    the one amount of several merged rows; only that row has the amount.
    """

    row: int
    reference: str
    amount_fen: int | None
    amount_text: str
    amount_fault: Literal["no_amount", "not_positive", "fraction"] | None = None
    noisy: bool = False
    merchant: str | None = None
    on: date | None = None
    redemption_id: str | None = None
    grant_id: str | None = None
    group: int | None = None


@dataclass(frozen=True, slots=True)
class TotalRow:
    """A row that states a sum of the rows in ``covers``, or of all rows before it."""

    row: int
    stated_fen: int | None
    text: str
    covers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Invoice:
    """The lines and the total rows of an invoice."""

    lines: tuple[InvoiceLine, ...]
    totals: tuple[TotalRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Tolerance:
    """A tolerated kind of finding, with the reason.

    ``limit`` is in fen, or in days for ``other_day``; None: no limit.
    """

    reason: str
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class InvoiceScope:
    """The merchant and the period of the invoice, and the tolerances.

    Redemptions at other merchants or times belong to other invoices.
    """

    merchant: str | None = None
    since: date | None = None
    until: date | None = None
    tolerances: Mapping[InvoiceFindingKind, Tolerance] = field(default_factory=dict)

    def contains(self, redemption: Redemption) -> bool:
        """Return whether a redemption belongs to the merchant and the period."""
        return self.merchant in (None, redemption.merchant) and self.is_in_period(redemption.on)

    def is_in_period(self, day: date) -> bool:
        """Return whether a day lies in the period."""
        return (self.since is None or day >= self.since) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class LedgerSide:
    """The ledger's side: grants by id, and every redemption to which the invoice may refer."""

    issued: Mapping[str, IssuedGrant]
    redemptions: Sequence[Redemption]


@dataclass(frozen=True, slots=True)
class InvoiceFinding:
    """A finding about a line. ``tolerated`` is the reason for which it is accepted."""

    kind: InvoiceFindingKind
    params: Mapping[str, str] = field(default_factory=dict)
    tolerated: str | None = None

    @property
    def is_accepted(self) -> bool:
        """Return whether the finding is tolerated or harmless."""
        return self.tolerated is not None or self.kind in HARMLESS_KINDS


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One row of the result. ``row`` is None for redemptions missing from the invoice. *Units*: fen."""

    row: int | None
    reference: str
    grant_id: str | None
    rule_id: str | None
    redemption_ids: tuple[str, ...]
    issued_fen: int
    redeemed_fen: int
    invoiced_fen: int
    findings: tuple[InvoiceFinding, ...] = ()

    @property
    def difference_fen(self) -> int:
        """Return the invoiced amount less the redeemed amount."""
        return self.invoiced_fen - self.redeemed_fen

    @property
    def state(self) -> Literal["agrees", "tolerated", "differs"]:
        """Return whether the row agrees, is tolerated or differs."""
        if any(not finding.is_accepted for finding in self.findings):
            return "differs"
        return "tolerated" if any(f.tolerated is not None for f in self.findings) else "agrees"


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """All rows: those of the invoice in its order, then redemptions missing from it, then its total rows."""

    rows: tuple[ComparedRow, ...]
    totals: tuple[ComparedRow, ...]
    invoiced_fen: int
    redeemed_fen: int

    @property
    def difference_fen(self) -> int:
        """Return the invoiced amount less the redeemed amount."""
        return self.invoiced_fen - self.redeemed_fen

    @property
    def is_balanced(self) -> bool:
        """Return whether the rows account for every fen of both sides."""
        sides = (sum(row.invoiced_fen for row in self.rows), sum(row.redeemed_fen for row in self.rows))
        return sides == (self.invoiced_fen, self.redeemed_fen)

    @property
    def is_clean(self) -> bool:
        """Return whether no row differs."""
        return all(row.state != "differs" for row in (*self.rows, *self.totals))

    def count_by_kind(self) -> dict[InvoiceFindingKind, tuple[int, int]]:
        """Return for each kind the number of rows with such a finding, and a difference in fen.

        The difference sums the rows whose first finding is of this kind.
        """
        found: dict[InvoiceFindingKind, tuple[int, int]] = {}
        for row in (*self.rows, *self.totals):
            for place, finding in enumerate(row.findings):
                count, fen = found.get(finding.kind, (0, 0))
                found[finding.kind] = (count + 1, fen + (row.difference_fen if place == 0 else 0))
        return {kind: found[kind] for kind in FINDING_KINDS if kind in found}
