"""What the world is told of a move: the outbox's row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from benefits.messages.payloads import BenefitMoved, MovedAmount
from benefits.model.moves import Kind, Move, Transaction

_TYPES: Mapping[Kind, str] = {
    "issue": "benefit.issued",
    "redeem": "benefit.redeemed",
    "refund": "benefit.refunded",
    "pay": "benefit.paid",
    "settle": "benefit.settled",
    "bounce": "benefit.bounced",
    "void": "benefit.reversed",
    "expire": "benefit.expired",
    "reverse": "benefit.reversed",
    "claw_back": "benefit.reversed",
}


@dataclass(frozen=True, slots=True)
class Ended:
    """A grant that ended though there was nothing of it to move: it was worth 0 fen."""

    type: str
    id: str
    grant_id: str
    member_id: str
    rule_id: str
    reason: str


def told_of_end(ended: Ended, now: datetime) -> dict[str, object]:
    """As of a transaction, but that nothing was moved."""
    content = BenefitMoved(
        rule=ended.rule_id, grant=ended.grant_id, transaction=ended.id, moved=(), reason=ended.reason
    )
    return {
        "id": ended.id,
        "key": ended.member_id,
        "type": ended.type,
        "data": content.model_dump_json(),
        "recorded_at": now,
    }


def told(move: Move, made: Transaction, now: datetime) -> dict[str, object]:
    """One event for each transaction; its id is the transaction's."""
    content = BenefitMoved(
        rule=made.rule_id,
        grant=made.grant_id,
        transaction=made.id,
        moved=tuple(MovedAmount(amount=line.amount, unit=line.unit) for line in made.moved),
        reason=move.reason or None,
    )
    return {
        "id": made.id,
        "key": made.member_id,
        "type": _TYPES[move.kind],
        "data": content.model_dump_json(exclude_none=True),
        "recorded_at": now,
    }
