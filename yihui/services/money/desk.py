"""Payouts and reversals of an officer's subtrees."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection

from benefits import PayoutBatch
from yihui.bootstrap import Wiring
from yihui.services.access.act_places import find_rules_of_batches, place_of_rule
from yihui.services.access.officer_scope import OfficerScope

MOST_LISTED = 50
BATCH_PAGE = 50
_GROWTH, _MOST_AT_ONCE = 4, 10_000  # batches whose rules are asked for at once


def list_covered_batches(
    wiring: Wiring, scope: OfficerScope, batches: Sequence[PayoutBatch]
) -> Sequence[PayoutBatch]:
    """Return the first of the batches of which the officer may see the money, one more than a page has.

    The officer's subtrees cover every owner of their rules.
    """
    if scope.is_everywhere:
        return batches[: BATCH_PAGE + 1]
    found: list[PayoutBatch] = []
    known, owned = frozenset[str](), frozenset[str]()
    with wiring.database.read() as connection:
        for portion in _iter_portions(batches):
            rules = find_rules_of_batches(connection, [one.id for one in portion])
            new = frozenset[str]().union(*rules.values()) - known
            if new:
                known, owned = known | new, owned | find_covered_rules(wiring, connection, scope, new)
            found += [one for one in portion if _is_covered(rules.get(one.id, frozenset()), owned)]
            if len(found) > BATCH_PAGE:
                break
    return found[: BATCH_PAGE + 1]


def _iter_portions(batches: Sequence[PayoutBatch]) -> Iterator[Sequence[PayoutBatch]]:
    """Yield a page of the batches, and then ever larger portions: whoever owns few rules looks through many."""
    start, size = 0, BATCH_PAGE
    while start < len(batches):
        yield batches[start : start + size]
        start, size = start + size, min(size * _GROWTH, _MOST_AT_ONCE)


def _is_covered(rules: frozenset[str], owned: frozenset[str]) -> bool:
    return bool(rules) and rules <= owned


def find_covered_rules(
    wiring: Wiring, connection: Connection, scope: OfficerScope, rules: Iterable[str]
) -> frozenset[str]:
    """Return those rules of which every owner lies in the subtrees."""
    owners = {rule: frozenset(place_of_rule(wiring, connection, rule)) for rule in rules}
    covered = scope.find_covered(connection, frozenset().union(*owners.values()))
    return frozenset(rule for rule, places in owners.items() if places <= covered)
