"""What the ledger can tell: a member's benefits, and why each was or was not given."""

from dataclasses import dataclass
from datetime import date

from pydantic_core import from_json
from sqlalchemy import Connection, RowMapping, select

from benefits.ruling import Reason
from benefits.tables import decisions, grants


@dataclass(frozen=True, slots=True)
class Grant:
    """A benefit that was promised."""

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
    """What one rule said of one event: granted, or refused with every reason."""

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
    return [Grant(**row) for row in rows.mappings()]


def why(
    connection: Connection, member_id: str, *, rule_id: str | None = None, on: date | None = None
) -> list[Why]:
    """Every decision about a member, newest first; of one rule, or on one day."""
    query = select(decisions).where(decisions.c.member_id == member_id)
    if rule_id:
        query = query.where(decisions.c.rule_id == rule_id)
    if on:
        query = query.where(decisions.c.occurred_on == on)
    rows = connection.execute(query.order_by(decisions.c.occurred_on.desc(), decisions.c.id))
    return [_why(row._mapping) for row in rows]


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
