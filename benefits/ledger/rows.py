"""Database rows of a ruling."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from pydantic import TypeAdapter
from pydantic_core import to_json

from benefits.messages.explanation import explanation_text
from benefits.messages.payloads import (
    BenefitEntered,
    BenefitGranted,
    BenefitPayload,
    BenefitRefused,
    BenefitWaiting,
    GrantedPart,
    outbox_row,
)
from benefits.model.accounts import promise_postings
from benefits.model.ruling import Reason, Ruling, grant_part_id
from rules import Decision, DueBenefit, admission_counter_amounts

Row = dict[str, object]
Rows = list[Row]


def decision_row(ruling: Ruling, now: datetime) -> Row:
    """Return the row of a decision: the outcome, the reasons, and what it takes of each counter."""
    event, decision, admission = ruling.event, ruling.decision, ruling.admission
    uses = admission_counter_amounts(decision, admission) if admission else {}
    return {
        "id": ruling.id,
        "member_id": event.member,
        "rule_id": decision.rule_id,
        "rule_hash": decision.rule_hash,
        "source": event.source,
        "event_id": event.id,
        "event_type": event.type,
        "occurred_on": event.occurred_on,
        "outcome": ruling.outcome,
        "reasons": json.dumps(_codes(ruling.reasons)) if ruling.reasons else "[]",
        "explanation": explanation_text(decision, ruling.reasons, uses),
        "recorded_at": now,
        "bounds": to_json(ruling.bounds).decode() if ruling.bounds else None,
        "submitted_on": decision.submitted_on,
    }


def _codes(reasons: Iterable[Reason]) -> list[str]:
    return [reason.code for reason in reasons]


def grant_rows(ruling: Ruling) -> Rows:
    """Return one row for each part of the benefit."""
    return [_grant_row(ruling, index, due) for index, due in enumerate(ruling.decision.benefits)]


def _grant_row(ruling: Ruling, index: int, due: DueBenefit) -> Row:
    return {
        "id": grant_part_id(ruling.id, index, due.name),
        "decision_id": ruling.id,
        "part": due.name,
        "member_id": ruling.event.member,
        "rule_id": ruling.decision.rule_id,
        "kind": due.kind,
        "title": due.title,
        "amount_fen": due.amount_fen,
        "quantity": due.quantity,
        "unit": due.unit,
        "uses": due.uses,
        "granted_on": ruling.event.occurred_on,
        "claim_by": due.claim_by,
        "expires_on": due.expires_on,
        "redeem_at": to_json(due.redeem_at).decode() if due.redeem_at else None,
        "takebacks": to_json(due.takebacks).decode() if due.takebacks else None,
    }


def posting_rows(ruling: Ruling, now: datetime) -> Rows:
    """Return the postings of each part's promise; a grant's transaction has the grant's id."""
    return [
        {
            "transaction_id": grant_part_id(ruling.id, index, due.name),
            "line": line,
            "account": posting.account,
            "amount": posting.amount,
            "unit": posting.unit,
            "recorded_at": now,
        }
        for index, due in enumerate(ruling.decision.benefits)
        for line, posting in enumerate(promise_postings(ruling.decision.rule_id, due), 1)
    ]


def transaction_rows(ruling: Ruling, now: datetime) -> Rows:
    """Return the transaction of each part's promise."""
    return [
        {
            "id": grant_part_id(ruling.id, index, due.name),
            "kind": "promise",
            "grant_id": grant_part_id(ruling.id, index, due.name),
            "act_id": None,
            "occurred_on": ruling.event.occurred_on,
            "reason": "",
            "recorded_at": now,
        }
        for index, due in enumerate(ruling.decision.benefits)
    ]


def claim_slot_row(ruling: Ruling) -> Row:
    """Return the day until which a grant must be claimed: the earliest of its parts."""
    days = [due.claim_by for due in ruling.decision.benefits if due.claim_by]
    return {"decision_id": ruling.id, "claim_by": min(days)}


