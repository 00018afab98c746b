"""Which appeals an officer may see, and which wait for an answer."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, select

from benefits import DecisionExplanation, explain_decisions_by_id
from benefits.tables.appeals import appeal_answers, appeals
from yihui.access.roles import Right
from yihui.frame.listing import Looking, RowSlice
from yihui.services.members.organisations import find_covered_members


@dataclass(frozen=True, slots=True)
class ListedAppeal:
    """An appeal of a list, without the member's words, and the decision against which it is."""

    id: str
    member: str
    lodged_on: date
    verdict: str | None
    why: DecisionExplanation


def find_appeals(look: Looking[Any], right: Right = Right.READ_APPLICATIONS) -> RowSlice[ListedAppeal]:
    """Find the appeals of the officer's members: those that wait, the earliest first; others the newest first."""
    asked, scope = look.filter, look.scope(right)
    query = _select(asked.state)
    query = query.where(scope.member_condition(look.connection, appeals.c.member_id))
    if asked.member is not None:
        query = query.where(appeals.c.member_id == asked.member)
    newest = asked.state != "waiting"
    order = appeals.c.recorded_at.desc() if newest else appeals.c.recorded_at
    rows = look.connection.execute(query.order_by(order, appeals.c.number, appeals.c.id)).all()
    covered = find_covered_members(look.connection, scope, {row.member_id for row in rows})
    found = look.cut([row for row in rows if row.member_id in covered])
    why = explain_decisions_by_id(look.connection, [row.decision_id for row in found.rows])
    return found.map(
        lambda row: ListedAppeal(row.id, row.member_id, row.lodged_on, row.verdict, why[row.decision_id])
    )


def _select(state: str) -> Select[Any]:
    """Return a selection of the appeals of a state, with what was answered."""
    one, answer = appeals.c, appeal_answers.c
    query = select(one.id, one.decision_id, one.member_id, one.lodged_on, answer.verdict)
    query = query.select_from(appeals).outerjoin(appeal_answers, answer.appeal_id == one.id)
    if state == "waiting":
        return query.where(answer.appeal_id.is_(None))
    return query.where(answer.appeal_id.is_not(None)) if state == "answered" else query
