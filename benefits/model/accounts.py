"""Accounts, and the postings that move benefits between them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from rules import DueBenefit

FEN = "fen"
BUDGET_PREFIX = "budget/"
Stage = Literal["promised", "issued", "redeemed", "settled", "expired", "reversed"]
STAGES: tuple[Stage, ...] = get_args(Stage)
OPEN_STAGES: tuple[Stage, ...] = ("promised", "issued")  # the member can still get or use it
KINDS_COUNTED_IN_FEN = frozenset({"cash", "voucher"})


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of a transaction. ``amount`` is in ``unit``; an amount that leaves an account is negative."""

    account: str
    amount: int
    unit: str


def stage_account(stage: Stage, rule_id: str) -> str:
    """Return the account that holds a rule's benefits at a stage."""
    return f"{stage}/{rule_id}"


def returned_account(rule_id: str) -> str:
    """Return the account that offsets benefits that ended and went back to their funding.

    It is never above zero, so that the accounts of the ended stages keep their whole sums.
    """
    return f"returned/{rule_id}"


def funding_account(rule_id: str, budget: str | None) -> str:
    """Return the account that fen come from: a budget or, without one, the rule's own funding."""
    return f"{BUDGET_PREFIX}{budget}" if budget else f"unbudgeted/{rule_id}"


def stock_account(rule_id: str) -> str:
    """Return the account that things come from."""
    return f"stock/{rule_id}"


def promise_postings(rule_id: str, due: "DueBenefit") -> tuple[Posting, ...]:
    """Return the postings that promise a part of a benefit: its worth in fen and, unless money, the thing.

    Budget (or, without one, the rule's own funding) → promised. Each unit sums to zero. A rule's table
    may set 0 fen for a case: then nothing is moved.
    """
    funding, promised = funding_account(rule_id, due.budget), stage_account("promised", rule_id)
    lines: list[Posting] = []
    if due.amount_fen:
        lines += [Posting(funding, -due.amount_fen, FEN), Posting(promised, due.amount_fen, FEN)]
    if due.kind not in KINDS_COUNTED_IN_FEN:
        unit = due.unit or due.kind
        lines += [
            Posting(stock_account(rule_id), -due.quantity, unit),
            Posting(promised, due.quantity, unit),
        ]
    return tuple(lines)
