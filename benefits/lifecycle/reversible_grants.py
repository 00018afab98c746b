"""Find the grants that a reversal of a rule concerns: those to take back, those that were used, those that ended."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from pydantic_core import from_json
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    RowMapping,
    Subquery,
    and_,
    case,
    exists,
    func,
    or_,
    select,
)

from benefits.ledger.explanation_forms import read_uses, without_returned
from benefits.ledger.positions import GrantTerms
from benefits.lifecycle.expiry import OFFLINE_GRACE_DAYS
from benefits.model.accounts import FEN, KINDS_COUNTED_IN_FEN
from benefits.model.chunks import chunks
from benefits.model.faults import MOVE_FAULTS, MoveRefused, naming_row
from benefits.tables.decisions import decisions, grants
from benefits.tables.draws import claim_slots
from benefits.tables.rulebook import reversals, rule_acts
from benefits.tables.transactions import grant_balances, transactions


@dataclass(frozen=True, slots=True)
class ReversalCriteria:
    """Which grants of a rule to reverse: those of one version, of a span of days, or of one decision."""

    rule_id: str
    version: str | None = None
    since: date | None = None
    until: date | None = None
    decision: str | None = None


@dataclass(frozen=True, slots=True)
class SpentGrant:
    """A reversed grant of which the member used a part. *Units*: ``redeemed`` and ``settled`` in ``unit``.

    Redeemed cash is on its way to the bank, settled cash was paid. Anything else was used at a merchant,
    which is paid for it when it is settled.
    """

    id: str
    member_id: str
    kind: str
    title: str
    unit: str
    redeemed: int
    settled: int


@dataclass(frozen=True, slots=True)
class ReversibleGrant:
    """One grant to be reversed: ``amount_fen`` of it; ``spent_fen`` was used already.

    ``uses`` is what the grant used of each counter; ``moves`` says whether it has an amount to move.
    """

    id: str
    member_id: str
    amount_fen: int
    uses: dict[str, int] = field(default_factory=dict)
    spent_fen: int = 0
    used: bool = False
    moves: bool = True

    @property
    def request_key(self) -> str:
        """Return the request key, which is the same for the same grant: it can't be reversed twice."""
        return f"reversal\0{self.id}"

    @property
    def reversal_id(self) -> str:
        """Return the id of the reversing transaction."""
        return hashlib.sha256(self.request_key.encode()).hexdigest()[:40]


def find_reversible_grants(
    connection: Connection, wrong: ReversalCriteria, today: date
) -> list[ReversibleGrant]:
    """Return the matching grants that still hold an amount to reverse on a day, by id.

    A grant whose last day is over has ended on the day after it, though the daily work may not have booked it yet.
    """
    matching = (
        select(grants.c.id).join(decisions, decisions.c.id == grants.c.decision_id).where(_matches(wrong))
    )
    standing = _standing(grant_balances.c.grant_id.in_(matching))
    query = (
        select(grants, decisions.c.explanation, standing)
        .join(decisions, decisions.c.id == grants.c.decision_id)
        .outerjoin(reversals, reversals.c.grant_id == grants.c.id)
        .outerjoin(standing, standing.c.grant_id == grants.c.id)
        .where(_matches(wrong), reversals.c.id.is_(None))
        .where(or_(standing.c.grant_id.is_(None), standing.c.open > 0))
        .where(~_is_over(standing, today))
        .order_by(grants.c.id)
    )
    found = [_taken(row._mapping) for row in connection.execute(query)]
    uses = without_returned(connection, {grant.id: grant.uses for grant in found if grant.uses})
    return [replace(grant, uses=uses.get(grant.id, {})) for grant in found]


def _is_over(standing: Subquery, today: date) -> ColumnElement[bool]:
    """Return the condition that a grant ended before a day because the member did not claim or use it in time."""
    issued, gone = func.coalesce(standing.c.issued, 0), func.coalesce(standing.c.gone, 0)
    late = claim_slots.c.claim_by < today
    unclaimed = exists().where(claim_slots.c.decision_id == grants.c.decision_id, late) & (issued + gone == 0)
    last, final = grants.c.expires_on, today - timedelta(days=OFFLINE_GRACE_DAYS)
    unused = and_(grants.c.kind != "cash", last.is_not(None), last < case((issued > 0, final), else_=today))
    return or_(unclaimed, unused)


def check_not_over(connection: Connection, terms: GrantTerms, today: date) -> None:
    """*Raises*: MoveRefused for a grant that was to end before a day, and that the daily work has still to end."""
    standing = _standing(grant_balances.c.grant_id == terms.id)
    query = select(grants.c.id).outerjoin(standing, standing.c.grant_id == grants.c.id)
    over = query.where(grants.c.id == terms.id, _is_over(standing, today))
    if connection.execute(over).scalar() is not None:
        is_lapsed = terms.claim_by is not None and terms.claimed_on is None and today > terms.claim_by
        day = terms.claim_by if is_lapsed else terms.expires_on
        raise MoveRefused(MOVE_FAULTS.build("lapsed" if is_lapsed else "expired", day=day))


