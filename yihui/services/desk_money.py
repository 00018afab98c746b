"""Appeals of members of an officer's subtrees."""

from collections.abc import Sequence

from benefits import APPEAL_FAULTS, ActRefused, Appeal, PayoutBatch, list_appeals
from yihui.bootstrap import Wiring
from yihui.services.act_places import place_of_batch
from yihui.services.desk_search import find_covered_members
from yihui.services.officer_scope import OfficerScope

MOST_LISTED = 100


def list_covered_appeals(wiring: Wiring, scope: OfficerScope) -> list[Appeal]:
    """List the appeals that wait for an answer, the earliest first, at most 100."""
    with wiring.database.read() as connection:
        found = list_appeals(connection, waiting=True)
        covered = find_covered_members(connection, scope, {one.member_id for one in found})
    return [one for one in found if one.member_id in covered][:MOST_LISTED]


def require_covered_appeal(wiring: Wiring, scope: OfficerScope, appeal: str) -> str:
    """Return whose appeal it is. *Raises*: ActRefused for one that isn't there, or of another subtree's member."""
    with wiring.database.read() as connection:
        found = list_appeals(connection, appeal_id=appeal)
        covered = find_covered_members(connection, scope, {one.member_id for one in found})
    if not found or found[0].member_id not in covered:
        raise ActRefused(APPEAL_FAULTS.build("unknown", field="appeal", value=appeal[:40]))
    return found[0].member_id


def list_covered_batches(
    wiring: Wiring, scope: OfficerScope, batches: Sequence[PayoutBatch]
) -> Sequence[PayoutBatch]:
    """Return those batches of which the officer may see the money: of whose rules every owner is covered."""
    if scope.is_everywhere:
        return batches
    with wiring.database.read() as connection:
        places = {one.id: frozenset(place_of_batch(wiring, connection, one.id)) for one in batches}
        covered = scope.find_covered(connection, frozenset().union(*places.values()))
    return [one for one in batches if places[one.id] <= covered]
