"""A member's own membership: what it was and is, her requests, and one that is taken back."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import FaultError
from members import (
    Membership,
    OrganisationSpan,
    compute_memberships,
    facts_on,
    organisation_names,
    read_member_changes,
)
from members.joining.faults import JOINING_FAULTS
from members.joining.repository import find_request, list_member_requests, update_request
from members.joining.request import JoinRequest
from yihui.bootstrap import Wiring
from yihui.cases.joining.requests import OUTSIDE, JoinPlace, choose_organisation, require_organisation
from yihui.services.access.reach import Act, Place, Reach, audit_act


@dataclass(frozen=True, slots=True)
class OwnMembership:
    """What a member's page of her membership shows. ``organisation`` is that of today, None for who is in none."""

    status: str
    organisation: str | None
    memberships: Sequence[Membership]
    requests: Sequence[JoinRequest]
    names: Mapping[str, str]

    @property
    def is_member(self) -> bool:
        return self.status not in OUTSIDE and self.status != "deceased"


def request_mark(request: JoinRequest) -> str:
    """Return what names a request on its person's pages: who knows its id could go on with it."""
    return hashlib.sha256(request.id.encode()).hexdigest()[:16]


def load_own_membership(wiring: Wiring, member: str) -> OwnMembership:
    """Load a member's memberships by days and her confirmed requests, the newest first."""
    with wiring.database.read() as connection:
        changes = read_member_changes(connection, [member])[member]
        facts = facts_on(changes, civil_date(wiring.now()))
        memberships = compute_memberships(changes)[::-1]
        requests = list_member_requests(connection, member)
        codes = {one.organisation for one in memberships} | {one.organisation for one in requests}
        codes |= {one.reviewer for one in requests if one.reviewer}
        names = organisation_names(connection, codes)
    organisation = facts["member.organisation"]
    status = str(facts["member.status"] or "none")
    code = None if organisation is None or status in OUTSIDE else str(organisation)
    return OwnMembership(status, code, memberships, requests, names)


def find_join_organisation(wiring: Wiring, place: JoinPlace) -> OrganisationSpan:
    """Return the organisation of a scanned code, or of a chosen one. *Raises*: FaultError."""
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        code = choose_organisation(connection, place, today)
        return require_organisation(connection, code, today)


def withdraw_in(connection: Connection, id: str, reach: Reach) -> JoinRequest:
    """Take a waiting request back in the caller's transaction; again changes nothing. *Raises*: JoinRefused, FaultError."""
    request = find_request(connection, id, lock=True)
    if request is None:
        raise FaultError(JOINING_FAULTS.build("own_unknown"))
    if request.state == "withdrawn":
        return request
    after = request.withdraw(reach.now)
    update_request(connection, after)
    audit_request(connection, reach, request, "withdraw_join")
    return after


def audit_request(connection: Connection, reach: Reach, request: JoinRequest, act: str) -> None:
    """Append what was done to a request to the audit log, in the transaction of the act."""
    audit_act(connection, reach, Place(request.organisation), Act(act, "join_request", request_mark(request)))
