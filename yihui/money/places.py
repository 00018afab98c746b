"""Whose money it is: the owners of the rules by which it is paid, for all of which an officer needs the right."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.frame.listing import Looking
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.access.rule_owners import find_version_owners


def find_rule_owners(
    wiring: Wiring, connection: Connection, rules: Iterable[str]
) -> Mapping[str, frozenset[str]]:
    """Return who owns each rule, also by what waits for approval; of one that isn't in force the whole union does too."""
    return find_version_owners(wiring, connection, [*rules], unless_in_force=[PROVINCE_CODE])


def find_covered_rules(
    wiring: Wiring, connection: Connection, scope: OfficerScope, rules: Iterable[str]
) -> frozenset[str]:
    """Return those rules of which every owner lies in the subtrees."""
    owners = find_rule_owners(wiring, connection, rules)
    covered = scope.find_covered(connection, frozenset().union(*owners.values()))
    return frozenset(rule for rule, places in owners.items() if places <= covered)


def find_paid_rules(look: Looking[Any], right: Right) -> frozenset[str] | None:
    """Return the rules for every owner of which the officer who looks holds a right.

    None: all, with those that the library doesn't have any more, which belong to the whole union.
    """
    scope = look.scope(right)
    if scope.find_covered(look.connection, [PROVINCE_CODE]):
        return None
    known = {rule.id for rule in look.wiring.rulebook.in_force(look.connection).rules}
    return find_covered_rules(look.wiring, look.connection, scope, known)
