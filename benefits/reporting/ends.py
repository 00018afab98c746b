"""Find the members whose benefits end, or whose claims lapse, after a day, to remind them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select

from benefits.model.accounts import KINDS_COUNTED_IN_FEN
from benefits.tables.decisions import decisions, grants
from benefits.tables.draws import claim_slots, lapses
from benefits.tables.rulebook import is_taken_back
from benefits.tables.transactions import grant_balances

PAGE_ROWS = 500
_ENDING_KINDS = ("voucher", "item")


def list_members_of_ending_benefits(
    connection: Connection, last_day: date, among: Collection[str] | None = None
) -> set[str]:
    """Return the members who can use something on a day for the last time; ``among`` narrows them.

    Something that is used up, paid out or taken back is not counted.
    """
    query = select(grants.c.member_id).where(grants.c.expires_on == last_day, _is_open())
    query = query.where(~is_taken_back(grants.c.decision_id))
    if among is not None:
        query = query.where(grants.c.member_id.in_(among))
    return set(connection.execute(query.distinct()).scalars())


def list_members_of_ending_claims(
    connection: Connection, last_day: date, among: Collection[str] | None = None
) -> set[str]:
    """Return the members who can claim something on a day for the last time; ``among`` narrows them."""
    query = select(decisions.c.member_id).join(claim_slots, claim_slots.c.decision_id == decisions.c.id)
    query = query.where(claim_slots.c.claim_by == last_day, ~is_taken_back(decisions.c.id))
    if among is not None:
        query = query.where(decisions.c.member_id.in_(among))
    return set(connection.execute(query.distinct()).scalars())


def _is_open() -> ColumnElement[bool]:
    """Return the condition that a part of a grant is promised or issued."""
    b = grant_balances.c
    of_grant = b.grant_id == grants.c.id
    usable = b.promised + b.issued > 0
    is_worth = or_(grants.c.amount_fen > 0, grants.c.kind.not_in(sorted(KINDS_COUNTED_IN_FEN)))
    return or_(and_(is_worth, ~exists().where(of_grant)), exists().where(of_grant, usable))


@dataclass(frozen=True, slots=True)
class EndingVouchers:
    """A member's vouchers under one rule that end on a day, and how many they are."""

    member_id: str
    rule_id: str
    count: int


def count_ending_vouchers(connection: Connection, day: date) -> int:
    """Return how many items ``find_ending_vouchers`` yields."""
    return connection.execute(select(func.count()).select_from(_ending(day).subquery())).scalar_one()


def find_ending_vouchers(connection: Connection, day: date) -> Iterator[tuple[int, list[EndingVouchers]]]:
    """Yield what ends on a day, page by page, with the number read so far.

    What expired since counts as well: a schedule that makes up for a week finds the same as on the day.
    """
    rows = iter(connection.execution_options(yield_per=PAGE_ROWS).execute(_ending(day)))
    read = 0
    while page := list(islice(rows, PAGE_ROWS)):
        read += len(page)
        yield read, [EndingVouchers(row.member_id, row.rule_id, row.number) for row in page]


def _ending(day: date) -> Select[Any]:
    balance = grant_balances.c
    moved = select(balance.grant_id).where(balance.grant_id == grants.c.id)
    unused = moved.where(balance.promised + balance.issued + balance.expired > 0)
    lapsed = select(lapses.c.grant_id).where(lapses.c.grant_id == grants.c.id)
    return (
        select(grants.c.member_id, grants.c.rule_id, func.count().label("number"))
        .where(
            grants.c.expires_on == day,
            grants.c.kind.in_(_ENDING_KINDS),
            or_(~moved.exists(), unused.exists()),
            ~lapsed.exists(),
        )
        .group_by(grants.c.member_id, grants.c.rule_id)
        .order_by(grants.c.member_id, grants.c.rule_id)
    )