def _matches(wrong: ReversalCriteria) -> ColumnElement[bool]:
    """Return the condition on grants and decisions that the criteria stand for."""
    conditions = [grants.c.rule_id == wrong.rule_id]
    if wrong.version:
        conditions.append(decisions.c.rule_hash == wrong.version)
    if wrong.since:
        conditions.append(grants.c.granted_on >= wrong.since)
    if wrong.until:
        conditions.append(grants.c.granted_on <= wrong.until)
    if wrong.decision:
        conditions.append(grants.c.decision_id == wrong.decision)
    return and_(*conditions)


def find_spent_grants(connection: Connection, wrong: ReversalCriteria) -> tuple[SpentGrant, ...]:
    """Return the matching grants that the member used in part or that the bank pays, ordered by id.

    A thing that has a worth is counted in pieces.
    """
    balances = grant_balances.c
    counted = or_(balances.unit != FEN, grants.c.kind.in_(sorted(KINDS_COUNTED_IN_FEN)))
    query = (
        select(grants, balances.unit.label("counted_in"), balances.redeemed, balances.settled)
        .join(decisions, decisions.c.id == grants.c.decision_id)
        .join(grant_balances, balances.grant_id == grants.c.id)
        .where(_matches(wrong), counted, balances.redeemed + balances.settled > 0)
        .order_by(grants.c.id)
    )
    return tuple(
        SpentGrant(
            row.id, row.member_id, row.kind, row.title, row.counted_in, int(row.redeemed), int(row.settled)
        )
        for row in connection.execute(query)
    )


def find_ended_grants(connection: Connection, grant_ids: Collection[str]) -> frozenset[str]:
    """Return which grants an officer has voided, or reversed by an act on their rule.

    What comes back of such a grant goes to its budget. An act covers what had been decided before it.
    """
    ended: set[str] = set()
    for some in chunks(sorted(grant_ids)):
        of_officers = transactions.c.act_id.startswith("act/", autoescape=True)
        by_officer = transactions.c.grant_id.in_(some) & transactions.c.kind.in_(("void", "reverse"))
        ended |= set(connection.scalars(select(transactions.c.grant_id).where(by_officer, of_officers)))
        reversed_ = (
            select(
                grants,
                decisions.c.rule_hash,
                rule_acts.c.sequence,
                rule_acts.c.hash_before,
                rule_acts.c.detail,
            )
            .join(decisions, decisions.c.id == grants.c.decision_id)
            .join(rule_acts, rule_acts.c.rule_id == grants.c.rule_id)
            .where(grants.c.id.in_(some), rule_acts.c.act == "reversed")
            .where(rule_acts.c.at >= decisions.c.recorded_at)
        )
        ended |= {row.id for row in connection.execute(reversed_) if _is_covered(row)}
    return frozenset(ended)


def _is_covered(row: Row[str]) -> bool:
    """Return whether the act's criteria, as it recorded them, match the grant."""
    day = row.granted_on.isoformat()
    with naming_row("rule_acts", row.sequence):
        criteria = dict(from_json(row.detail))
        return (
            row.hash_before in (None, row.rule_hash)
            and (criteria["since"] or day) <= day <= (criteria["until"] or day)
            and criteria.get("decision", row.decision_id) == row.decision_id
        )


def _standing(which: ColumnElement[bool]) -> Subquery:
    """Return a subquery: open and used amounts of these grants, if they have moved, in all units and in fen."""
    left = grant_balances.c.promised + grant_balances.c.issued
    spent = grant_balances.c.redeemed + grant_balances.c.settled
    gone = spent + grant_balances.c.expired + grant_balances.c.reversed
    in_fen = grant_balances.c.unit == FEN
    return (
        select(
            grant_balances.c.grant_id,
            func.sum(left).label("open"),
            func.sum(grant_balances.c.issued).label("issued"),
            func.sum(gone).label("gone"),
            func.sum(case((in_fen, left), else_=0)).label("open_fen"),
            func.sum(case((in_fen, spent), else_=0)).label("spent_fen"),
        )
        .where(which)
        .group_by(grant_balances.c.grant_id)
        .subquery()
    )


def _taken(row: RowMapping) -> ReversibleGrant:
    untouched = row["open"] is None
    used = not untouched and row["gone"] > 0
    first = row["id"] == row["decision_id"]
    return ReversibleGrant(
        row["id"],
        row["member_id"],
        row["amount_fen"] if untouched else int(row["open_fen"]),
        read_uses(row["decision_id"], row["explanation"]) if first and not used else {},
        0 if untouched else int(row["spent_fen"]),
        used,
        bool(row["amount_fen"]) or row["kind"] not in KINDS_COUNTED_IN_FEN,
    )
