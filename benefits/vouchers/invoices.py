"""What an invoice and the ledger say of the same vouchers, and what was found when they were compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

N_ = str  # marks a text for the message catalogue

FindingKind = Literal[
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
KINDS: tuple[FindingKind, ...] = get_args(FindingKind)
# What is no fault: told by name all the same.
HARMLESS: frozenset[FindingKind] = frozenset({"float_noise", "several_uses", "merged_cell"})
FINDING_TEXTS: Mapping[FindingKind, str] = {
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
    """A use of a voucher. *Units*: fen; ``refunded_fen`` is what of it was taken back."""

    id: str
    grant_id: str
    amount_fen: int
    on: date
    merchant: str | None = None
    merchant_reference: str | None = None
    refunded_fen: int = 0

    @property
    def net_fen(self) -> int:
        return self.amount_fen - self.refunded_fen


@dataclass(frozen=True, slots=True)
class Issued:
    """A grant on the ledger's side. ``ended_as`` is expired or void where nothing more can come of it."""

    grant_id: str
    rule_id: str
    issued_fen: int
    expires_on: date | None = None
    ended_as: Literal["expired", "void"] | None = None
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A line of the invoice, read. ``amount_fen`` is None where none can be read: ``amount_fault`` says why.

    ``redemption_id`` or ``grant_id`` is what the reference was found to mean. ``group`` is the row that
    holds the one amount of several rows; only that row has it.
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
    """A row that states a sum of the rows in ``covers``, or of all those before it."""

    row: int
    stated_fen: int | None
    text: str
    covers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Invoice:
    lines: tuple[InvoiceLine, ...]
    totals: tuple[TotalRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What is let pass, and why. ``limit`` in fen, or in days of ``other_day``; None: without one."""

    reason: str
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What the invoice is about. What was redeemed elsewhere or at another time belongs to another one."""

    merchant: str | None = None
    since: date | None = None
    until: date | None = None
    tolerances: Mapping[FindingKind, Tolerance] = field(default_factory=dict)

    def holds(self, redemption: Redemption) -> bool:
        return self.merchant in (None, redemption.merchant) and self.in_period(redemption.on)

    def in_period(self, day: date) -> bool:
        return (self.since is None or day >= self.since) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class LedgerSide:
    """The ledger's side: grants by id, and every use of them that may be meant."""

    issued: Mapping[str, Issued]
    redemptions: Sequence[Redemption]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about a line. ``tolerated`` is the reason for which it is let pass."""

    kind: FindingKind
    params: Mapping[str, str] = field(default_factory=dict)
    tolerated: str | None = None

    @property
    def passes(self) -> bool:
        return self.tolerated is not None or self.kind in HARMLESS


@dataclass(frozen=True, slots=True)
class Compared:
    """One row of the result. ``row`` is None for what the invoice doesn't hold. *Units*: fen."""

    row: int | None
    reference: str
    grant_id: str | None
    rule_id: str | None
    redemption_ids: tuple[str, ...]
    issued_fen: int
    redeemed_fen: int
    invoiced_fen: int
    findings: tuple[Finding, ...] = ()

    @property
    def difference_fen(self) -> int:
        return self.invoiced_fen - self.redeemed_fen

    @property
    def state(self) -> Literal["agrees", "tolerated", "differs"]:
        if any(not finding.passes for finding in self.findings):
            return "differs"
        return "tolerated" if any(f.tolerated is not None for f in self.findings) else "agrees"


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """All rows: those of the invoice in its order, then what it left out, then its total rows."""

    rows: tuple[Compared, ...]
    totals: tuple[Compared, ...]
    invoiced_fen: int
    redeemed_fen: int

    @property
    def difference_fen(self) -> int:
        return self.invoiced_fen - self.redeemed_fen

    @property
    def ties(self) -> bool:
        """Whether the rows account for every fen of both sides."""
        sides = (sum(row.invoiced_fen for row in self.rows), sum(row.redeemed_fen for row in self.rows))
        return sides == (self.invoiced_fen, self.redeemed_fen)

    @property
    def is_clean(self) -> bool:
        return all(row.state != "differs" for row in (*self.rows, *self.totals))

    def counted(self) -> dict[FindingKind, tuple[int, int]]:
        """How many rows have each kind of finding, and the fen in which the rows differ that have it first."""
        found: dict[FindingKind, tuple[int, int]] = {}
        for row in (*self.rows, *self.totals):
            for place, finding in enumerate(row.findings):
                count, fen = found.get(finding.kind, (0, 0))
                found[finding.kind] = (count + 1, fen + (row.difference_fen if place == 0 else 0))
        return {kind: found[kind] for kind in KINDS if kind in found}
