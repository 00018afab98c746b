"""Authorise an act: ask what the actor's roles allow for an organisation, as the tree stands today."""

from collections.abc import Sequence

from sqlalchemy import Connection

from core.faults import Fault, FaultError, raise_faults
from yihui.access.acting import note_permission
from yihui.access.actor import Actor
from yihui.access.authorisation import authorise_at
from yihui.access.decide import TRUSTED_KINDS, Decision, decide_login, refusal_fault
from yihui.access.roles import Right
from yihui.bootstrap import Wiring


def authorise(
    wiring: Wiring, connection: Connection, actor: Actor | None, right: Right, organisation: str | None
) -> Decision:
    """Return the decision that allows an act; ``organisation`` None stands for a list of one's own subtrees.

    *Raises*: FaultError if the actor may not.
    """
    decision = authorise_at(connection, actor, right, organisation, wiring.now())
    note_permission(right, organisation, decision.by)
    return decision


def require_fresh_login(wiring: Wiring, actor: Actor, right: Right) -> None:
    """Refuse an act that a browser left open must not do, where its right alone needs no fresh log-in.

    An account that doesn't count yet is refused as by ``authorise``. *Raises*: FaultError.
    """
    if actor.kind in TRUSTED_KINDS:
        return
    decision = decide_login(actor, right, wiring.now(), is_fresh_needed=True)
    if decision.refusal is not None:
        raise FaultError(refusal_fault(decision, right))


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
    raise_faults(refused)
    return decision


def authorise_actor(wiring: Wiring, actor: Actor | None, right: Right, organisation: str | None) -> Decision:
    """Return the decision that allows an act, before the act's own transaction. *Raises*: FaultError."""
    with wiring.database.read() as connection:
        return authorise(wiring, connection, actor, right, organisation)
