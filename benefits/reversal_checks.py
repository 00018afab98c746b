"""What must hold of grants that were taken back, each as a query that finds nothing in a sound ledger."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, union

from benefits.draw_tables import lapses
from benefits.rulebook_tables import freed_slots, reversals
from benefits.tables import limit_slots, postings

N_ = str  # marks a text for the message catalogue

_Rows = Select[*tuple[object, ...]]


def reversal_checks() -> Iterator[tuple[str, _Rows]]:
    """Each message with its query, whose columns fill the message in."""
    yield N_("reversal {id} of grant {grant} leaves {total} {unit} in {account}"), _unlike()
    yield N_("reversal {id} of grant {grant} has no postings"), _empty()
    yield N_("grant {id} was taken back but holds slot {slot} of {key}"), _still_holding()


def is_taken_back(grant_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a grant was taken back, or lapsed unclaimed: either way it gave back all that it had taken."""
    return or_(
        exists().where(reversals.c.grant_id == grant_id), exists().where(lapses.c.grant_id == grant_id)
    )


def slot_gaps() -> _Rows:
    """Slots are taken from 1 on without a gap, save where a reversal gave one back."""
    ever = union(
        select(limit_slots.c.limit_key, limit_slots.c.slot),
        select(freed_slots.c.limit_key, freed_slots.c.slot),
    ).subquery()
    count, highest = func.count(), func.max(ever.c.slot)
    return (
        select(ever.c.limit_key.label("key"), count.label("slots"), highest.label("highest"))
        .group_by(ever.c.limit_key)
        .having(count != highest)
    )


def _unlike() -> _Rows:
    """A grant and its reversal leave nothing in any account."""
    either = or_(
        postings.c.transaction_id == reversals.c.id, postings.c.transaction_id == reversals.c.grant_id
    )
    total = func.sum(postings.c.amount)
    columns = (reversals.c.id, reversals.c.grant_id.label("grant"), postings.c.account, postings.c.unit)
    return (
        select(*columns, total.label("total"))
        .join(postings, either)
        .group_by(reversals.c.id, reversals.c.grant_id, postings.c.account, postings.c.unit)
        .having(total != 0)
    )


def _empty() -> _Rows:
    """A grant that moved something is mirrored by something."""
    moved = exists().where(postings.c.transaction_id == reversals.c.grant_id)
    mirrored = exists().where(postings.c.transaction_id == reversals.c.id)
    return select(reversals.c.id, reversals.c.grant_id.label("grant")).where(and_(moved, ~mirrored))


def _still_holding() -> _Rows:
    return select(
        limit_slots.c.grant_id.label("id"), limit_slots.c.slot, limit_slots.c.limit_key.label("key")
    ).join(reversals, reversals.c.grant_id == limit_slots.c.grant_id)
