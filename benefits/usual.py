"""The usual life of a grant, seen at a glance: money promised, and each move one pair of lines.

Only a yes counts. Whatever is not usual is looked at line by line in ``bundle_checks``, which names it.
"""

from collections.abc import Sequence

from benefits.accounts import BUDGET, COUNTED_BY_WORTH, FEN
from benefits.bundles import Record
from benefits.moves import ALLOWED

_PAIRS: dict[str, frozenset[tuple[str, str]]] = {kind: frozenset(pairs) for kind, pairs in ALLOWED.items()}
_NONE: frozenset[tuple[str, str]] = frozenset()


def is_usual(grant: Record, transactions: Sequence[Record]) -> bool:
    """Whether a promise and what followed it certainly hold."""
    if not transactions or not _is_promised(grant, transactions[0]):
        return False
    rule = grant["rule_id"]
    stands = {"promised": grant["amount_fen"]}
    for transaction in transactions[1:]:
        lines = transaction["lines"]
        if len(lines) != 2:
            return False
        (_, left, out, unit), (_, entered, amount, same_unit) = lines
        from_, _, of = left.partition("/")
        to, _, also_of = entered.partition("/")
        if not (of == also_of == rule and unit == same_unit == FEN and amount == -out and amount > 0):
            return False
        if (from_, to) not in _PAIRS.get(transaction["kind"], _NONE):
            return False
        stands[from_] = stands.get(from_, 0) - amount
        stands[to] = stands.get(to, 0) + amount
    return bool(min(stands.values()) >= 0)


def _is_promised(grant: Record, promise: Record) -> bool:
    lines = promise["lines"]
    if promise["kind"] != "promise" or len(lines) != 2 or grant["kind"] not in COUNTED_BY_WORTH:
        return False
    (first, funding, out, unit), (second, account, amount, same_unit) = lines
    return bool(
        (first, second) == (1, 2)
        and unit == same_unit == FEN
        and amount == -out == grant["amount_fen"] > 0
        and account == "promised/" + grant["rule_id"]
        and (funding.startswith(BUDGET) or funding == "unbudgeted/" + grant["rule_id"])
        and promise["id"] == grant["id"]
        and promise["occurred_on"] == grant["granted_on"]
        and promise["reason"] == ""
    )
