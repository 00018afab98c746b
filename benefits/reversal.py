"""Taking back what was issued wrongly: one recorded act, new transactions, nothing updated or deleted.

Slots go back to the limits, and quotas, budgets and caps get back what each grant had used of them.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from pydantic_core import from_json
from sqlalchemy import Connection, bindparam, delete, insert, select

from benefits.acts import Deed, Officer, alone, record_act
from benefits.messages import BenefitReversed
from benefits.rulebook_tables import freed_slots, reversals, rule_acts
from benefits.tables import counters, decisions, grants, limit_slots, postings
from store import outbox

_AT_ONCE = 500
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is to be taken back of a rule: what a version granted, and (or) what occurred in some days."""

    rule_id: str
    version: str | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Reversed:
    """What an act took back; ``act`` is None where nothing was left to take back."""

    act: int | None
    grants: int
    members: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Taken:
    """One grant to be taken back. ``uses`` is what it had used of the counters."""

    id: str
    member_id: str
    amount_fen: int
    uses: dict[str, int] = field(default_factory=dict)

    @property
    def reversal_id(self) -> str:
        """The same grant gives the same id: it can't be taken back twice."""
        return hashlib.sha256(f"reversal\0{self.id}".encode()).hexdigest()[:40]


def reverse(connection: Connection, officer: Officer, wrong: Wrong) -> Reversed:
    """Take back all that is wrong and still stands; repeated it finds nothing and changes nothing.

    *Raises*: ActRefused without a reason.
    """
    officer.with_reason()
    alone(connection)
    taken = to_take_back(connection, wrong)
    if not taken:
        return Reversed(None, 0, 0, 0)
    result = Reversed(None, len(taken), len({t.member_id for t in taken}), sum(t.amount_fen for t in taken))
    act = record_act(connection, officer, _deed(wrong, result))
    _give_back(connection, taken)
    for portion in _portions(taken):
        _post(connection, officer, act, portion)
        _free_slots(connection, portion)
        _tell(connection, officer, wrong.rule_id, portion)
    return Reversed(act, result.grants, result.members, result.amount_fen)


def to_take_back(connection: Connection, wrong: Wrong) -> list[Taken]:
    """The grants that are meant and were not taken back yet, by id."""
    query = (
        select(
            grants.c.id,
            grants.c.decision_id,
            grants.c.member_id,
            grants.c.amount_fen,
            decisions.c.explanation,
        )
        .join(decisions, decisions.c.id == grants.c.decision_id)
        .outerjoin(reversals, reversals.c.grant_id == grants.c.id)
        .where(grants.c.rule_id == wrong.rule_id, reversals.c.id.is_(None))
        .order_by(grants.c.id)
    )
    if wrong.version:
        query = query.where(decisions.c.rule_hash == wrong.version)
    if wrong.since:
        query = query.where(grants.c.granted_on >= wrong.since)
    if wrong.until:
        query = query.where(grants.c.granted_on <= wrong.until)
    return [
        Taken(id_, member, amount_fen, from_json(explanation)["uses"] if id_ == decision_id else {})
        for id_, decision_id, member, amount_fen, explanation in connection.execute(query)
    ]


def _deed(wrong: Wrong, result: Reversed) -> Deed:
    detail = {
        "since": wrong.since.isoformat() if wrong.since else None,
        "until": wrong.until.isoformat() if wrong.until else None,
        "grants": result.grants,
        "members": result.members,
        "amount_fen": result.amount_fen,
    }
    return Deed("reversed", wrong.rule_id, wrong.version, None, detail)


def _give_back(connection: Connection, taken: Iterable[Taken]) -> None:
    """Under lock and in the order of keys, as every batch takes them."""
    back: Counter[str] = Counter()
    for grant in taken:
        back.update(grant.uses)
    wanted = sorted(key for key, amount in back.items() if amount)
    for keys in _portions(wanted):
        locked = select(counters.c.key).where(counters.c.key.in_(keys)).order_by(counters.c.key)
        connection.execute(locked.with_for_update()).all()
        lowered = (
            counters.update()
            .where(counters.c.key == bindparam("key_"))
            .values(used=counters.c.used - bindparam("back"))
        )
        connection.execute(lowered, [{"key_": key, "back": back[key]} for key in keys])


def _post(connection: Connection, officer: Officer, act: int, portion: Sequence[Taken]) -> None:
    """The same lines with the other sign, as a transaction of their own."""
    connection.execute(
        insert(reversals),
        [{"id": t.reversal_id, "grant_id": t.id, "act": act, "recorded_at": officer.at} for t in portion],
    )
    by_grant = {t.id: t.reversal_id for t in portion}
    lines = connection.execute(
        select(postings)
        .where(postings.c.transaction_id.in_(list(by_grant)))
        .order_by(postings.c.transaction_id, postings.c.line)
    ).all()
    mirrored = [
        {
            "transaction_id": by_grant[line.transaction_id],
            "line": line.line,
            "account": line.account,
            "amount": -line.amount,
            "unit": line.unit,
            "recorded_at": officer.at,
        }
        for line in lines
    ]
    if mirrored:
        connection.execute(insert(postings), mirrored)


def _free_slots(connection: Connection, portion: Sequence[Taken]) -> None:
    ids = [t.id for t in portion]
    held = connection.execute(
        select(limit_slots.c.limit_key, limit_slots.c.slot, limit_slots.c.grant_id).where(
            limit_slots.c.grant_id.in_(ids)
        )
    ).mappings()
    rows = [dict(row) for row in held]
    if rows:
        connection.execute(insert(freed_slots), rows)
        connection.execute(delete(limit_slots).where(limit_slots.c.grant_id.in_(ids)))


def _tell(connection: Connection, officer: Officer, rule_id: str, portion: Sequence[Taken]) -> None:
    connection.execute(
        insert(outbox),
        [
            {
                "id": t.reversal_id,
                "key": t.member_id,
                "type": "benefit.reversed",
                "data": BenefitReversed(rule=rule_id, grant=t.id, reason=officer.reason).model_dump_json(
                    exclude_none=True
                ),
                "recorded_at": officer.at,
            }
            for t in portion
        ],
    )


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Why and when a grant was taken back."""

    grant_id: str
    on: date
    reason: str


def taken_back(connection: Connection, member_id: str) -> Iterator[TakenBack]:
    """The grants of a member that were taken back."""
    query = (
        select(reversals.c.grant_id, rule_acts.c.day, rule_acts.c.reason)
        .join(rule_acts, rule_acts.c.sequence == reversals.c.act)
        .join(grants, grants.c.id == reversals.c.grant_id)
        .where(grants.c.member_id == member_id)
        .order_by(reversals.c.grant_id)
    )
    for row in connection.execute(query):
        yield TakenBack(row.grant_id, row.day, row.reason)


def _portions(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for first in range(0, len(items), _AT_ONCE):
        yield items[first : first + _AT_ONCE]
