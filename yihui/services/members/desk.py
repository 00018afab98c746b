"""Members for the officers' pages: a list page by page, and the data of one, in the officer's subtrees alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from core.faults import FaultError
from members import organisation_names
from members.tables import memberships
from yihui.bootstrap import Wiring
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.access.reach import unknown_member
from yihui.services.members.organisations import find_member_organisations, holds_on

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class ListedMember:
    """A member of today in a list."""

    id: str
    organisation: str
    status: str
    since: date


@dataclass(frozen=True, slots=True)
class MemberPage:
    """One page of a list of members; ``after`` is the last id if there are more."""

    members: Sequence[ListedMember]
    names: Mapping[str, str]
    after: str | None


def load_member_page(
    wiring: Wiring, scope: OfficerScope, organisation: str, beginning: str, after: str
) -> MemberPage:
    """Load one page of the members of today, by id: of one organisation, or all of the officer's."""
    one = memberships.c
    query = select(one.member_id, one.organisation, one.status, one.since).where(holds_on(scope.day))
    if after:
        query = query.where(one.member_id > after)
    if beginning:
        query = query.where(one.member_id >= beginning, one.member_id < beginning + "\U0010ffff")
    if organisation:
        query = query.where(one.organisation == organisation)
    with wiring.database.read() as connection:
        query = query.where(scope.organisation_condition(connection, one.organisation))
        rows = connection.execute(query.order_by(one.member_id).limit(PAGE_SIZE + 1)).all()
        shown = [ListedMember(r.member_id, r.organisation, r.status, r.since) for r in rows[:PAGE_SIZE]]
        names = organisation_names(connection, {member.organisation for member in shown})
    return MemberPage(shown, names, shown[-1].id if len(rows) > PAGE_SIZE else None)


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
