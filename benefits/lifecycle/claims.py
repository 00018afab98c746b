"""Grants that must be claimed: claimed once, or lapsed on the day after; what lapses is given back whole.

All parts of a benefit are claimed together. What was issued counts as claimed. A grant that lapses gives
back its slots, its place, its part of caps and budgets: whoever waits can have them.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pydantic_core import from_json
from sqlalchemy import Connection, delete, insert, select

from benefits.ledger.positions import GrantTerms, Positions, at_first, lock, terms_of
from benefits.ledger.posting import post_all
from benefits.lifecycle.release import free_slots, lock_counters, lower_counters
from benefits.messages.outbox import Ended, told_of_end
from benefits.messages.payloads import BenefitClaimed
from benefits.model.accounts import COUNTED_BY_WORTH
from benefits.model.move_refusals import NotAllowed
from benefits.model.moves import Move
from benefits.rulebook.book import enter
from benefits.sealing.queue import to_seal
from benefits.tables.decisions import decisions, grants
from benefits.tables.draws import claim_slots, claims, lapses
from benefits.tables.reversed import is_taken_back
from store import outbox

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Claimed:
    """A benefit that was claimed; ``is_new`` is false where it was before, or needs no claim."""

    decision_id: str
    member_id: str
    rule_id: str
    claimed_on: date | None
    is_new: bool


def claim(
    connection: Connection, grant_id: str, now: datetime, today: date, member_id: str | None = None
) -> Claimed:
    """Claim a benefit by the id of any of its parts; repeated it changes nothing.

    *Raises*: NotAllowed: unknown, foreign, void, lapsed.
    """
    grant = connection.execute(select(grants).where(grants.c.id == grant_id)).mappings().one_or_none()
    if grant is None:
        raise NotAllowed("unknown", grant=grant_id)
    if member_id is not None and grant["member_id"] != member_id:
        raise NotAllowed("foreign", grant=grant_id)
    enter(connection)
    decision_id = grant["decision_id"]
    slot = _slot(connection, decision_id)
    if slot is None or today > slot:
        return _not_now(connection, decision_id, grant["member_id"], grant["rule_id"], slot)
    connection.execute(insert(claims).values(decision_id=decision_id, claimed_on=today, recorded_at=now))
    connection.execute(delete(claim_slots).where(claim_slots.c.decision_id == decision_id))
    to_seal(connection, {"claims": [decision_id]}, now)
    told = BenefitClaimed(rule=grant["rule_id"], grant=decision_id, claimed_on=today)
    row = {
        "id": f"claim-{decision_id}",
        "key": grant["member_id"],
        "type": "benefit.claimed",
        "data": told.model_dump_json(),
        "recorded_at": now,
    }
    connection.execute(insert(outbox), row)
    return Claimed(decision_id, grant["member_id"], grant["rule_id"], today, True)


def _slot(connection: Connection, decision_id: str) -> date | None:
    """Until when it must be claimed, locked against whoever lets it lapse; None where it needs none any more."""
    query = select(claim_slots.c.claim_by).where(claim_slots.c.decision_id == decision_id)
    return connection.execute(query.with_for_update()).scalar()


def _not_now(
    connection: Connection, decision_id: str, member_id: str, rule_id: str, claim_by: date | None
) -> Claimed:
    """What to say where nothing can be claimed, or nothing must."""
    if claim_by is None and is_void(connection, decision_id):
        raise NotAllowed("void")
    lapsed = select(lapses.c.lapsed_on).where(lapses.c.grant_id == decision_id)
    lapsed_on = connection.execute(lapsed).scalar()
    if claim_by is not None or lapsed_on is not None:
        last = claim_by or (lapsed_on or date.min) - timedelta(days=1)
        raise NotAllowed("lapsed", day=last.isoformat())
    claimed = select(claims.c.claimed_on).where(claims.c.decision_id == decision_id)
    return Claimed(decision_id, member_id, rule_id, connection.execute(claimed).scalar(), False)


def is_void(connection: Connection, decision_id: str) -> bool:
    """Whether it was taken back (not: lapsed)."""
    from benefits.tables.rulebook import reversals

    query = select(reversals.c.id).where(reversals.c.grant_id == decision_id)
    return connection.execute(query).scalar() is not None


@dataclass(frozen=True, slots=True)
class Lapsed:
    """Benefits that lapsed in one step; ``looked_at`` counts all that were due, None left where it is 0."""

    looked_at: int
    decisions: tuple[str, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Due:
    """A benefit whose last day to be claimed is over."""

    id: str
    claim_by: date
    uses: dict[str, int]
    parts: tuple[GrantTerms, ...]


def lapse(connection: Connection, now: datetime, today: date) -> Lapsed:
    """Let what nobody claimed lapse, some hundreds at a time, as of the day after the last to claim.

    Lock order: claim slots, balances, counters (see ``benefits.ledger.posting``).
    """
    enter(connection)
    due = _due(connection, today)
    standing = lock(connection, {part.id: part for one in due for part in one.parts})
    lock_counters(connection, [one.uses for one in due])
    lapsing = [one for one in due if one.parts and _is_untouched(one.parts, standing)]
    lower_counters(connection, [one.uses for one in lapsing])
    free_slots(connection, [one.id for one in lapsing])
    _expire(connection, lapsing, now)
    if due:
        ids = [one.id for one in due]
        connection.execute(delete(claim_slots).where(claim_slots.c.decision_id.in_(ids)))
    rules = sorted({str(part.rule_id) for one in lapsing for part in one.parts})
    return Lapsed(len(due), tuple(one.id for one in lapsing), tuple(rules))


def _due(connection: Connection, today: date) -> list[_Due]:
    query = (
        select(claim_slots.c.decision_id, claim_slots.c.claim_by, decisions.c.explanation)
        .join(decisions, decisions.c.id == claim_slots.c.decision_id)
        .where(claim_slots.c.claim_by < today)
        .order_by(claim_slots.c.claim_by, claim_slots.c.decision_id)
        .limit(AT_ONCE)
        .with_for_update(of=claim_slots)
    )
    rows = connection.execute(query).all()
    parts = _parts(connection, [row.decision_id for row in rows])
    return [
        _Due(
            row.decision_id,
            row.claim_by,
            from_json(row.explanation)["uses"],
            tuple(part for part in parts if part.decision_id == row.decision_id),
        )
        for row in rows
    ]


def _parts(connection: Connection, decision_ids: Collection[str]) -> list[GrantTerms]:
    """The grants of some decisions that stand."""
    query = select(grants.c.id).where(
        grants.c.decision_id.in_(decision_ids), ~is_taken_back(grants.c.decision_id)
    )
    found = terms_of(connection, connection.execute(query).scalars().all())
    return [found[id_] for id_ in sorted(found)]


def _is_untouched(parts: Iterable[GrantTerms], standing: Positions) -> bool:
    """Whether nothing happened since the promise: nothing issued, used or voided."""
    return all(standing[part.id] == at_first(part) for part in parts)


def _expire(connection: Connection, lapsing: Sequence[_Due], now: datetime) -> None:
    if not lapsing:
        return
    days = {part.id: one.claim_by + timedelta(days=1) for one in lapsing for part in one.parts}
    rows = [{"grant_id": id_, "lapsed_on": day, "recorded_at": now} for id_, day in sorted(days.items())]
    connection.execute(insert(lapses), rows)
    moves = [
        Move(
            "expire",
            part.id,
            None,
            "promised",
            "expired",
            f"lapse\0{part.id}",
            days[part.id],
            reason="unclaimed",
        )
        for one in lapsing
        for part in one.parts
        if part.amount_fen or part.kind not in COUNTED_BY_WORTH
    ]
    for result in post_all(connection, moves, now):
        assert not isinstance(result, NotAllowed), result
    _tell_of_nothing(connection, [part for one in lapsing for part in one.parts], moves, now)
    to_seal(connection, {"lapses": [str(row["grant_id"]) for row in rows]}, now)


def _tell_of_nothing(
    connection: Connection, parts: Iterable[GrantTerms], moves: Sequence[Move], now: datetime
) -> None:
    """Whoever was told of a grant worth 0 fen is told that it has lapsed: posting has nothing to tell of."""
    moved = {move.grant_id for move in moves}
    rows = [
        told_of_end(Ended("benefit.expired", f"lapse-{p.id}", p.id, p.member_id, p.rule_id, "unclaimed"), now)
        for p in parts
        if p.id not in moved
    ]
    if rows:
        connection.execute(insert(outbox), rows)
