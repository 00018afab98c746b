"""Whose benefits end, and whose claims lapse, after a day: what members are reminded of."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from benefits.model.accounts import KINDS_COUNTED_IN_FEN
from benefits.tables.decisions import decisions, grants
from benefits.tables.draws import claim_slots
from benefits.tables.rulebook import is_taken_back
from benefits.tables.transactions import grant_balances


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
