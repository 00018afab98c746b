"""Acts that wait for a second person, as stored."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from store import update_row_if_matched
from yihui.access.tables import pending_acts

BUDGETS_LOCK = "budgets"  # taken before a budget is compared with what it was


class PendingKind(StrEnum):
    BUDGET_RAISE = "budget_raise"
    STOP_LIFT = "stop_lift"
    MASS_REVERSAL = "mass_reversal"


PENDING_ACT_FAULTS = FaultTable(
    "pending_act",
    {
        "unknown": (N_("nothing waits under the number {value}"), N_("what waits: yihui approvals list")),
        "decided": (
            N_("number {value} was decided already, by {who}"),
            N_("see it with: yihui approvals list --all"),
        ),
        "waits": (
            N_("the same waits already for a second person, under the number {value}"),
            N_("let a colleague confirm or refuse it: yihui approvals confirm {value}"),
        ),
        "outdated": (
            N_("number {value} was proposed for another state: {then} then, {now} now"),
            N_("refuse it, and propose it again: yihui approvals refuse {value}"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class PendingAct:
    """An act that was proposed. ``terms`` hold what it will do, and the state that it was proposed for."""

    number: int
    kind: PendingKind
    object_id: str
    terms: Mapping[str, Any]
    reason: str
    proposed_by: str
    proposed_at: datetime
    state: str = "waiting"
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision_reason: str | None = None


def propose_pending_act(
    connection: Connection, kind: PendingKind, object_id: str, terms: Mapping[str, Any],
    proposed: tuple[str, str, datetime],
) -> PendingAct:  # fmt: skip
    """Store a proposal of an officer, with the reason and the time. *Raises*: FaultError if the same waits."""
    who, reason, now = proposed
    c = pending_acts.c
    same = select(c.number).where(c.kind == kind.value, c.object_id == object_id, c.state == "waiting")
    there = connection.execute(same).scalar_one_or_none()
    if there is not None:
        raise FaultError(PENDING_ACT_FAULTS.build("waits", value=there))
    row = {
        "kind": kind.value,
        "object_id": object_id,
        "terms": json.dumps(dict(terms), ensure_ascii=False, sort_keys=True, default=str),
        "reason": reason,
        "proposed_by": who,
        "proposed_at": now,
        "state": "waiting",
    }
    number = connection.execute(insert(pending_acts).values(row).returning(c.number)).scalar_one()
    return PendingAct(int(number), kind, object_id, terms, reason, who, now)


def load_waiting_act(connection: Connection, number: int) -> PendingAct:
    """Return an act that waits. *Raises*: FaultError if there is none, or it was decided."""
    row = connection.execute(select(pending_acts).where(pending_acts.c.number == number)).one_or_none()
    if row is None:
        raise FaultError(PENDING_ACT_FAULTS.build("unknown", field="NUMBER", value=number))
    found = _pending(row)
    if found.state != "waiting":
        raise decided_already(found)
    return found


def decided_already(act: PendingAct) -> FaultError:
    """Return the refusal of a second decision."""
    return FaultError(
        PENDING_ACT_FAULTS.build("decided", field="NUMBER", value=act.number, who=act.decided_by or "…")
    )


def list_pending_acts(connection: Connection, *, all_: bool = False) -> list[PendingAct]:
    """List the acts that wait, or all that were ever proposed, the earliest first."""
    query = select(pending_acts).order_by(pending_acts.c.number)
    rows = connection.execute(query if all_ else query.where(pending_acts.c.state == "waiting"))
    return [_pending(row) for row in rows]


def decide_pending_act(
    connection: Connection, number: int, state: str, who: str, reason: str, now: datetime
) -> bool:
    """Record the decision; return False if another transaction decided meanwhile."""
    c = pending_acts.c
    return update_row_if_matched(
        connection,
        pending_acts.update()
        .where(c.number == number, c.state == "waiting")
        .values(state=state, decided_by=who, decided_at=now, decision_reason=reason),
    )


def _pending(row: Row[Any]) -> PendingAct:
    return PendingAct(
        row.number,
        PendingKind(row.kind),
        row.object_id,
        json.loads(row.terms),
        row.reason,
        row.proposed_by,
        row.proposed_at,
        row.state,
        row.decided_by,
        row.decided_at,
        row.decision_reason,
    )
