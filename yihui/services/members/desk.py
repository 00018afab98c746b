"""Whether a member is one of an officer's own, for pages by hand."""

from core.faults import FaultError
from yihui.bootstrap import Wiring
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.access.reach import unknown_member
from yihui.services.members.organisations import find_member_organisations


def require_covered_member(wiring: Wiring, scope: OfficerScope, member: str) -> str | None:
    """Return the organisation to which a member belongs today; None for one whom nobody placed.

    *Raises*: FaultError for a member outside of the officer's subtrees, the same as for one whom nobody knows.
    """
    with wiring.database.read() as connection:
        organisation = find_member_organisations(connection, [member], scope.day).get(member)
        if scope.is_everywhere:
            return organisation
        if organisation is not None and scope.find_covered(connection, [organisation]):
            return organisation
    raise FaultError(unknown_member(member, "member"))
