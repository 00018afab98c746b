"""The ledger's one way in: admit what is due within its bounds, and record every ruling.

All in the caller's transaction. Grants are admitted in the order in which they come: first come is
commit order, and within a batch the order of arrival.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, Table, insert

from benefits.accounts import promise
from benefits.bounds import Bounds, read_bounds
from benefits.budgets import budget_key
from benefits.explanation import admission_reasons, condition_reasons, explanation_text
from benefits.messages import BenefitGranted, BenefitRefused
from benefits.ruling import Reason, Ruling, ruling_id
from benefits.tables import decisions, grants, postings
from rules import CapUse, Decision, Due, EventFacts, Used, admit
from store import outbox

Decided = tuple[EventFacts, Decision]
_Rows = list[dict[str, object]]


def admit_and_record(connection: Connection, decided: Sequence[Decided], now: datetime) -> list[Ruling]:
    """Turn decisions into rulings and write them down: decision, grant, postings, slots, outbox.

    *Raises*: StoreError (through the connection); then nothing of the batch has happened.
    """
    due = [decision for _, decision in decided if decision.benefit is not None]
    keys = (key for decision in due for key in _uses(decision))
    bounds = read_bounds(connection, keys, dict.fromkeys(_limit_key(decision) for decision in due))
    rulings = [_rule(event, decision, bounds) for event, decision in decided]
    _record(connection, rulings, now)
    bounds.write(connection)
    return rulings


def _rule(event: EventFacts, decision: Decision, bounds: Bounds) -> Ruling:
    id_ = ruling_id(event, decision.rule_id)
    if decision.benefit is None:
        return Ruling(id_, event, decision, "refused", condition_reasons(decision))
    limit_key = _limit_key(decision)
    admission = admit(decision, _used(decision, bounds))
    if admission.slot is None:
        return Ruling(id_, event, decision, "refused", admission_reasons(admission))
    bounds.take_slot(limit_key, admission.slot, id_)
    for key, amount in _uses(decision).items():
        bounds.use(key, amount)
    return Ruling(id_, event, decision, "granted")


def _limit_key(decision: Decision) -> str:
    return f"{decision.rule_id}|{decision.limit.key}|{decision.limit.period}"


def _quota_key(decision: Decision) -> str | None:
    return f"quota/{decision.rule_id}/{decision.quota.period}" if decision.quota else None


def _cap_key(cap: CapUse, member: str) -> str:
    return f"cap/{cap.cap}/{cap.year}/{member}"


def _yearly(decision: Decision) -> list[CapUse]:
    """The caps that hold for a year's total; those for a single grant need no counter."""
    return [cap for cap in decision.caps if cap.year is not None]


def _uses(decision: Decision) -> dict[str, int]:
    """What granting it takes of each counter."""
    amount_fen = _due(decision).amount_fen
    uses = {_cap_key(cap, decision.member): amount_fen for cap in _yearly(decision)}
    if quota_key := _quota_key(decision):
        uses[quota_key] = 1
    if decision.budget:
        uses[budget_key(decision.budget)] = amount_fen
    return uses


def _used(decision: Decision, bounds: Bounds) -> Used:
    quota_key = _quota_key(decision)
    budget = bounds.counters[budget_key(decision.budget)] if decision.budget else None
    return Used(
        slots=frozenset(bounds.slots[_limit_key(decision)]),
        quota=bounds.counters[quota_key].used if quota_key else 0,
        budget_left_fen=None if budget is None or budget.ceiling is None else budget.ceiling - budget.used,
        caps_fen={cap.cap: bounds.counters[_cap_key(cap, decision.member)].used for cap in _yearly(decision)},
    )


def _record(connection: Connection, rulings: Sequence[Ruling], now: datetime) -> None:
    granted = [ruling for ruling in rulings if ruling.outcome == "granted"]
    _insert(connection, decisions, [_decision_row(ruling, now) for ruling in rulings])
    _insert(connection, grants, [_grant_row(ruling) for ruling in granted])
    _insert(connection, postings, [row for ruling in granted for row in _posting_rows(ruling, now)])
    _insert(connection, outbox, [_outbox_row(ruling, now) for ruling in rulings])


def _insert(connection: Connection, table: Table, rows: _Rows) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _decision_row(ruling: Ruling, now: datetime) -> dict[str, object]:
    event, decision = ruling.event, ruling.decision
    uses = _uses(decision) if ruling.outcome == "granted" else {}
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
    }


def _codes(reasons: Iterable[Reason]) -> list[str]:
    return [reason.code for reason in reasons]


def _due(decision: Decision) -> Due:
    assert decision.benefit is not None, f"{decision.rule_id} can't be granted: nothing is due"
    return decision.benefit


def _grant_row(ruling: Ruling) -> dict[str, object]:
    due = _due(ruling.decision)
    return {
        "id": ruling.id,
        "member_id": ruling.event.member,
        "rule_id": ruling.decision.rule_id,
        "kind": due.kind,
        "title": due.title,
        "amount_fen": due.amount_fen,
        "quantity": due.quantity,
        "unit": due.unit,
        "granted_on": ruling.event.occurred_on,
        "expires_on": due.expires_on,
    }


def _posting_rows(ruling: Ruling, now: datetime) -> _Rows:
    return [
        {
            "transaction_id": ruling.id,
            "line": line,
            "account": posting.account,
            "amount": posting.amount,
            "unit": posting.unit,
            "recorded_at": now,
        }
        for line, posting in enumerate(promise(ruling.decision), 1)
    ]


def _outbox_row(ruling: Ruling, now: datetime) -> dict[str, object]:
    granted = ruling.outcome == "granted"
    return {
        "id": ruling.id,
        "key": ruling.event.member,
        "type": "benefit.granted" if granted else "benefit.refused",
        "data": (_granted(ruling) if granted else _refused(ruling)).model_dump_json(exclude_none=True),
        "recorded_at": now,
    }


def _granted(ruling: Ruling) -> BenefitGranted:
    due = _due(ruling.decision)
    return BenefitGranted(
        rule=ruling.decision.rule_id,
        grant=ruling.id,
        kind=due.kind,
        amount_fen=due.amount_fen,
        quantity=due.quantity,
        unit=due.unit,
        expires_on=due.expires_on,
    )


def _refused(ruling: Ruling) -> BenefitRefused:
    return BenefitRefused(
        rule=ruling.decision.rule_id, decision=ruling.id, reasons=tuple(_codes(ruling.reasons))
    )
