"""Authorise an act: ask what the actor's roles allow for an organisation, as the tree stands today."""

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import FaultError
from members.organisations.storage import load_lineages
from yihui.access.actor import Actor
from yihui.access.decide import STEP_UP, Decision, decide
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
        raise FaultError(
            AUTHORISATION_FAULTS.build(
                decision.refusal,
                organisation=organisation or "",
                right=right.value,
                minutes=int(STEP_UP.total_seconds() // 60),
            )
        )
    return decision
