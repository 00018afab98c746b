"""Claim grants, or let unclaimed grants lapse on the day after their last day to claim.

All parts of a benefit are claimed together. An issued grant counts as claimed. A grant that lapses
returns its limit slots, its place and its share of caps and budgets, so that waiting members can get
them.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from benefits.ledger.explanation_forms import read_explanations, without_returned
from benefits.ledger.positions import (
    GrantPositions,
    GrantTerms,
    initial_positions,
    lock_grant_positions,
    read_grant_terms,
    require_grant_terms,
)
from benefits.ledger.posting import post_all
from benefits.lifecycle.reversal import free_limit_slots, give_back_uses, lock_counters
from benefits.messages.payloads import BenefitClaimed, ZeroAmountEnd, end_outbox_row, outbox_row
from benefits.model.accounts import KINDS_COUNTED_IN_FEN
from benefits.model.faults import MOVE_FAULTS, MoveRefused
from benefits.model.moves import Move
from benefits.rulebook.book import lock_rulebook_shared
from benefits.tables.decisions import decisions, grants
from benefits.tables.draws import claim_slots, claims, lapses
from benefits.tables.rulebook import is_taken_back, reversals
from store import OUTBOX_BATCHES, append_batch, enqueue_for_sealing

LAPSES_PER_STEP = 200


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """The result of a claim. ``is_new`` is false if the benefit was claimed before or needs no claim."""

    decision_id: str
    member_id: str
    rule_id: str
    claimed_on: date | None
    is_new: bool


def record_claim(
    connection: Connection, grant_id: str, now: datetime, today: date, member_id: str | None = None
) -> ClaimResult:
    """Record the claim of a benefit by the id of any of its parts. A repeated claim changes nothing.

    *Raises*: MoveRefused if the grant is unknown, belongs to another member, is void or has lapsed.
    """
    grant = require_grant_terms(connection, grant_id, member_id)
    lock_rulebook_shared(connection)
    decision_id = grant.decision_id
    slot = _slot(connection, decision_id)
    if slot is None or today > slot:
        return _not_now(connection, grant, slot)
    connection.execute(insert(claims).values(decision_id=decision_id, claimed_on=today, recorded_at=now))
    connection.execute(delete(claim_slots).where(claim_slots.c.decision_id == decision_id))
    told = BenefitClaimed(rule=grant.rule_id, grant=decision_id, claimed_on=today)
    row = outbox_row(f"claim-{decision_id}", grant.member_id, "benefit.claimed", told, now)
    append_batch(connection, OUTBOX_BATCHES, [row], now)
    enqueue_for_sealing(connection, {"claims": [decision_id]}, now)
    return ClaimResult(decision_id, grant.member_id, grant.rule_id, today, True)


def _slot(connection: Connection, decision_id: str) -> date | None:
    """Return and lock the last day to claim, so that no lapse runs meanwhile; None if no claim is needed."""
    query = select(claim_slots.c.claim_by).where(claim_slots.c.decision_id == decision_id)
    return connection.execute(query.with_for_update()).scalar()


def _not_now(connection: Connection, grant: GrantTerms, claim_by: date | None) -> ClaimResult:
    """Return the earlier claim, or a result without a day if no claim is needed.

    *Raises*: MoveRefused if the benefit is void or has lapsed.
    """
    void = select(reversals.c.id).where(reversals.c.grant_id == grant.decision_id)
    if claim_by is None and connection.execute(void).scalar() is not None:
        raise MoveRefused(MOVE_FAULTS.build("void"))
    lapsed = select(lapses.c.lapsed_on).where(lapses.c.grant_id == grant.decision_id)
    lapsed_on = connection.execute(lapsed).scalar()
    if claim_by is not None or lapsed_on is not None:
        last = claim_by or (lapsed_on or date.min) - timedelta(days=1)
        raise MoveRefused(MOVE_FAULTS.build("lapsed", day=last))
    claimed = select(claims.c.claimed_on).where(claims.c.decision_id == grant.decision_id)
    on = connection.execute(claimed).scalar()
    return ClaimResult(grant.decision_id, grant.member_id, grant.rule_id, on, False)


@dataclass(frozen=True, slots=True)
class LapsedBenefit:
    """A benefit whose last day to claim is over, with its parts that were neither reversed nor lapsed."""

    decision_id: str
    member_id: str
    rule_id: str
    rule_title: str
    claim_by: date
    uses: dict[str, int]
    parts: tuple[GrantTerms, ...]

    @property
    def amount_fen(self) -> int:
        """Return the worth of all parts."""
        return sum(part.amount_fen for part in self.parts)


@dataclass(frozen=True, slots=True)
class LapseResult:
    """The benefits that lapsed in one step.

    ``due_count`` counts all benefits whose last day to claim is over; when it is 0, none are left.
    """

    due_count: int = 0
    lapsed: tuple[LapsedBenefit, ...] = ()


def lapse_unclaimed(connection: Connection, now: datetime, today: date) -> LapseResult:
    """Let up to ``LAPSES_PER_STEP`` unclaimed benefits lapse, dated the day after their last day to claim.

    Lock order: claim slots, balances, counters (see ``benefits.ledger.posting``).
    """
    lock_rulebook_shared(connection)
    due = _due(connection, today)
    standing = lock_grant_positions(connection, {part.id: part for one in due for part in one.parts})
    lock_counters(connection, [one.uses for one in due])
    lapsing = [one for one in due if one.parts and _is_untouched(one.parts, standing)]
    give_back_uses(connection, [one.uses for one in lapsing])
    free_limit_slots(connection, [one.decision_id for one in lapsing])
    _expire(connection, lapsing, now)
    if due:
        ids = [one.decision_id for one in due]
        connection.execute(delete(claim_slots).where(claim_slots.c.decision_id.in_(ids)))
    return LapseResult(len(due), tuple(lapsing))


def _due(connection: Connection, today: date) -> list[LapsedBenefit]:
    query = (
        select(claim_slots, decisions.c.member_id, decisions.c.rule_id, decisions.c.explanation)
        .join(decisions, decisions.c.id == claim_slots.c.decision_id)
        .where(claim_slots.c.claim_by < today)
        .order_by(claim_slots.c.claim_by, claim_slots.c.decision_id)
        .limit(LAPSES_PER_STEP)
        .with_for_update(of=claim_slots)
    )
    rows = connection.execute(query).all()
    parts = _parts(connection, [row.decision_id for row in rows])
    explained = read_explanations(connection, {row.decision_id: row.explanation for row in rows})
    uses = without_returned(connection, {id_: content["uses"] for id_, content in explained.items()})
    return [
        LapsedBenefit(
            row.decision_id,
            row.member_id,
            row.rule_id,
            explained[row.decision_id]["title"],
            row.claim_by,
            uses[row.decision_id],
            tuple(part for part in parts if part.decision_id == row.decision_id),
        )
        for row in rows
    ]


def _parts(connection: Connection, decision_ids: Collection[str]) -> list[GrantTerms]:
    """Return the grants of these decisions that were neither reversed nor lapsed."""
    query = select(grants.c.id).where(
        grants.c.decision_id.in_(decision_ids), ~is_taken_back(grants.c.decision_id)
    )
    found = read_grant_terms(connection, connection.execute(query).scalars().all())
    return [found[id_] for id_ in sorted(found)]


def _is_untouched(parts: Iterable[GrantTerms], standing: GrantPositions) -> bool:
    """Return whether no part was issued, used or voided since it was promised."""
    return all(standing[part.id] == initial_positions(part) for part in parts)


def _expire(connection: Connection, lapsing: Sequence[LapsedBenefit], now: datetime) -> None:
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
        if part.amount_fen or part.kind not in KINDS_COUNTED_IN_FEN
    ]
    post_all(connection, moves, now)
    moved = {move.grant_id for move in moves}
    unmoved = [part for one in lapsing for part in one.parts if part.id not in moved]
    ends = [
        ZeroAmountEnd("benefit.expired", f"lapse-{p.id}", p.id, p.member_id, p.rule_id, "unclaimed")
        for p in unmoved
    ]
    append_batch(connection, OUTBOX_BATCHES, [end_outbox_row(end, now) for end in ends], now)
    enqueue_for_sealing(connection, {"lapses": [str(row["grant_id"]) for row in rows]}, now)
