"""Released payments that didn't arrive: the bank refused them, or a return file of their batch left them out.

A refused payment can be paid again or ended. One without an answer can't: the bank may still have paid it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select

from benefits.model.accounts import FEN
from benefits.model.chunks import chunks
from benefits.tables.decisions import grants
from benefits.tables.payout import payout_answers, payout_batches, payout_orders
from benefits.tables.transactions import grant_balances

Shortfall = Literal["failed", "unanswered"]


@dataclass(frozen=True, slots=True)
class FailedPayment:
    """A released payment that didn't arrive.

    ``amount_fen`` was ordered. ``ledger_fen`` is what the ledger still holds for it: of a failed payment what
    can be paid again, of one without an answer what is on its way. ``reason`` and ``answered_on`` are the bank's.
    """

    reference: str
    batch_id: str
    released_on: date
    grant_id: str
    member_id: str
    rule_id: str
    title: str
    attempt: int
    amount_fen: int
    ledger_fen: int
    shortfall: Shortfall
    reason: str = ""
    answered_on: date | None = None


def list_failed_payments(
    connection: Connection, shortfall: Shortfall, rules: Collection[str] | None = None
) -> list[FailedPayment]:
    """List the payments of one kind, of these rules or of all, by batch and line."""
    base = _select(shortfall).order_by(payout_batches.c.number, payout_orders.c.line)
    if rules is None:
        rows = list(connection.execute(base))
    else:
        parts = [base.where(grants.c.rule_id.in_(some)) for some in chunks(sorted(rules))]
        rows = [row for part in parts for row in connection.execute(part)]
    answers = _last_failures(connection, [row.reference for row in rows]) if shortfall == "failed" else {}
    found = []
    for row in rows:
        reason, answered_on = answers.get(row.reference, ("", None))
        found.append(
            FailedPayment(**row._mapping, shortfall=shortfall, reason=reason, answered_on=answered_on)
        )
    return found


def count_failed_payments(connection: Connection, shortfall: Shortfall) -> dict[str, int]:
    """Count the payments of one kind by rule."""
    found = _select(shortfall).subquery()
    query = select(found.c.rule_id, func.count()).group_by(found.c.rule_id)
    return {rule: int(count) for rule, count in connection.execute(query).all()}


def _select(shortfall: Shortfall) -> Select[tuple[str, str, date, str, str, str, str, int, int, int]]:
    balance = grant_balances.c
    held = balance.promised + balance.issued if shortfall == "failed" else balance.redeemed
    return (
        select(
            payout_orders.c.reference,
            payout_orders.c.batch_id,
            payout_batches.c.decided_on.label("released_on"),
            payout_orders.c.grant_id,
            grants.c.member_id,
            grants.c.rule_id,
            grants.c.title,
            payout_orders.c.attempt,
            payout_orders.c.amount_fen,
            held.label("ledger_fen"),
        )
        .join(payout_batches, payout_batches.c.id == payout_orders.c.batch_id)
        .join(grants, grants.c.id == payout_orders.c.grant_id)
        .join(grant_balances, and_(balance.grant_id == grants.c.id, balance.unit == FEN))
        .where(payout_batches.c.state == "released", held > 0)
        .where(_is_failed() if shortfall == "failed" else _is_unanswered())
    )


def _is_failed() -> ColumnElement[bool]:
    """Return the condition that the bank refused the order, and no later one pays its grant."""
    later = payout_orders.alias("later")
    is_ordered_again = exists().where(
        later.c.grant_id == payout_orders.c.grant_id,
        or_(
            later.c.state.in_(("open", "paid")),
            and_(later.c.attempt > payout_orders.c.attempt, later.c.state == "failed"),
        ),
    )
    return and_(payout_orders.c.state == "failed", ~is_ordered_again)


def _is_unanswered() -> ColumnElement[bool]:
    """Return the condition that the bank answered other orders of the batch, and not this one."""
    other = payout_orders.alias("other")
    is_batch_answered = exists().where(
        other.c.batch_id == payout_orders.c.batch_id, other.c.state.in_(("paid", "failed"))
    )
    return and_(payout_orders.c.state == "open", is_batch_answered)


def _last_failures(connection: Connection, references: Sequence[str]) -> dict[str, tuple[str, date]]:
    """Return the reason and the day of the bank's last answer to each order."""
    found: dict[str, tuple[str, date]] = {}
    one = payout_answers.c
    for some in chunks(references):
        query = select(one.reference, one.reason, one.answered_on).where(one.reference.in_(some))
        for row in connection.execute(query.order_by(one.reference, one.number)):
            found[row.reference] = (row.reason, row.answered_on)
    return found
