"""A member's own membership: what it was and is, her requests, a transfer in one step, and leaving."""

import hashlib
import secrets
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
from members.joining.repository import (
    find_request,
    find_request_by_key,
    insert_request,
    list_member_requests,
    store_person,
    update_request,
)
from members.joining.request import REQUEST_LIFE, JoinRequest, hash_text
from members.standing import MembershipAct
from yihui.access.acting import state_act
from yihui.bootstrap import Wiring
from yihui.cases.members.calls import record_membership_act
from yihui.services.access.acting import run_act
from yihui.services.access.reach import Act, Place, Reach, audit_act, require_member
from yihui.services.joining.joining import (
    lock_person,
    require_transferable,
    reviews_transfers,
    transfer_member,
    wait_for_review,
)
from yihui.services.joining.requests import (
    OUTSIDE,
    JoinPlace,
    choose_organisation,
    joining_key,
    mark_proof,
    read_known_person,
    require_joining_vault,
    require_organisation,
)
from yihui.services.ledger.sealing import seal_pending


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


def transfer_own_membership(wiring: Wiring, place: JoinPlace, reach: Reach, request_key: str) -> JoinRequest:
    """Transfer the member who is logged in to another organisation, or let that one review it first.

    The log-in proves who she is, so that no code and no officer has to. The same key acts once.

    *Raises*: JoinRefused if there is nothing to transfer, or she waits for this organisation already; FaultError.
    """
    member, now, vault = reach.actor.id, reach.now, require_joining_vault(wiring)
    assert reach.member == member, "others' transfers are officers' acts"
    begin_key = hash_text(joining_key(wiring), "own transfer", member, request_key)

    def work(connection: Connection) -> JoinRequest:
        known = find_request_by_key(connection, begin_key)
        if known is not None:
            return known
        organisation = choose_organisation(connection, place, civil_date(now))
        state_act("member", member, organisation=organisation)
        for one in list_member_requests(connection, member):
            if one.state == "waiting" and one.organisation == organisation:
                one.require_unconfirmed()
        via = "scan" if place.token else "organisation"
        request = JoinRequest(
            secrets.token_hex(16), organisation, via, now, now + REQUEST_LIFE, "proven", member
        )
        person = read_known_person(wiring, connection, member)
        request = mark_proof(wiring, request, person)
        insert_request(connection, request, begin_key)
        store_person(connection, vault.keys.newest, request.id, person)
        standing = lock_person(wiring, connection, request, now)
        require_transferable(connection, standing, request)
        _audit(connection, reach, request, "transfer_join")
        if reviews_transfers(connection, organisation):
            wait_for_review(wiring, connection, request, "review", now)
        else:
            transfer_member(wiring, connection, request, standing, now)
            update_request(connection, request.succeed("transferred", now))
        found = find_request(connection, request.id)
        assert found is not None, "it was stored just now"
        return found

    done = run_act(wiring, work)
    seal_pending(wiring)
    return done


def withdraw_own_request(wiring: Wiring, mark: str, reach: Reach) -> JoinRequest:
    """Take back a waiting request of the member's own. *Raises*: FaultError if there is none; JoinRefused if it is over."""

    def work(connection: Connection) -> JoinRequest:
        own = [one for one in list_member_requests(connection, reach.actor.id) if request_mark(one) == mark]
        if not own:
            raise FaultError(JOINING_FAULTS.build("own_unknown"))
        state_act("member", reach.actor.id, organisation=own[0].organisation)
        return withdraw_in(connection, own[0].id, reach)

    return run_act(wiring, work)


def withdraw_in(connection: Connection, id: str, reach: Reach) -> JoinRequest:
    """Take a waiting request back in the caller's transaction; again changes nothing. *Raises*: JoinRefused, FaultError."""
    request = find_request(connection, id, lock=True)
    if request is None:
        raise FaultError(JOINING_FAULTS.build("own_unknown"))
    if request.state == "withdrawn":
        return request
    after = request.withdraw(reach.now)
    update_request(connection, after)
    _audit(connection, reach, request, "withdraw_join")
    return after


def leave_union(wiring: Wiring, reach: Reach) -> None:
    """End the membership of the member who is logged in, today. *Raises*: FaultError if she is in none."""
    member = reach.actor.id

    def work(connection: Connection) -> None:
        place = require_member(connection, reach, member)
        act = MembershipAct("leave", member, reach.day, member)
        after = record_membership_act(wiring, connection, act, reach.now)
        audit_act(connection, reach, place, Act(act.kind, "member", member, after=after))

    run_act(wiring, work)
    seal_pending(wiring)


def _audit(connection: Connection, reach: Reach, request: JoinRequest, act: str) -> None:
    audit_act(connection, reach, Place(request.organisation), Act(act, "join_request", request_mark(request)))
