"""Accounts and the postings that move benefits between them."""

from dataclasses import dataclass

from rules import Due

FEN = "fen"
COUNTED_BY_WORTH = frozenset({"cash", "voucher"})


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of a transaction. ``amount`` is in ``unit``; what leaves an account is negative."""

    account: str
    amount: int
    unit: str


def promise(rule_id: str, due: Due) -> tuple[Posting, ...]:
    """The lines that promise a part of a benefit: its worth in fen and, unless it is money, the thing itself.

    Budget (or, without one, the rule's own funding) → promised. Each unit sums to zero. A rule's table
    may give 0 fen for a case: then nothing is moved.
    """
    funding = f"budget/{due.budget}" if due.budget else f"unbudgeted/{rule_id}"
    promised = f"promised/{rule_id}"
    lines: list[Posting] = []
    if due.amount_fen:
        lines += [Posting(funding, -due.amount_fen, FEN), Posting(promised, due.amount_fen, FEN)]
    if due.kind not in COUNTED_BY_WORTH:
        unit = due.unit or due.kind
        lines += [
            Posting(f"stock/{rule_id}", -due.quantity, unit),
            Posting(promised, due.quantity, unit),
        ]
    return tuple(lines)
