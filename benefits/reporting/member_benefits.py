"""A member's grants, and the explanation of every decision about the member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, RowMapping, select

from benefits.ledger.explanation_forms import read_explanations
from benefits.lifecycle.reversal import GrantReversal, read_grant_reversals
from benefits.model.chunks import chunks
from benefits.model.faults import naming_row
from benefits.model.ruling import Reason, compute_ruling_id
from benefits.rulebook.held_events import list_member_held_events
from benefits.tables.decisions import decisions, grants
from core.text_marks import N_
from rules import AmountTerms

_NEWEST_FIRST = (decisions.c.recorded_at.desc(), decisions.c.occurred_on.desc())


@dataclass(frozen=True, slots=True)
class Grant:
    """A part of a benefit that was promised, and perhaps reversed.

    An unclaimed grant lapses after ``claim_by``. ``redeem_at`` filters stations (see :class:`rules.Due`);
    ``takebacks`` are the clawback terms: what is clawed back on which event, until when.
    """

    id: str
    member_id: str
    rule_id: str
    kind: str
    title: str
    amount_fen: int
    quantity: int
    unit: str | None
    granted_on: date
    expires_on: date | None
    taken_back: GrantReversal | None = None
    decision_id: str = ""
    part: str = "1"
    uses: int = 1
    claim_by: date | None = None
    redeem_at: dict[str, list[str]] = field(default_factory=dict)
    takebacks: tuple[dict[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class EvaluatedCondition:
    """A condition as it was evaluated at the decision, with the values read; ``amount`` if it gave an amount."""

    that: str
    holds: bool
    unknown: bool
    values: dict[str, object]
    otherwise: str
    remedy: str | None
    amount: AmountTerms | None = None


@dataclass(frozen=True, slots=True)
class DecisionExplanation:
    """The decision of one rule on one event, with its conditions and every reason.

    ``outcome`` is granted, entered, waiting, refused, reversed (granted and reversed later) or held (the
    rule is stopped).
    """

    id: str
    member_id: str
    rule_id: str
    rule_title: str
    rule_hash: str
    event_source: str
    event_id: str
    event_type: str
    occurred_on: date
    outcome: str
    conditions: tuple[EvaluatedCondition, ...]
    reasons: tuple[Reason, ...]


def list_member_grants(connection: Connection, member_id: str) -> list[Grant]:
    """Return a member's grants, the newest first."""
    rows = connection.execute(
        select(grants)
        .where(grants.c.member_id == member_id)
        .order_by(grants.c.granted_on.desc(), grants.c.id)
    )
    back = read_grant_reversals(connection, member_id)
    return [_grant(row, back.get(row["id"])) for row in rows.mappings()]


def _grant(row: RowMapping, taken_back: GrantReversal | None) -> Grant:
    with naming_row("grants", row["id"]):
        content = {name: from_json(row[name]) for name in ("redeem_at", "takebacks") if row[name]}
        if "takebacks" in content:
            content["takebacks"] = tuple(content["takebacks"])
    plain = {name: value for name, value in row.items() if name not in ("redeem_at", "takebacks")}
    return Grant(**plain, **content, taken_back=taken_back)


def list_new_decisions(
    connection: Connection, member_id: str, since: datetime, limit: int
) -> list[DecisionExplanation]:
    """Return the decisions about a member that were recorded after an instant, the last recorded first and of those the latest."""
    query = select(decisions).where(decisions.c.member_id == member_id, decisions.c.recorded_at > since)
    rows = connection.execute(query.order_by(*_NEWEST_FIRST, decisions.c.id).limit(limit)).mappings().all()
    back = read_grant_reversals(connection, member_id)
    return [_after(why, back) for why in _read(connection, rows)]


