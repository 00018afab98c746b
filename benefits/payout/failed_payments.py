"""Released payments that didn't arrive: the bank refused them, or a return file of their batch left them out.

A refused payment can be paid again or ended. One without an answer can't: the bank may still have paid it.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select

from benefits.model.accounts import FEN
from benefits.model.chunks import chunks
from benefits.payout.batches import load_bank_answers
from benefits.tables.decisions import grants
from benefits.tables.payout import payout_batches, payout_orders
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
    found = [FailedPayment(**row._mapping) for row in rows]
    if shortfall == "failed":
        answers = load_bank_answers(connection, [one.reference for one in found])
        last = {reference: some[-1] for reference, some in answers.items()}
        found = [
            replace(one, reason=answer.reason, answered_on=answer.answered_on)
            if (answer := last.get(one.reference))
            else one
            for one in found
        ]
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
