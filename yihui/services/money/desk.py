"""Reversals and debts of an officer's subtrees."""

from benefits import Debt, list_debts
from yihui.access.pending_acts import PendingAct, PendingKind, list_pending_acts
from yihui.bootstrap import Wiring
from yihui.money.places import find_covered_rules
from yihui.services.access.officer_scope import OfficerScope

MOST_LISTED = 50
MOST_DEBTS = 20  # each with two forms; the page counts all, and shows those of one member


def list_covered_debts(
    wiring: Wiring, scope: OfficerScope, member: str | None, *, open_only: bool
) -> list[Debt]:
    """List what the rules of the subtrees clawed back, the earliest first, of one member or of all."""
    with wiring.database.read() as connection:
        found = list_debts(connection, member_id=member, open_only=open_only)
        covered = find_covered_rules(wiring, connection, scope, {one.rule_id for one in found})
    return [one for one in found if one.rule_id in covered]


def list_covered_reversals(wiring: Wiring, scope: OfficerScope) -> list[PendingAct]:
    """List the reversals of many grants that were proposed for rules of the subtrees, the newest first."""
    with wiring.database.read() as connection:
        acts = list_pending_acts(connection, all_=True)
        found = [one for one in acts if one.kind is PendingKind.MASS_REVERSAL]
        covered = find_covered_rules(wiring, connection, scope, {one.object_id for one in found})
    return [one for one in reversed(found) if one.object_id in covered][:MOST_LISTED]
