"""Where a grant stands: how much of it is promised, issued, redeemed, settled, expired, reversed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, select

from benefits.model.accounts import COUNTED_BY_WORTH, FEN, OPEN, Stage
from benefits.tables.decisions import grants
from benefits.tables.draws import claims
from benefits.tables.transactions import grant_balances
from store import insert_into

_GRANTS: Select[*tuple[Any, ...]] = (
    select(
        grants.c.id,
        grants.c.decision_id,
        grants.c.member_id,
        grants.c.rule_id,
        grants.c.kind,
        grants.c.amount_fen,
        grants.c.quantity,
        grants.c.unit,
        grants.c.granted_on,
        grants.c.claim_by,
        grants.c.expires_on,
        claims.c.claimed_on,
    )
    .outerjoin(claims, claims.c.decision_id == grants.c.decision_id)
    .where(grants.c.id.in_(bindparam("ids", expanding=True)))
)
_STANDING = (
    select(grant_balances)
    .where(grant_balances.c.grant_id.in_(bindparam("ids", expanding=True)))
    .order_by(grant_balances.c.grant_id, grant_balances.c.unit)
)


@dataclass(frozen=True, slots=True)
class GrantTerms:
    """What a move has to know of a grant."""

    id: str
    decision_id: str
    member_id: str
    rule_id: str
    kind: str
    amount_fen: int
    quantity: int
    unit: str | None
    granted_on: date
    claim_by: date | None
    expires_on: date | None
    claimed_on: date | None


@dataclass(slots=True)
class Position:
    """How much of one unit of a grant stands where."""

    promised: int = 0
    issued: int = 0
    redeemed: int = 0
    settled: int = 0
    expired: int = 0
    reversed: int = 0

    @property
    def open(self) -> int:
        """What the member may still get."""
        return sum(self.at(stage) for stage in OPEN)

    def at(self, stage: Stage) -> int:
        return int(getattr(self, stage))

    def move(self, amount: int, from_: Stage, to: Stage) -> None:
        assert 0 < amount <= self.at(from_), f"{amount} of {self.at(from_)} {from_}"
        setattr(self, from_, self.at(from_) - amount)
        setattr(self, to, self.at(to) + amount)

    def as_row(self) -> dict[str, int]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


def is_used(decision_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether any part of what a decision granted was redeemed or paid, and not brought back."""
    part = grants.alias("part_of_it")
    there = grant_balances.c.redeemed + grant_balances.c.settled > 0
    parts = select(grant_balances.c.grant_id).join(part, part.c.id == grant_balances.c.grant_id)
    return exists(parts.where(part.c.decision_id == decision_id, there))


Positions = dict[str, dict[str, Position]]  # grant → unit → position


def positions(connection: Connection, grant_ids: Collection[str]) -> Positions:
    """Where grants stand, by unit; without a lock. A grant that nobody knows is left out."""
    found = {id_: at_first(terms) for id_, terms in terms_of(connection, grant_ids).items()}
    return _as_moved(connection, found, locked=False)


def lock(connection: Connection, rows: Mapping[str, GrantTerms]) -> Positions:
    """The positions of these grants, each locked until the transaction ends; in the order of their ids.

    A grant that nothing happened to since its promise gets its rows now.
    """
    found = {id_: at_first(terms) for id_, terms in sorted(rows.items())}
    new = [
        {"grant_id": id_, "unit": unit, **position.as_row()}
        for id_, by_unit in found.items()
        for unit, position in sorted(by_unit.items())
    ]
    if new:
        connection.execute(insert_into(connection, grant_balances).on_conflict_do_nothing(), new)
    return _as_moved(connection, found, locked=True)


def terms_of(connection: Connection, grant_ids: Collection[str]) -> dict[str, GrantTerms]:
    """The grants that there are of these."""
    rows = connection.execute(_GRANTS, {"ids": sorted(set(grant_ids))})
    return {row.id: GrantTerms(*row) for row in rows}


def at_first(terms: GrantTerms) -> dict[str, Position]:
    """What a grant promised, by unit."""
    found = {FEN: Position(promised=terms.amount_fen)} if terms.amount_fen else {}
    if terms.kind not in COUNTED_BY_WORTH:
        found[terms.unit or terms.kind] = Position(promised=terms.quantity)
    return found


def _as_moved(connection: Connection, found: Positions, *, locked: bool) -> Positions:
    query = _STANDING.with_for_update() if locked else _STANDING
    for row in connection.execute(query, {"ids": list(found)}).mappings():
        standing = {name: row[name] for name in Position.__slots__}
        found[row["grant_id"]][row["unit"]] = Position(**standing)
    return found
