"""Accounts and the postings that move benefits between them."""

from dataclasses import dataclass
from typing import Literal, get_args

from rules import Due

FEN = "fen"
BUDGET = "budget/"
Stage = Literal["promised", "issued", "redeemed", "settled", "expired", "reversed"]
STAGES: tuple[Stage, ...] = get_args(Stage)
OPEN: tuple[Stage, ...] = ("promised", "issued")  # what the member may still get
COUNTED_BY_WORTH = frozenset({"cash", "voucher"})


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of a transaction. ``amount`` is in ``unit``; what leaves an account is negative."""

    account: str
    amount: int
    unit: str


def account_of(stage: Stage, rule_id: str) -> str:
    """The account that holds what stands at a stage."""
    return f"{stage}/{rule_id}"


def returned(rule_id: str) -> str:
    """What ended and went back to its funding; never above zero, so that ends keep their whole sums."""
    return f"returned/{rule_id}"


def funding_of(rule_id: str, budget: str | None) -> str:
    """Where fen come from: a budget or, without one, the rule's own funding."""
    return f"{BUDGET}{budget}" if budget else f"unbudgeted/{rule_id}"


def stock_of(rule_id: str) -> str:
    """Where things come from."""
    return f"stock/{rule_id}"


def promise(rule_id: str, due: Due) -> tuple[Posting, ...]:
    """The lines that promise a part of a benefit: its worth in fen and, unless it is money, the thing itself.

    Budget (or, without one, the rule's own funding) → promised. Each unit sums to zero. A rule's table
    may give 0 fen for a case: then nothing is moved.
    """
    funding, promised = funding_of(rule_id, due.budget), account_of("promised", rule_id)
    lines: list[Posting] = []
    if due.amount_fen:
        lines += [Posting(funding, -due.amount_fen, FEN), Posting(promised, due.amount_fen, FEN)]
    if due.kind not in COUNTED_BY_WORTH:
        unit = due.unit or due.kind
        lines += [
            Posting(stock_of(rule_id), -due.quantity, unit),
            Posting(promised, due.quantity, unit),
        ]
    return tuple(lines)
