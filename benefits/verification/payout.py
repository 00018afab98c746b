"""Invariants of payouts: queries that return no row in a sound ledger."""

from collections.abc import Iterator

from sqlalchemy import Connection, Select, and_, case, func, or_, select

from benefits.payout.batches import compute_orders_digest, list_batch_orders, list_payout_batches
from benefits.tables.payout import payout_answers, payout_batches, payout_orders
from benefits.tables.transactions import transactions
from benefits.verification.bundles import disagreement
from core.faults import Fault
from core.text_marks import N_

_Rows = Select[*tuple[object, ...]]
CHANGED_BATCH = N_("batch {id} holds other orders than those that were prepared")


def payout_checks() -> Iterator[tuple[str, _Rows]]:
    """Yield each message with its query; the query's columns fill the message in."""
    yield N_("batch {id} was released by who prepared it"), _by_one_person()
    yield N_("batch {id} waits for a decision, and yet says something of one"), _decided_before()
    yield N_("grant {id} has {count} orders that are under way or paid"), _twice()
    yield N_("order {id} of a released batch was never posted"), _not_posted()
    yield N_("order {id} is {state}, the bank's last answer says otherwise"), _otherwise()
    yield N_("answer {number} to order {id} has no transaction of its kind"), _answer_not_posted()
    yield N_("the answer to order {id} is over {said} fen, the order over {ordered}"), _other_amount()


def find_changed_batches(connection: Connection) -> Iterator[Fault]:
    """Yield the batches whose orders, sums or digest differ from those that were prepared."""
    for batch in list_payout_batches(connection):
        orders = list_batch_orders(connection, batch.id)
        sums = (len(orders), sum(o.amount_fen for o in orders), compute_orders_digest(orders))
        if sums != (batch.orders, batch.amount_fen, batch.orders_digest):
            yield disagreement(CHANGED_BATCH, id=batch.id)


def _by_one_person() -> _Rows:
    same = func.lower(payout_batches.c.decided_by) == func.lower(payout_batches.c.prepared_by)
    return select(payout_batches.c.id).where(payout_batches.c.state == "released", same)


def _decided_before() -> _Rows:
    c = payout_batches.c
    said = or_(
        *(column.is_not(None) for column in (c.decided_by, c.decided_at, c.decided_on, c.decided_reason))
    )
    return select(c.id).where(c.state == "prepared", said)


def _twice() -> _Rows:
    count = func.count()
    return (
        select(payout_orders.c.grant_id.label("id"), count.label("count"))
        .where(payout_orders.c.state.in_(("open", "paid")))
        .group_by(payout_orders.c.grant_id)
        .having(count > 1)
    )


def _not_posted() -> _Rows:
    paid = and_(
        transactions.c.grant_id == payout_orders.c.grant_id,
        transactions.c.kind == "pay",
        transactions.c.act_id == payout_orders.c.batch_id,
    )
    return (
        select(payout_orders.c.reference.label("id"))
        .join(payout_batches, payout_batches.c.id == payout_orders.c.batch_id)
        .outerjoin(transactions, paid)
        .where(payout_batches.c.state == "released", transactions.c.id.is_(None))
    )


def _otherwise() -> _Rows:
    """Find orders whose state differs from the bank's last answer; without an answer an order is open."""
    last = (
        select(payout_answers.c.reference, func.max(payout_answers.c.number).label("number"))
        .group_by(payout_answers.c.reference)
        .subquery()
    )
    said = payout_answers.c.outcome
    return (
        select(payout_orders.c.reference.label("id"), payout_orders.c.state)
        .outerjoin(last, last.c.reference == payout_orders.c.reference)
        .outerjoin(
            payout_answers,
            and_(payout_answers.c.reference == last.c.reference, payout_answers.c.number == last.c.number),
        )
        .where(
            or_(
                and_(said.is_(None), payout_orders.c.state.in_(("paid", "failed"))),
                and_(said.is_not(None), said != payout_orders.c.state),
            )
        )
    )


def _answer_not_posted() -> _Rows:
    kind = case((payout_answers.c.outcome == "paid", "settle"), else_="bounce")
    posted = and_(transactions.c.id == payout_answers.c.transaction_id, transactions.c.kind == kind)
    return (
        select(payout_answers.c.reference.label("id"), payout_answers.c.number)
        .outerjoin(transactions, posted)
        .where(transactions.c.id.is_(None))
    )


def _other_amount() -> _Rows:
    return (
        select(
            payout_orders.c.reference.label("id"),
            payout_answers.c.amount_fen.label("said"),
            payout_orders.c.amount_fen.label("ordered"),
        )
        .join(payout_answers, payout_answers.c.reference == payout_orders.c.reference)
        .where(payout_answers.c.amount_fen != payout_orders.c.amount_fen)
    )
