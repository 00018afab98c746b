"""Judge an actor by the roles and the tree in the database, and judge again within each transaction of an act.

The door asks before the act waits for its turn to write. Each transaction of the act asks again when it begins:
the database's wiring calls `authorise_again`, so that no service has to (decision 0058).
"""

from datetime import date, datetime

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import FaultError
from members.organisations.storage import load_lineages
from yihui.access.acting import Acting, ActStage, current_stage, note_stage
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.decide import AUTHORISATION_FAULTS, TRUSTED_KINDS, Decision, Refusal, decide, refusal_fault
from yihui.access.member_sessions import find_member_session_by_id
from yihui.access.roles import Right
from yihui.access.second_person import TwoStepTerms
from yihui.access.sessions import find_session_by_id, load_actor


def authorise_at(
    connection: Connection, actor: Actor | None, right: Right, organisation: str | None, now: datetime
) -> Decision:
    """Return the decision that allows an act at an instant; ``organisation`` None stands for any of one's own.

    *Raises*: FaultError if the actor may not.
    """
    day = civil_date(now)
    lineage = (
        None if organisation is None else load_lineages(connection, [organisation]).lineage(organisation, day)
    )
    decision = decide(actor, right, lineage, day, now)
    if decision.refusal is not None:
        raise FaultError(refusal_fault(decision, right, organisation or ""))
    return decision


def authorise_again(
    connection: Connection, acting: Acting, now: datetime, terms: TwoStepTerms, *, locks: bool = True
) -> None:
    """Ask again, within a transaction of an act, whether its actor still may what the door allowed.

    The session must not have ended, and the actor must still have every role that counted when the door
    decided. The first transaction of an act also asks for the age of the session and of the log-in, and for the
    places as the tree stands now: an act that takes long, or changes the tree, is not stopped half-way by them.
    With ``locks``, who ends the session or withdraws a role waits for the end of this transaction.

    *Raises*: FaultError; nothing of the transaction is stored.
    """
    stage = current_stage()
    if acting.actor.kind in TRUSTED_KINDS or stage is ActStage.DONE:
        return
    is_first = stage is ActStage.ALLOWED
    actor = _load_again(connection, acting.actor, now, terms, is_first=is_first, locks=locks)
    _require_same_roles(acting, actor, civil_date(now))
    if is_first:
        for right, organisation in list(acting.permissions):
            authorise_at(connection, actor, right, organisation, now)
    note_stage(ActStage.BEGUN)


def _load_again(
    connection: Connection, actor: Actor, now: datetime, terms: TwoStepTerms, *, is_first: bool, locks: bool
) -> Actor:
    if actor.session is None:  # named by the site's `actor_finder`, with the days of the roles
        return actor
    if actor.kind is ActorKind.MEMBER:
        own = find_member_session_by_id(connection, actor.session, locks=locks)
        if own is None or own.member_id != actor.id or (is_first and own.is_over(now)):
            raise FaultError(AUTHORISATION_FAULTS.build(Refusal.NOT_LOGGED_IN))
        return own.actor
    session = find_session_by_id(connection, actor.session, locks=locks)
    if session is None or session.officer_id != actor.id or (is_first and session.is_over(now)):
        raise FaultError(AUTHORISATION_FAULTS.build(Refusal.NOT_LOGGED_IN))
    return load_actor(connection, session, now, terms, locks=locks)


def _require_same_roles(acting: Acting, actor: Actor, today: date) -> None:
    """*Raises*: FaultError unless the actor still has every role that counted on the day of the door's decision."""
    still = {_role(one) for one in actor.assignments if one.holds(today)}
    for one in acting.actor.assignments:
        if one.holds(acting.day) and _role(one) not in still:
            raise FaultError(AUTHORISATION_FAULTS.build("role_lost", organisation=one.organisation))


def _role(one: Assignment) -> tuple[str, str, str | None]:
    return one.role.value, one.organisation, one.deputy_of
