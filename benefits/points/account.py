"""A member's account of points: the lots that are left, and every change in its order.

Each grant of points is a lot of the account, counted in the points' own unit and never in fen. Lots are
spent in the order in which they end, and of one last day the earliest first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import Connection, Select, and_, func, or_, select

from benefits.ledger.positions import (
    GrantPosition,
    GrantPositions,
    GrantTerms,
    grant_unit,
    lock_grant_positions,
    read_grant_positions,
    read_grant_terms,
)
from benefits.model.chunks import chunks
from benefits.tables.decisions import grants, postings
from benefits.tables.transactions import grant_balances, transactions
from benefits.tables.vouchers import point_spendings

POINTS = "points"
PointsChangeKind = Literal["earned", "spent", "given_back", "expired", "reversed"]
_KIND_OF_MOVE: dict[str, PointsChangeKind] = {
    "promise": "earned",
    "redeem": "spent",
    "refund": "given_back",
    "expire": "expired",
    "reverse": "reversed",
    "void": "reversed",
}


@dataclass(frozen=True, slots=True)
class PointsLot:
    """The rest of one grant of points; ``is_usable`` is false while it must still be claimed."""

    grant_id: str
    rule_id: str
    title: str
    points: int
    earned_on: date
    expires_on: date | None
    is_usable: bool


@dataclass(frozen=True, slots=True)
class PointsChange:
    """A change of the account. ``points`` is negative where they left it; ``grant_id`` is None of a spending.

    ``about`` is the benefit's title, what the points were spent on, or the reason of their end.
    """

    on: date
    kind: PointsChangeKind
    points: int
    about: str
    grant_id: str | None = None
    spending_id: str | None = None


@dataclass(frozen=True, slots=True)
class PointsAccount:
    """What a member holds on a day, the lots in the order in which they are spent, and all changes."""

    member_id: str
    on: date
    lots: Sequence[PointsLot]
    changes: Sequence[PointsChange]

    @property
    def points(self) -> int:
        """Return the points that can be spent on this day."""
        return sum(lot.points for lot in self.lots if lot.is_usable)


def read_points_account(connection: Connection, member_id: str, on: date) -> PointsAccount:
    """Read a member's account as of today: without lots that are over, whether or not their end was posted."""
    lots = list_points_lots(connection, member_id, on)
    return PointsAccount(member_id, on, lots, list_points_changes(connection, member_id))


def list_points_lots(connection: Connection, member_id: str, on: date) -> list[PointsLot]:
    """List the lots of which points are left on a day, in the order in which they are spent."""
    return _lots(connection, member_id, on, lambda terms: read_grant_positions(connection, terms))


def lock_points_lots(
    connection: Connection, member_id: str, on: date
) -> tuple[list[PointsLot], GrantPositions]:
    """List the lots as ``list_points_lots``, locked until the transaction ends, with all their positions."""
    locked: GrantPositions = {}

    def lock(terms: Mapping[str, GrantTerms]) -> GrantPositions:
        locked.update(lock_grant_positions(connection, terms))
        return locked

    return _lots(connection, member_id, on, lock), locked


def _lots(
    connection: Connection,
    member_id: str,
    on: date,
    positions_of: Callable[[Mapping[str, GrantTerms]], GrantPositions],
) -> list[PointsLot]:
    titles = {row.id: row.title for row in connection.execute(_left(member_id, on))}
    lots: list[PointsLot] = []
    for some in chunks(sorted(titles)):  # by id, as every writer locks them
        terms = read_grant_terms(connection, some)
        positions = positions_of(terms)
        lots += [_lot(one, titles[id_], positions[id_][grant_unit(one)]) for id_, one in terms.items()]
    return sorted((lot for lot in lots if lot.points), key=_spent_first)


def _left(member_id: str, on: date) -> Select[tuple[str, str]]:
    c, balance = grants.c, grant_balances.c
    of_points = and_(balance.grant_id == c.id, balance.unit == func.coalesce(c.unit, c.kind))
    return (
        select(c.id, c.title)
        .outerjoin(grant_balances, of_points)
        .where(c.member_id == member_id, c.kind == POINTS, c.granted_on <= on)
        .where(or_(c.expires_on.is_(None), c.expires_on >= on))
        .where(or_(balance.grant_id.is_(None), balance.promised + balance.issued > 0))
    )


def _lot(terms: GrantTerms, title: str, position: GrantPosition) -> PointsLot:
    is_usable = terms.claim_by is None or terms.claimed_on is not None
    return PointsLot(
        terms.id, terms.rule_id, title, position.open_amount, terms.granted_on, terms.expires_on, is_usable
    )


def _spent_first(lot: PointsLot) -> tuple[date, date, str]:
    return (lot.expires_on or date.max, lot.earned_on, lot.grant_id)


def list_points_changes(connection: Connection, member_id: str) -> list[PointsChange]:
    """List every change of the account, the earliest first; the lots of one spending are one change."""
    found: dict[str, PointsChange] = {}
    for row in connection.execute(_changes(member_id)):
        before = found.get(row.spending_id or row.id)
        kind = _KIND_OF_MOVE[row.kind]
        grant_id = None if row.spending_id else row.grant_id
        about = row.title if kind in ("earned", "given_back") else row.purpose or row.reason
        points = int(row.points) + (before.points if before else 0)
        found[row.spending_id or row.id] = PointsChange(
            row.occurred_on, kind, points, about, grant_id, row.spending_id
        )
    return list(found.values())


def _changes(member_id: str) -> Select[Any]:
    """Return a query of the transactions that changed how many points the member can still use."""
    t, g, p = transactions.c, grants.c, postings.c
    points = func.sum(p.amount)
    columns = (t.id, t.kind, t.grant_id, t.occurred_on, t.recorded_at, t.reason, g.title)
    spending = (point_spendings.c.id.label("spending_id"), point_spendings.c.purpose)
    return (
        select(*columns, *spending, points.label("points"), func.min(p.sequence).label("first"))
        .join(grants, g.id == t.grant_id)
        .join(postings, p.transaction_id == t.id)
        .outerjoin(point_spendings, point_spendings.c.id == t.act_id)
        .where(g.member_id == member_id, g.kind == POINTS, p.unit == func.coalesce(g.unit, g.kind))
        .where(or_(p.account == "promised/" + g.rule_id, p.account == "issued/" + g.rule_id))
        .group_by(*columns, *spending)
        .having(points != 0)
        .order_by(t.occurred_on, t.recorded_at, func.min(p.sequence))
    )
