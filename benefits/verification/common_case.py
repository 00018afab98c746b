"""The fast path of the grant check: a regular promise followed by regular pairs of lines.

Only True is conclusive. Every other grant is checked line by line in ``benefits.verification.bundles``, which
reports what is wrong.
"""

from collections.abc import Sequence

from benefits.model.accounts import BUDGET_PREFIX, FEN, KINDS_COUNTED_IN_FEN
from benefits.model.moves import ALLOWED_MOVES
from benefits.tables.bundles import Record

_PAIRS: dict[str, frozenset[tuple[str, str]]] = {
    kind: frozenset(pairs) for kind, pairs in ALLOWED_MOVES.items()
}
_NONE: frozenset[tuple[str, str]] = frozenset()


def has_regular_history(grant: Record, transactions: Sequence[Record]) -> bool:
    """Return whether a grant's promise and all later transactions are certainly consistent."""
    if not transactions or not _is_promised(grant, transactions[0]):
        return False
    rule = grant["rule_id"]
    stands: dict[tuple[str, str], int] = {}
    for _, _, amount, unit in transactions[0]["lines"]:
        if amount > 0:
            stands["promised", unit] = amount
    for transaction in transactions[1:]:
        lines, pairs = transaction["lines"], _PAIRS.get(transaction["kind"], _NONE)
        if not lines or len(lines) % 2:
            return False
        for (_, left, out, unit), (_, entered, amount, same_unit) in zip(
            lines[::2], lines[1::2], strict=True
        ):
            from_, _, of = left.partition("/")
            to, _, also_of = entered.partition("/")
            if not (of == also_of == rule and unit == same_unit and amount == -out and amount > 0):
                return False
            if (from_, to) not in pairs:
                return False
            stands[from_, unit] = stands.get((from_, unit), 0) - amount
            stands[to, unit] = stands.get((to, unit), 0) + amount
    return min(stands.values()) >= 0


def _is_promised(grant: Record, promise: Record) -> bool:
    """Check a promise's lines: first worth, then things, in the order of ``accounts.promise_postings``."""
    rule, lines = grant["rule_id"], promise["lines"]
    wanted: list[tuple[int, str]] = [(grant["amount_fen"], FEN)] if grant["amount_fen"] else []
    if grant["kind"] not in KINDS_COUNTED_IN_FEN:
        wanted.append((grant["quantity"], grant["unit"] or grant["kind"]))
    if promise["kind"] != "promise" or not wanted or len(lines) != 2 * len(wanted):
        return False
    number = 0
    for due, unit in wanted:
        (first, source, out, unit_out), (second, account, amount, unit_in) = lines[number : number + 2]
        own = "stock/" if number or unit != FEN else "unbudgeted/"
        paid = source == own + rule or (unit == FEN and source.startswith(BUDGET_PREFIX))
        if not (paid and amount == -out == due > 0 and unit_out == unit_in == unit):
            return False
        if (first, second) != (number + 1, number + 2) or account != "promised/" + rule:
            return False
        number += 2
    same = promise["id"] == grant["id"] and promise["occurred_on"] == grant["granted_on"]
    return bool(same and promise["reason"] == "")
