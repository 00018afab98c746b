"""Join on one's own phone: three steps without an officer, and the session that follows on the same phone."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from core.civil_time import civil_date
from core.faults import Fault, FaultError, raise_faults
from members.joining.request import JoinRequest
from yihui.access.actor import UNKNOWN
from yihui.access.login_throttle import Bucket, count_try, join_bucket, member_bucket, release_try
from yihui.access.member_sessions import (
    WAY_JOIN,
    MemberEndReason,
    OpenedMemberSession,
    end_member_session,
    find_member_session,
    open_member_session,
)
from yihui.access.roles import Right
from yihui.access.session_rows import bind_session, bind_token, is_bound
from yihui.bootstrap import Wiring
from yihui.cases.cards.own import issue_member_card
from yihui.cases.joining.identity import TypedIdentity, enter_code, give_identity, parse_identity
from yihui.cases.joining.joining import confirm_joining, transfer_joining
from yihui.cases.joining.own import withdraw_in
from yihui.cases.joining.requests import (
    JoinPlace,
    JoinStatus,
    begin_joining,
    choose_organisation,
    require_consent,
)
from yihui.services.access.acting import run_act
from yihui.services.access.login_tries import LoginVisit, throttle_key
from yihui.services.access.member_codes import too_many_tries_fault
from yihui.services.access.reach import Reach, open_own_reach
from yihui.services.access.secret_marks import secret_marker

JOINS_PER_HOUR = 20  # requests from one network
_PHONE = "the phone of a request to join"
PROOF_LIFE = timedelta(minutes=30)  # from the beginning of a request to the session that it opens


@dataclass(frozen=True, slots=True)
class PhoneJoin:
    """How far a request has come, and the session that it opened on this phone, if it did."""

    status: JoinStatus
    opened: OpenedMemberSession | None = None


def open_joining_reach(wiring: Wiring, request_id: str | None = None) -> Reach:
    """Return the reach of a person whom nobody knows yet, for the audit log: joining is open to all."""
    now = wiring.now()
    return Reach(UNKNOWN, Right.CHANGE_MEMBERS, civil_date(now), now, None, request_id)


def bind_request(wiring: Wiring, id: str) -> str:
    """Return what a phone holds of its request: the id alone, which stands in the database, goes on with nothing."""
    return bind_token(secret_marker(wiring), id, _PHONE)


def find_bound_request(wiring: Wiring, token: str) -> str:
    """Return the id of the request that a phone began; that of none, which is empty, for what it wasn't given."""
    return token.partition(".")[0] if is_bound(secret_marker(wiring), token, _PHONE) else ""


def begin_phone_joining(
    wiring: Wiring, place: JoinPlace, typed: TypedIdentity, network: str, key: str, reach: Reach
) -> JoinStatus:
    """Do the first two steps; the same key begins one request and sends one code.

    *Raises*: FaultError with all faults, and if this network began too often; JoinRefused; CodeNotSent.
    """
    _check_typed(wiring, place, typed)  # before a request is stored
    _count(wiring, join_bucket(throttle_key(wiring), network, JOINS_PER_HOUR))
    status, _ = begin_joining(wiring, place, key, reach)
    return give_identity(wiring, status.request.id, typed, key, reach)


def _check_typed(wiring: Wiring, place: JoinPlace, typed: TypedIdentity) -> None:
    """Check who joins, and that she agreed to the text that holds where she joins. *Raises*: FaultError with all faults."""
    today, faults = civil_date(wiring.now()), list[Fault]()
    with wiring.database.read() as connection:
        organisation = choose_organisation(connection, place, today)
        for check in (
            lambda: require_consent(connection, organisation, today, typed.consent),
            lambda: parse_identity(typed, today),
        ):
            try:
                check()
            except FaultError as error:
                faults += error.faults
    raise_faults(faults)


def prove_phone_joining(wiring: Wiring, id: str, code: str, visit: LoginVisit, reach: Reach) -> PhoneJoin:
    """Prove the phone, and confirm unless a transfer is the next step. *Raises*: JoinRefused, FaultError.

    Wrong codes count against the network with those of log-ins; beyond its limit no code is looked at.
    """
    bucket = member_bucket(throttle_key(wiring), visit.network)
    _count(wiring, bucket)
    status = enter_code(wiring, id, code, reach)
    with wiring.database.write() as connection:
        release_try(connection, bucket)
    if status.elsewhere is not None:
        return PhoneJoin(status)
    return _end(wiring, confirm_joining(wiring, id, reach), visit)


def _count(wiring: Wiring, bucket: Bucket) -> None:
    """Count a try of a network. *Raises*: FaultError if there were too many."""
    with wiring.database.write() as connection:
        tried = count_try(connection, bucket, wiring.now())
    if tried.is_over:
        raise FaultError(too_many_tries_fault(tried.wait))


def transfer_phone_joining(wiring: Wiring, id: str, visit: LoginVisit, reach: Reach) -> PhoneJoin:
    """Transfer the proven person of a request. *Raises*: JoinRefused, FaultError."""
    return _end(wiring, transfer_joining(wiring, id, reach), visit)


def withdraw_phone_joining(wiring: Wiring, id: str, reach: Reach) -> JoinRequest:
    """Take back the waiting request of this phone. *Raises*: JoinRefused, FaultError."""
    return run_act(wiring, lambda connection: withdraw_in(connection, id, reach))


def _end(wiring: Wiring, status: JoinStatus, visit: LoginVisit) -> PhoneJoin:
    """Open a session for who has just joined here, and give her the card.

    A request that was over before, or begun long ago on a phone that others use, opens none: she logs in.
    """
    request, now = status.ended, wiring.now()
    if request is None or now - request.begun_at > PROOF_LIFE:
        return PhoneJoin(status)
    assert request.member_id is not None
    with wiring.database.write() as connection:
        current = find_member_session(connection, visit.session_token, now)
        if current is not None:
            end_member_session(connection, current.member_id, current.id, MemberEndReason.NEW_LOGIN, now)
        opened = open_member_session(
            connection, request.member_id, way=WAY_JOIN, device=visit.device, now=now
        )
    reach = open_own_reach(wiring, opened.session.actor, Right.CHANGE_MEMBERS)
    with suppress(FaultError):  # she is a member all the same; the card's page says why there is none
        issue_member_card(wiring, request.member_id, reach=reach)
    return PhoneJoin(status, bind_session(secret_marker(wiring), opened))
