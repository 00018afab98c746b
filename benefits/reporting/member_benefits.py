"""What the ledger can tell: a member's benefits, and why each was or was not given."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from pydantic_core import from_json
from sqlalchemy import Connection, RowMapping, select

from benefits.lifecycle.reversal import TakenBack, taken_back
from benefits.model.ruling import Reason, ruling_id_of
from benefits.rulebook.held_events import Waiting, waiting_of
from benefits.tables.decisions import decisions, grants

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class Grant:
    """A part of a benefit that was promised, and perhaps taken back.

    Unclaimed it lapses after ``claim_by``. ``redeem_at`` filters stations (see :class:`rules.Due`);
    ``takebacks`` say what is taken back on which event, until when.
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
    taken_back: TakenBack | None = None
    decision_id: str = ""
    part: str = "1"
    uses: int = 1
    claim_by: date | None = None
    redeem_at: dict[str, list[str]] = field(default_factory=dict)
    takebacks: tuple[dict[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class ConditionRead:
    """A condition as it was looked at then, with the values read."""

    that: str
    holds: bool
    unknown: bool
    values: dict[str, object]
    otherwise: str
    remedy: str | None


@dataclass(frozen=True, slots=True)
class Why:
    """What one rule said of one event: granted, or refused with every reason; or what became of it.

    ``outcome`` is granted, entered, waiting, refused, reversed (granted and taken back) or held (the rule is stopped).
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
    conditions: tuple[ConditionRead, ...]
    reasons: tuple[Reason, ...]


def grants_of(connection: Connection, member_id: str) -> list[Grant]:
    """A member's benefits, newest first."""
    rows = connection.execute(
        select(grants)
        .where(grants.c.member_id == member_id)
        .order_by(grants.c.granted_on.desc(), grants.c.id)
    )
    back = {taken.grant_id: taken for taken in taken_back(connection, member_id)}
    return [_grant(row, back.get(row["id"])) for row in rows.mappings()]


def _grant(row: RowMapping, taken_back: TakenBack | None) -> Grant:
    content = {name: from_json(row[name]) for name in ("redeem_at", "takebacks") if row[name]}
    plain = {name: value for name, value in row.items() if name not in ("redeem_at", "takebacks")}
    if "takebacks" in content:
        content["takebacks"] = tuple(content["takebacks"])
    return Grant(**plain, **content, taken_back=taken_back)


def why(
    connection: Connection, member_id: str, *, rule_id: str | None = None, on: date | None = None
) -> list[Why]:
    """Every decision about a member, newest first; of one rule, or on one day. What is held comes first."""
    query = select(decisions).where(decisions.c.member_id == member_id)
    if rule_id:
        query = query.where(decisions.c.rule_id == rule_id)
    if on:
        query = query.where(decisions.c.occurred_on == on)
    rows = connection.execute(query.order_by(decisions.c.occurred_on.desc(), decisions.c.id))
    back = {taken.grant_id: taken for taken in taken_back(connection, member_id)}
    decided = [_after(_why(row._mapping), back) for row in rows]
    waiting = waiting_of(connection, member_id)
    held = [_held(w) for w in waiting if rule_id in (None, w.rule_id) and on in (None, w.occurred_on)]
    return held + decided


def _after(why: Why, back: Mapping[str, TakenBack]) -> Why:
    """The decision, and why what it granted was taken back."""
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


def _held(waiting: Waiting) -> Why:
    """What a stopped rule would have looked at."""
    reason = Reason(
        "stopped",
        N_("stopped since {day}: {reason}"),
        N_("nothing is lost and you need do nothing: it is decided when it goes on"),
        {"day": waiting.stopped_on.isoformat(), "reason": waiting.reason},
    )
    return Why(
        id=ruling_id_of(waiting.source, waiting.event_id, waiting.rule_id, waiting.occurred_on),
        member_id=waiting.member_id,
        rule_id=waiting.rule_id,
        rule_title=waiting.rule_title,
        rule_hash=waiting.rule_hash,
        event_source=waiting.source,
        event_id=waiting.event_id,
        event_type=waiting.event_type,
        occurred_on=waiting.occurred_on,
        outcome="held",
        conditions=(),
        reasons=(reason,),
    )


def _why(row: RowMapping) -> Why:
    content = from_json(row["explanation"])
    return Why(
        id=row["id"],
        member_id=row["member_id"],
        rule_id=row["rule_id"],
        rule_title=content["title"],
        rule_hash=row["rule_hash"],
        event_source=row["source"],
        event_id=row["event_id"],
        event_type=row["event_type"],
        occurred_on=row["occurred_on"],
        outcome=row["outcome"],
        conditions=tuple(
            ConditionRead(c["that"], c["holds"], c["unknown"], c["values"], c["else"], c["remedy"])
            for c in content["conditions"]
        ),
        reasons=tuple(Reason(r["code"], r["text"], r["remedy"], r["params"]) for r in content["reasons"]),
    )