def entry_row(ruling: Ruling, now: datetime) -> Row:
    """Return the row that a draw or a ranking needs: weight, rank, groups, and all that would be granted."""
    decision = ruling.decision
    entry, quota = decision.entry, decision.quota
    assert entry and quota, f"{ruling.id} was entered for nothing"
    return {
        "id": ruling.id,
        "rule_id": decision.rule_id,
        "rule_hash": decision.rule_hash,
        "member_id": decision.member,
        "mode": entry.mode,
        "period": quota.period,
        "places_for": quota.group,
        "weight": entry.weight,
        "rank": entry.rank,
        "groups": json.dumps(list(entry.groups)),
        "entered_on": decision.occurred_on,
        "occurred_at": ruling.event.occurred_at,
        "decision": format_stored_decision(decision),
        "recorded_at": now,
    }


def waiting_row(ruling: Ruling, now: datetime) -> Row:
    """Return the row of a place on the waiting list, with all that would be granted."""
    decision, quota = ruling.decision, ruling.decision.quota
    assert quota and ruling.position and ruling.arrival, f"{ruling.id} waits for nothing"
    return {
        "id": ruling.id,
        "rule_id": decision.rule_id,
        "rule_hash": decision.rule_hash,
        "member_id": decision.member,
        "period": quota.period,
        "places_for": quota.group,
        "position": ruling.position,
        "arrival": ruling.arrival,
        "waits_since": decision.occurred_on,
        "decision": format_stored_decision(decision),
        "recorded_at": now,
    }


def format_stored_decision(decision: Decision) -> str:
    """Return a decision as JSON without its explanation, which the decision's row stores.

    :func:`parse_stored_decision` reads it.
    """
    return _decision().dump_json(replace(decision, conditions=()), exclude_defaults=True).decode()


def parse_stored_decision(text: str) -> Decision:
    """Parse the decision that an entry or a place on the waiting list stores."""
    return _decision().validate_json(text)


@cache
def _decision() -> TypeAdapter[Decision]:
    return TypeAdapter(Decision)


def ruling_outbox_row(ruling: Ruling, now: datetime) -> Row:
    """Return the message about a ruling."""
    type_ = f"benefit.{ruling.outcome}"
    return outbox_row(ruling.id, ruling.event.member, type_, _payload(ruling), now)


def _payload(ruling: Ruling) -> BenefitPayload:
    rule, quota = ruling.decision.rule_id, ruling.decision.quota
    match ruling.outcome:
        case "granted":
            return _granted(ruling)
        case "entered":
            assert quota is not None
            return BenefitEntered(rule=rule, entry=ruling.id, period=quota.period)
        case "waiting":
            assert ruling.position is not None
            return BenefitWaiting(rule=rule, decision=ruling.id, position=ruling.position)
    return BenefitRefused(rule=rule, decision=ruling.id, reasons=tuple(_codes(ruling.reasons)))


def _granted(ruling: Ruling) -> BenefitGranted:
    first, *others = ruling.decision.benefits
    return BenefitGranted(
        rule=ruling.decision.rule_id,
        grant=ruling.id,
        kind=first.kind,
        amount_fen=first.amount_fen,
        quantity=first.quantity,
        unit=first.unit,
        expires_on=first.expires_on,
        claim_by=first.claim_by,
        parts=tuple(
            GrantedPart(
                grant=grant_part_id(ruling.id, index, due.name),
                kind=due.kind,
                amount_fen=due.amount_fen,
                quantity=due.quantity,
                unit=due.unit,
            )
            for index, due in enumerate(others, 1)
        )
        or None,
    )


REMINDER_DAYS = (7, 1)


class ExpirySlot(NamedTuple):
    """A day, and the grant that is processed on it."""

    day: date
    grant_id: str


def due_slot_rows(ruling: Ruling) -> Iterator[dict[str, object]]:
    """Yield the first slot of each part that expires; it is stored together with the grant."""
    for index, due in enumerate(ruling.decision.benefits):
        if due.expires_on is not None:
            day = first_expiry_day(due.expires_on, ruling.event.occurred_on)
            yield ExpirySlot(day, grant_part_id(ruling.id, index, due.name))._asdict()


def first_expiry_day(expires_on: date, granted_on: date) -> date:
    """Return the first day on which a new grant is looked at: a week before its last day, or at once."""
    return max(expires_on - timedelta(days=REMINDER_DAYS[0]), granted_on)
