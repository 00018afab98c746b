"""Outbox rows of moves: the messages that other programs receive."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from benefits.messages.payloads import BenefitMoved, MovedAmount
from benefits.model.moves import Move, MoveKind, Transaction

_TYPES: Mapping[MoveKind, str] = {
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
class ZeroAmountEnd:
    """The end of a grant that was worth 0 fen, so that nothing could be moved."""

    type: str
    id: str
    grant_id: str
    member_id: str
    rule_id: str
    reason: str


def end_outbox_row(ended: ZeroAmountEnd, now: datetime) -> dict[str, object]:
    """Return the message about such an end: like a transaction's, but with nothing moved."""
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


def move_outbox_row(move: Move, made: Transaction, now: datetime) -> dict[str, object]:
    """Return the message about a transaction; the message's id is the transaction's."""
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
