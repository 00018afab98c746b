"""Positions of grants: how much is promised, issued, redeemed, settled, expired, reversed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, exists, select

from benefits.model.accounts import FEN, KINDS_COUNTED_IN_FEN, OPEN_STAGES, Stage
from benefits.model.faults import MOVE_FAULTS, MoveRefused
from benefits.tables.decisions import grants
from benefits.tables.draws import claims
from benefits.tables.transactions import grant_balances
from store import append_missing_rows, in_json_array, json_array

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
    .where(in_json_array(grants.c.id, "ids"))
)
_STANDING = (
    select(grant_balances)
    .where(in_json_array(grant_balances.c.grant_id, "ids"))
    .order_by(grant_balances.c.grant_id, grant_balances.c.unit)
)


class GrantTerms(NamedTuple):
    """The columns of a grant that a move needs."""

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
class GrantPosition:
    """How much of one unit of a grant is at each stage."""

    promised: int = 0
    issued: int = 0
    redeemed: int = 0
    settled: int = 0
    expired: int = 0
    reversed: int = 0

    @property
    def open_amount(self) -> int:
        """Return the amount that is promised or issued: the member can still get it."""
        return sum(self.at(stage) for stage in OPEN_STAGES)

    def at(self, stage: Stage) -> int:
        return int(getattr(self, stage))

    def move(self, amount: int, from_: Stage, to: Stage) -> None:
        assert 0 < amount <= self.at(from_), f"{amount} of {self.at(from_)} {from_}"
        setattr(self, from_, self.at(from_) - amount)
        setattr(self, to, self.at(to) + amount)

    def as_row(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__slots__}


def is_decision_used(decision_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Return an SQL expression: whether a part of a decision was redeemed or paid, and not returned."""
    part = grants.alias("part_of_it")
    there = grant_balances.c.redeemed + grant_balances.c.settled > 0
    parts = select(grant_balances.c.grant_id).join(part, part.c.id == grant_balances.c.grant_id)
    return exists(parts.where(part.c.decision_id == decision_id, there))


GrantPositions = dict[str, dict[str, GrantPosition]]  # grant → unit → position


def read_grant_positions(connection: Connection, grant_ids: Collection[str]) -> GrantPositions:
    """Read the positions of grants, by unit, without a lock; unknown grants are left out."""
    return read_positions(connection, read_grant_terms(connection, grant_ids))


def read_positions(connection: Connection, rows: Mapping[str, GrantTerms]) -> GrantPositions:
    """Read what ``read_grant_positions`` reads, for grants whose terms the caller has."""
    return _as_moved(connection, {id_: initial_positions(terms) for id_, terms in rows.items()}, locked=False)


def lock_grant_positions(connection: Connection, rows: Mapping[str, GrantTerms]) -> GrantPositions:
    """Read the positions of these grants and lock them until the transaction ends, in the order of their ids.

    A grant without a move since its promise gets its rows now.
    """
    found = {id_: initial_positions(terms) for id_, terms in sorted(rows.items())}
    new = [
        {"grant_id": id_, "unit": unit, **position.as_row()}
        for id_, by_unit in found.items()
        for unit, position in sorted(by_unit.items())
    ]
    append_missing_rows(connection, grant_balances, new)
    return _as_moved(connection, found, locked=True)


def read_grant_terms(connection: Connection, grant_ids: Collection[str]) -> dict[str, GrantTerms]:
    """Read the terms of these grants; unknown grants are left out."""
    if not grant_ids:
        return {}
    rows = connection.execute(_GRANTS, {"ids": json_array(sorted(set(grant_ids)))}).all()
    return {row[0]: GrantTerms._make(row) for row in rows}


def require_grant_terms(connection: Connection, grant_id: str, member_id: str | None = None) -> GrantTerms:
    """Read the terms of a grant. *Raises*: MoveRefused if it is unknown or, with ``member_id``, another member's."""
    found = read_grant_terms(connection, [grant_id]).get(grant_id)
    if found is None:
        raise MoveRefused(MOVE_FAULTS.build("unknown", grant=grant_id[:80]))
    if member_id not in (None, found.member_id):
        raise MoveRefused(MOVE_FAULTS.build("foreign", grant=grant_id))
    return found


def initial_positions(terms: GrantTerms) -> dict[str, GrantPosition]:
    """Return the positions of a grant at its promise, by unit."""
    found = {FEN: GrantPosition(promised=terms.amount_fen)} if terms.amount_fen else {}
    if terms.kind not in KINDS_COUNTED_IN_FEN:
        found[grant_unit(terms)] = GrantPosition(promised=terms.quantity)
    return found


def grant_unit(terms: GrantTerms) -> str:
    """Return the unit in which a grant is counted."""
    return FEN if terms.kind in KINDS_COUNTED_IN_FEN else terms.unit or terms.kind


def compute_worth_fen(amount: object, terms: GrantTerms, standing: Mapping[str, GrantPosition]) -> int:
    """Return the worth of some pieces; the last piece takes the rounding difference."""
    left, fen = standing[grant_unit(terms)].open_amount, standing.get(FEN, GrantPosition()).open_amount
    if type(amount) is not int or not 0 < amount <= left:
        return 0  # posting refuses it
    return max(fen - terms.amount_fen * (left - amount) // terms.quantity, 0)


def _as_moved(connection: Connection, found: GrantPositions, *, locked: bool) -> GrantPositions:
    if not found:
        return found
    query = _STANDING.with_for_update() if locked else _STANDING
    for grant_id, unit, *amounts in connection.execute(query, {"ids": json_array(found)}).all():
        found[grant_id][unit] = GrantPosition(*amounts)
    return found