def explain_decisions(
    connection: Connection, member_id: str, *, rule_id: str | None = None, on: date | None = None
) -> list[DecisionExplanation]:
    """Return every decision about a member, the newest first; of one rule, or on one day.

    Events that a stopped rule holds come first.
    """
    query = select(decisions).where(decisions.c.member_id == member_id)
    if rule_id:
        query = query.where(decisions.c.rule_id == rule_id)
    if on:
        query = query.where(decisions.c.occurred_on == on)
    rows = connection.execute(query.order_by(decisions.c.occurred_on.desc(), decisions.c.id)).mappings().all()
    back = read_grant_reversals(connection, member_id)
    decided = [_after(why, back) for why in _read(connection, rows)]
    held = map(_held, list_member_held_events(connection, member_id))
    return [one for one in held if rule_id in (None, one.rule_id) and on in (None, one.occurred_on)] + decided


def explain_decisions_by_id(connection: Connection, ids: Sequence[str]) -> dict[str, DecisionExplanation]:
    """Return some decisions by their ids, each as it was taken."""
    found: dict[str, DecisionExplanation] = {}
    for some in chunks(ids):
        rows = connection.execute(select(decisions).where(decisions.c.id.in_(some))).mappings().all()
        found |= {why.id: why for why in _read(connection, rows)}
    return found


def _after(why: DecisionExplanation, back: Mapping[str, GrantReversal]) -> DecisionExplanation:
    """Return the explanation with the reason of the reversal, if the grant was reversed."""
    taken = back.get(why.id)
    if taken is None:
        return why
    reason = Reason(
        "reversed",
        N_("granted wrongly and taken back on {day}: {reason}"),
        N_("ask your union if you don't agree"),
        {"day": taken.on.isoformat(), "reason": taken.reason},
    )
    return replace(why, outcome="reversed", reasons=(*why.reasons, reason))


def _held(waiting: RowMapping) -> DecisionExplanation:
    """Return the explanation of an event that waits because its rule is stopped."""
    reason = Reason(
        "stopped",
        N_("stopped since {day}: {reason}"),
        N_("nothing is lost and you need do nothing: it is decided when it goes on"),
        {"day": waiting["stopped_on"].isoformat(), "reason": waiting["reason"]},
    )
    event = (waiting["source"], waiting["event_id"])
    id_ = compute_ruling_id(*event, waiting["rule_id"], waiting["occurred_on"])
    return _build_explanation({**waiting, "id": id_, "outcome": "held"}, waiting["rule_title"], (), (reason,))


def _read(connection: Connection, rows: Sequence[RowMapping]) -> list[DecisionExplanation]:
    explained = read_explanations(connection, {row["id"]: row["explanation"] for row in rows})
    found = []
    for row in rows:
        with naming_row("decisions", row["id"]):
            words = _words(explained[row["id"]])
        found.append(_build_explanation(row, *words))
    return found


def _words(
    content: Mapping[str, Any],
) -> tuple[str, tuple[EvaluatedCondition, ...], tuple[Reason, ...]]:
    conditions = tuple(
        EvaluatedCondition(
            c["that"],
            c["holds"],
            c["unknown"],
            c["values"],
            c["else"],
            c["remedy"],
            AmountTerms(**c["amount"]) if c["amount"] else None,
        )
        for c in content["conditions"]
    )
    reasons = tuple(Reason(r["code"], r["text"], r["remedy"], r["params"]) for r in content["reasons"])
    return content["title"], conditions, reasons


def _build_explanation(
    row: RowMapping | Mapping[str, Any],
    title: str,
    conditions: tuple[EvaluatedCondition, ...],
    reasons: tuple[Reason, ...],
) -> DecisionExplanation:
    """Return an explanation with the columns that decisions and held events share."""
    return DecisionExplanation(
        row["id"],
        row["member_id"],
        row["rule_id"],
        title,
        row["rule_hash"],
        row["source"],
        row["event_id"],
        row["event_type"],
        row["occurred_on"],
        row["outcome"],
        conditions,
        reasons,
    )
