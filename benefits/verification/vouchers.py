"""Invariants of redemptions, refunds and expiry slots: queries that return no row in a sound ledger."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select

from benefits.tables.decisions import grants, postings
from benefits.tables.transactions import grant_balances, transactions
from benefits.tables.vouchers import due_slots, redemptions, refunds
from core.text_marks import N_

CheckQuery = Select[Any]


def voucher_checks() -> Iterator[tuple[str, CheckQuery]]:
    """Yield each message with its query; the query's columns fill the message in."""
    yield N_("redemption {id} says {amount} {unit}, its postings {posted}"), _redeemed_otherwise()
    yield N_("refund {id} says {amount} {unit}, its postings {posted}"), _refunded_otherwise()
    yield N_("redemption {id} was of {amount}, refunded were {back}"), _refunded_too_much()
    yield N_("voucher {id} can be used {uses} times and was used {used} times"), _used_too_often()
    yield N_("grant {id} expires on {day}, and nothing will end it"), _without_slot()


def _redeemed_otherwise() -> CheckQuery:
    table = redemptions
    posted = func.coalesce(func.sum(_in("redeemed/", table.c.unit)), 0)
    return (
        select(table.c.id, table.c.amount, table.c.unit, posted.label("posted"))
        .outerjoin(transactions, and_(transactions.c.id == table.c.id, transactions.c.kind == "redeem"))
        .outerjoin(postings, postings.c.transaction_id == transactions.c.id)
        .group_by(table.c.id, table.c.amount, table.c.unit)
        .having(posted != table.c.amount)
    )


def _refunded_otherwise() -> CheckQuery:
    posted = func.coalesce(func.sum(_in("issued/", redemptions.c.unit)), 0)
    return (
        select(refunds.c.id, refunds.c.amount, redemptions.c.unit, posted.label("posted"))
        .join(redemptions, redemptions.c.id == refunds.c.redemption_id)
        .outerjoin(transactions, and_(transactions.c.id == refunds.c.id, transactions.c.kind == "refund"))
        .outerjoin(postings, postings.c.transaction_id == transactions.c.id)
        .group_by(refunds.c.id, refunds.c.amount, redemptions.c.unit)
        .having(posted != refunds.c.amount)
    )


def _in(account: str, unit: Any) -> Any:
    fits = and_(postings.c.account.startswith(account, autoescape=True), postings.c.unit == unit)
    return case((fits, postings.c.amount), else_=0)


def _refunded_too_much() -> CheckQuery:
    back = func.sum(refunds.c.amount)
    return (
        select(redemptions.c.id, redemptions.c.amount, back.label("back"))
        .join(refunds, refunds.c.redemption_id == redemptions.c.id)
        .group_by(redemptions.c.id, redemptions.c.amount)
        .having(back > redemptions.c.amount)
    )


def _used_too_often() -> CheckQuery:
    back = (
        select(refunds.c.redemption_id, func.sum(refunds.c.amount).label("amount"))
        .group_by(refunds.c.redemption_id)
        .subquery()
    )
    used = func.count()
    return (
        select(grants.c.id, grants.c.uses, used.label("used"))
        .join(redemptions, redemptions.c.grant_id == grants.c.id)
        .outerjoin(back, back.c.redemption_id == redemptions.c.id)
        .where(grants.c.kind == "voucher", redemptions.c.amount > func.coalesce(back.c.amount, 0))
        .group_by(grants.c.id, grants.c.uses)
        .having(used > grants.c.uses)
    )


def _without_slot() -> CheckQuery:
    """Find open grants that expire and have no expiry slot; cash that was sent to the bank needs none."""
    return (
        select(grants.c.id, grants.c.expires_on.label("day"))
        .distinct()
        .outerjoin(due_slots, due_slots.c.grant_id == grants.c.id)
        .outerjoin(grant_balances, grant_balances.c.grant_id == grants.c.id)
        .where(
            grants.c.expires_on.is_not(None),
            grants.c.kind != "cash",
            due_slots.c.grant_id.is_(None),
            or_(grant_balances.c.grant_id.is_(None), grant_balances.c.promised + grant_balances.c.issued > 0),
        )
    )
