"""Payloads of the benefit.* events: what the ledger tells the world."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Identifier = Annotated[str, Field(min_length=1, max_length=200)]


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


class BenefitRefused(BenefitPayload):
    decision: Identifier
    reasons: tuple[str, ...]


class BenefitRedeemed(BenefitPayload):
    grant: Identifier
    amount_fen: int = Field(gt=0)


class BenefitExpired(BenefitPayload):
    grant: Identifier


class BenefitReversed(BenefitPayload):
    grant: Identifier
    reason: str


PAYLOADS: dict[str, type[BenefitPayload]] = {
    "benefit.granted": BenefitGranted,
    "benefit.refused": BenefitRefused,
    "benefit.entered": BenefitEntered,
    "benefit.waiting": BenefitWaiting,
    "benefit.redeemed": BenefitRedeemed,
    "benefit.expired": BenefitExpired,
    "benefit.reversed": BenefitReversed,
}
