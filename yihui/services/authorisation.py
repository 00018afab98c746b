"""Authorise an act: ask what the actor's roles allow for an organisation, as the tree stands today."""

from collections.abc import Sequence

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import Fault, FaultError
from members.organisations.storage import load_lineages
from yihui.access.acting import note_permission
from yihui.access.actor import Actor
from yihui.access.decide import STEP_UP, TRUSTED_KINDS, Decision, Refusal, decide, is_fresh
from yihui.access.faults import AUTHORISATION_FAULTS
from yihui.access.roles import Right
from yihui.bootstrap import Wiring


def authorise(
    wiring: Wiring, connection: Connection, actor: Actor | None, right: Right, organisation: str | None
) -> Decision:
    """Return the decision that allows an act; ``organisation`` None stands for a list of one's own subtrees.

    *Raises*: FaultError if the actor may not.
    """
    now = wiring.now()
    day = civil_date(now)
    lineage = (
        None if organisation is None else load_lineages(connection, [organisation]).lineage(organisation, day)
    )
    decision = decide(actor, right, lineage, day, now)
    if decision.refusal is not None:
        raise FaultError(refusal_fault(decision, right, organisation or ""))
    note_permission(right, organisation, decision.by)
    return decision


def refusal_fault(decision: Decision, right: Right, organisation: str = "") -> Fault:
    """Return why somebody may not do what a right names, for one organisation if it is named."""
    return AUTHORISATION_FAULTS.build(
        decision.refusal or Refusal.NO_ROLE,
        organisation=organisation,
        right=right.value,
        minutes=int(STEP_UP.total_seconds() // 60),
    )


def require_fresh_login(wiring: Wiring, actor: Actor, right: Right) -> None:
    """Refuse an act that a browser left open must not do, where its right alone needs no fresh log-in.

    *Raises*: FaultError.
    """
    if actor.kind not in TRUSTED_KINDS and not is_fresh(actor, wiring.now()):
        raise FaultError(refusal_fault(Decision(Refusal.STEP_UP), right))


def authorise_everywhere(
    wiring: Wiring, actor: Actor, right: Right, organisations: Sequence[str | None]
) -> Decision:
    """Return the decision that allows an act which concerns several organisations; all must allow it.

    Those who need no role need no database either. *Raises*: FaultError with every refusal.
    """
    if actor.kind in TRUSTED_KINDS:
        return Decision()
    decision, refused = Decision(), list[Fault]()
    with wiring.database.read() as connection:
        for organisation in dict.fromkeys(organisations):
            try:
                decision = authorise(wiring, connection, actor, right, organisation)
            except FaultError as error:
                refused += error.faults
    if refused:
        raise FaultError(refused)
    return decision


def authorise_actor(wiring: Wiring, actor: Actor | None, right: Right, organisation: str | None) -> Decision:
    """Return the decision that allows an act, before the act's own transaction. *Raises*: FaultError."""
    with wiring.database.read() as connection:
        return authorise(wiring, connection, actor, right, organisation)
