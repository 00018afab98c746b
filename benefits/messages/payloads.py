"""Payloads of the benefit.* events, which the ledger publishes to other programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from benefits.model.moves import Move, MoveKind, Transaction

Identifier = Annotated[str, Field(min_length=1, max_length=200)]
_MOVED = ("issued", "redeemed", "refunded", "paid", "settled", "bounced", "expired", "reversed")
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


class BenefitPayload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    rule: Identifier


class BenefitGranted(BenefitPayload):
    grant: Identifier
    kind: str
    amount_fen: int = Field(ge=0)  # its worth
    quantity: int = Field(gt=0)
    unit: str | None = None
    expires_on: date | None = None
    claim_by: date | None = None
    parts: tuple["GrantedPart", ...] | None = None  # those after the first


class GrantedPart(BaseModel):
    """A further part of the same benefit, with a grant of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    grant: Identifier
    kind: str
    amount_fen: int = Field(ge=0)
    quantity: int = Field(gt=0)
    unit: str | None = None


class BenefitEntered(BenefitPayload):
    entry: Identifier
    period: str


class BenefitWaiting(BenefitPayload):
    decision: Identifier
    position: int = Field(gt=0)


class BenefitClaimed(BenefitPayload):
    grant: Identifier
    claimed_on: date


class BenefitRefused(BenefitPayload):
    decision: Identifier
    reasons: tuple[str, ...]


class MovedAmount(BaseModel):
    """So much of a unit: fen, or what a thing is counted in."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    amount: int = Field(gt=0)
    unit: str


class BenefitMoved(BenefitPayload):
    """What happened to a grant after its promise: used, paid, expired, taken back …"""

    grant: Identifier
    transaction: Identifier
    moved: tuple[MovedAmount, ...]
    reason: str | None = None


class BenefitOwed(BenefitPayload):
    """The rule's own terms claim back from the member what was used or paid already."""

    grant: Identifier
    debt: Identifier
    amount_fen: int = Field(gt=0)
    reason: str


class BenefitExpiring(BenefitPayload):
    """The unused part of a benefit ends after ``last_day``. Sent a week before and a day before, each once."""

    grant: Identifier
    last_day: date
    days_left: int = Field(ge=0)
    left: tuple[MovedAmount, ...]


BENEFIT_PAYLOADS: dict[str, type[BenefitPayload]] = {
    "benefit.granted": BenefitGranted,
    "benefit.refused": BenefitRefused,
    "benefit.owed": BenefitOwed,
    "benefit.entered": BenefitEntered,
    "benefit.waiting": BenefitWaiting,
    "benefit.claimed": BenefitClaimed,
    "benefit.expiring": BenefitExpiring,
    **{f"benefit.{name}": BenefitMoved for name in _MOVED},
}


def outbox_row(
    id_: str, member_id: str, type_: str, content: BenefitPayload, now: datetime
) -> dict[str, object]:
    """Return the row of the outbox that tells other programs of something about a member's benefit."""
    return {
        "id": id_,
        "key": member_id,
        "type": type_,
        "data": content.model_dump_json(exclude_none=True),
        "recorded_at": now,
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
    """Return the message that a grant worth 0 fen has ended: like a transaction's, but with nothing moved.

    Its member was notified of the grant, and posting publishes nothing for a grant without an amount.
    """
    content = BenefitMoved(
        rule=ended.rule_id, grant=ended.grant_id, transaction=ended.id, moved=(), reason=ended.reason
    )
    return outbox_row(ended.id, ended.member_id, ended.type, content, now)


def move_outbox_row(move: Move, made: Transaction, now: datetime) -> dict[str, object]:
    """Return the message about a transaction; the message's id is the transaction's."""
    content = BenefitMoved(
        rule=made.rule_id,
        grant=made.grant_id,
        transaction=made.id,
        moved=tuple(MovedAmount(amount=line.amount, unit=line.unit) for line in made.moved),
        reason=move.reason or None,
    )
    return outbox_row(made.id, made.member_id, _TYPES[move.kind], content, now)
