"""The rows that a ruling is written down as."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache

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
)
from benefits.model.accounts import promise
from benefits.model.ruling import Reason, Ruling, part_id
from rules import Decision, Due, counted

Row = dict[str, object]
Rows = list[Row]


def decision_row(ruling: Ruling, now: datetime) -> Row:
    """What was decided and why, with what it takes of each counter."""
    event, decision, admission = ruling.event, ruling.decision, ruling.admission
    uses = counted(decision, admission) if admission else {}
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
    }


def _codes(reasons: Iterable[Reason]) -> list[str]:
    return [reason.code for reason in reasons]


def grant_rows(ruling: Ruling) -> Rows:
    """One for each part of the benefit."""
    return [_grant_row(ruling, index, due) for index, due in enumerate(ruling.decision.benefits)]


def _grant_row(ruling: Ruling, index: int, due: Due) -> Row:
    return {
        "id": part_id(ruling.id, index, due.name),
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
    """The promise of each part; a grant's transaction has its id."""
    return [
        {
            "transaction_id": part_id(ruling.id, index, due.name),
            "line": line,
            "account": posting.account,
            "amount": posting.amount,
            "unit": posting.unit,
            "recorded_at": now,
        }
        for index, due in enumerate(ruling.decision.benefits)
        for line, posting in enumerate(promise(ruling.decision.rule_id, due), 1)
    ]


def transaction_rows(ruling: Ruling, now: datetime) -> Rows:
    """The transaction of each part's promise."""
    return [
        {
            "id": part_id(ruling.id, index, due.name),
            "kind": "promise",
            "grant_id": part_id(ruling.id, index, due.name),
            "act_id": None,
            "occurred_on": ruling.event.occurred_on,
            "reason": "",
            "recorded_at": now,
        }
        for index, due in enumerate(ruling.decision.benefits)
    ]


def claim_slot_row(ruling: Ruling) -> Row:
    """Until when a grant must be claimed: the earliest day of its parts."""
    days = [due.claim_by for due in ruling.decision.benefits if due.claim_by]
    return {"decision_id": ruling.id, "claim_by": min(days)}


def entry_row(ruling: Ruling, now: datetime) -> Row:
    """What a draw or a ranking needs: weight, rank, groups, and all that would be granted."""
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
        "decision": due_text(decision),
        "recorded_at": now,
    }


def waiting_row(ruling: Ruling, now: datetime) -> Row:
    """A place on the waiting list, and all that would be granted."""
    decision, quota = ruling.decision, ruling.decision.quota
    assert quota and ruling.position, f"{ruling.id} waits for nothing"
    return {
        "id": ruling.id,
        "rule_id": decision.rule_id,
        "rule_hash": decision.rule_hash,
        "member_id": decision.member,
        "period": quota.period,
        "places_for": quota.group,
        "position": ruling.position,
        "waits_since": decision.occurred_on,
        "decision": due_text(decision),
        "recorded_at": now,
    }


def due_text(decision: Decision) -> str:
    """JSON of a decision without its explanation, which its own row keeps; :func:`due_of` reads it."""
    return _decision().dump_json(replace(decision, conditions=()), exclude_defaults=True).decode()


def due_of(text: str) -> Decision:
    """The decision that an entry or a place on the waiting list keeps."""
    return _decision().validate_json(text)


@cache
def _decision() -> TypeAdapter[Decision]:
    return TypeAdapter(Decision)


def outbox_row(ruling: Ruling, now: datetime, traces: Mapping[tuple[str, str], str]) -> Row:
    """What the world is told, in the trace of the event that brought it about."""
    return {
        "id": ruling.id,
        "key": ruling.event.member,
        "type": f"benefit.{ruling.outcome}",
        "data": _told(ruling).model_dump_json(exclude_none=True),
        "recorded_at": now,
        "traceparent": traces.get((ruling.event.source, ruling.event.id)),
    }


def _told(ruling: Ruling) -> BenefitPayload:
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
                grant=part_id(ruling.id, index, due.name),
                kind=due.kind,
                amount_fen=due.amount_fen,
                quantity=due.quantity,
                unit=due.unit,
            )
            for index, due in enumerate(others, 1)
        )
        or None,
    )
