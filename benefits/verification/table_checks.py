"""Invariants of vouchers, payouts, appeals and debts: queries that return no row in a sound ledger."""

from collections.abc import Collection, Iterator
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, Select, and_, case, func, or_, select, true

from benefits.messages.explanation import compute_form_id
from benefits.payout.batches import list_batch_orders, list_payout_batches
from benefits.tables.appeals import appeal_answers, appeals, clawbacks, debt_acts, rule_contents
from benefits.tables.decisions import decisions, explanation_forms, grants, postings
from benefits.tables.payout import payout_answers, payout_batches, payout_orders
from benefits.tables.transactions import grant_balances, transactions
from benefits.tables.vouchers import due_slots, point_spendings, redemptions, refunds, select_grant_uses
from benefits.verification.bundles import disagreement
from benefits.verification.extent import Extent
from core.faults import Fault
from core.text_marks import N_
from rules import compute_rule_hash

CheckQuery = Select[Any]
_FORM_PREFIX = '{"form":"'  # of an explanation, before the id of its form
_FORM_ID = 32
FORM_USED = func.substr(decisions.c.explanation, len(_FORM_PREFIX) + 1, _FORM_ID)  # of a decision

_NO_SLOT = N_("grant {id} expires on {day}, and nothing will end it")
_NOT_POSTED = N_("order {id} of a released batch was never posted")
_POSTED_OTHERWISE = N_("clawback {id} says that {reversed_fen} fen went back, its postings {posted}")
_SPENT_OTHERWISE = N_("spending {id} says {points} points, its postings {posted}")
# What reads the days due or the acts of transactions, which an export without seals lacks.
_NEEDS_SEALED_EXPORT = frozenset({_NO_SLOT, _NOT_POSTED, _POSTED_OTHERWISE, _SPENT_OTHERWISE})


def list_table_checks() -> Iterator[tuple[Extent, str, CheckQuery]]:
    """Yield the rows that each check needs, its message and its query, whose columns fill the message in."""
    for message, query in (
        *voucher_checks(),
        *payout_checks(),
        *appeal_and_debt_checks(),
        *explanation_checks(),
    ):
        yield Extent.SEALED_EXPORT if message in _NEEDS_SEALED_EXPORT else Extent.EXPORT, message, query


def voucher_checks() -> Iterator[tuple[str, CheckQuery]]:
    """Yield each message with its query; the query's columns fill the message in."""
    yield N_("redemption {id} says {amount} {unit}, its postings {posted}"), _redeemed_otherwise()
    yield N_("refund {id} says {amount} {unit}, its postings {posted}"), _refunded_otherwise()
    yield N_("redemption {id} was of {amount}, refunded were {back}"), _refunded_too_much()
    yield N_("voucher {id} can be used {uses} times and was used {used} times"), _used_too_often()
    yield _NO_SLOT, _without_slot()
    yield _SPENT_OTHERWISE, _spent_otherwise()


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
    use = select_grant_uses().subquery().c
    return (
        select(grants.c.id, grants.c.uses, use.counted.label("used"))
        .join_from(grants, use.grant_id.table, use.grant_id == grants.c.id)
        .where(grants.c.kind == "voucher", use.counted > grants.c.uses)
    )


def _without_slot() -> CheckQuery:
    """Find open grants but of cash that expire and have no expiry slot."""
    # SQLite makes an index on a subquery, but not on a table without row ids.
    slot = select(due_slots.c.grant_id).distinct().subquery().c
    return (
        select(grants.c.id, grants.c.expires_on.label("day"))
        .distinct()
        .outerjoin(slot.grant_id.table, slot.grant_id == grants.c.id)
        .outerjoin(grant_balances, grant_balances.c.grant_id == grants.c.id)
        .where(
            grants.c.expires_on.is_not(None),
            grants.c.kind != "cash",
            slot.grant_id.is_(None),
            or_(grant_balances.c.grant_id.is_(None), grant_balances.c.promised + grant_balances.c.issued > 0),
        )
    )


def _spent_otherwise() -> CheckQuery:
    """Find spendings whose postings, of the member's own points and in their unit, sum to something else."""
    own = and_(grants.c.id == transactions.c.grant_id, grants.c.member_id == point_spendings.c.member_id)
    used = and_(
        grants.c.kind == "points",
        postings.c.unit == func.coalesce(grants.c.unit, grants.c.kind),
        postings.c.account.startswith("redeemed/", autoescape=True),
    )
    posted = func.coalesce(func.sum(case((used, postings.c.amount), else_=0)), 0)
    return (
        select(point_spendings.c.id, point_spendings.c.points, posted.label("posted"))
        .outerjoin(
            transactions,
            and_(transactions.c.act_id == point_spendings.c.id, transactions.c.kind == "redeem"),
        )
        .outerjoin(grants, own)
        .outerjoin(postings, postings.c.transaction_id == transactions.c.id)
        .group_by(point_spendings.c.id, point_spendings.c.points)
        .having(posted != point_spendings.c.points)
    )


CHANGED_BATCH = N_("batch {id} holds other orders than those that were prepared")


def payout_checks() -> Iterator[tuple[str, CheckQuery]]:
    """Yield each message with its query; the query's columns fill the message in."""
    yield N_("batch {id} was released by who prepared it"), _by_one_person()
    yield N_("batch {id} waits for a decision, and yet says something of one"), _decided_before()
    yield N_("grant {id} has {count} orders that are under way or paid"), _twice()
    yield _NOT_POSTED, _not_posted()
    yield N_("order {id} is {state}, the bank's last answer says otherwise"), _otherwise()
    yield N_("answer {number} to order {id} has no transaction of its kind"), _answer_not_posted()
    yield N_("the answer to order {id} is over {said} fen, the order over {ordered}"), _other_amount()


def find_changed_batches(connection: Connection, ids: Collection[str] | None = None) -> Iterator[Fault]:
    """Yield the batches, all or these, whose orders, sums or digest differ from those that were prepared."""
    for batch in list_payout_batches(connection) if ids is None or ids else ():
        if (ids is None or batch.id in ids) and not batch.holds(list_batch_orders(connection, batch.id)):
            yield disagreement(CHANGED_BATCH, id=batch.id)


def _by_one_person() -> CheckQuery:
    same = func.lower(payout_batches.c.decided_by) == func.lower(payout_batches.c.prepared_by)
    return select(payout_batches.c.id).where(payout_batches.c.state == "released", same)


def _decided_before() -> CheckQuery:
    c = payout_batches.c
    said = or_(
        *(column.is_not(None) for column in (c.decided_by, c.decided_at, c.decided_on, c.decided_reason))
    )
    return select(c.id).where(c.state == "prepared", said)


def _twice() -> CheckQuery:
    count = func.count()
    return (
        select(payout_orders.c.grant_id.label("id"), count.label("count"))
        .where(payout_orders.c.state.in_(("open", "paid")))
        .group_by(payout_orders.c.grant_id)
        .having(count > 1)
    )


def _not_posted() -> CheckQuery:
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


def _otherwise() -> CheckQuery:
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


def _answer_not_posted() -> CheckQuery:
    kind = case((payout_answers.c.outcome == "paid", "settle"), else_="bounce")
    posted = and_(transactions.c.id == payout_answers.c.transaction_id, transactions.c.kind == kind)
    return (
        select(payout_answers.c.reference.label("id"), payout_answers.c.number)
        .outerjoin(transactions, posted)
        .where(transactions.c.id.is_(None))
    )


def _other_amount() -> CheckQuery:
    return (
        select(
            payout_orders.c.reference.label("id"),
            payout_answers.c.amount_fen.label("said"),
            payout_orders.c.amount_fen.label("ordered"),
        )
        .join(payout_answers, payout_answers.c.reference == payout_orders.c.reference)
        .where(payout_answers.c.amount_fen != payout_orders.c.amount_fen)
    )


def appeal_and_debt_checks() -> Iterator[tuple[str, CheckQuery]]:
    """Yield each message with its query; the query's columns fill the message in."""
    yield _POSTED_OTHERWISE, _posted_otherwise()
    yield N_("of debt {id}, {owed_fen} fen, {ended} fen were settled or waived"), _ended_twice()
    yield N_("debt {id} was settled by a transaction {transaction} that isn't there"), _without_transaction()
    yield N_("appeal {id} belongs to another member than its decision"), _of_another_member()
    yield N_("appeal {id} was answered by a decision about something else"), _answered_otherwise()


def explanation_checks() -> Iterator[tuple[str, CheckQuery]]:
    """Yield the message with the query that finds explanations whose words are gone."""
    yield (
        N_("the words that explain decision {id} are gone"),
        select(decisions.c.id).where(
            decisions.c.explanation.startswith(_FORM_PREFIX, autoescape=True),
            FORM_USED.not_in(select(explanation_forms.c.id)),
        ),
    )


def find_changed_forms(connection: Connection, ids: Collection[str] | None = None) -> Iterator[Fault]:
    """Yield the forms of explanations, all or these, whose content doesn't match their id."""
    query = select(explanation_forms).where(true() if ids is None else explanation_forms.c.id.in_(ids))
    for row in connection.execute(query.execution_options(yield_per=100)):
        if compute_form_id(row.content) != row.id:
            yield disagreement(N_("the words {id} of explanations are not what was stored"), id=row.id)


def find_changed_rules(connection: Connection, ids: Collection[str] | None = None) -> Iterator[Fault]:
    """Yield the stored rule versions, all or these, whose content doesn't match their hash."""
    query = select(rule_contents).where(true() if ids is None else rule_contents.c.hash.in_(ids))
    for row in connection.execute(query.execution_options(yield_per=100)):
        if (
            compute_rule_hash(row.content, row.tables) != row.hash
            or from_json(row.content)["id"] != row.rule_id
        ):
            yield disagreement(N_("the kept rule {hash} is not what its hash was taken over"), hash=row.hash)


def _posted_otherwise() -> CheckQuery:
    """Find clawbacks whose postings differ from the recorded amount.

    Transactions of a clawback and of its debt bear the same act id, so the amount settled of the debt is
    subtracted.
    """
    posted = func.coalesce(
        func.sum(
            case(
                (
                    and_(postings.c.account == "reversed/" + clawbacks.c.rule_id, postings.c.unit == "fen"),
                    postings.c.amount,
                ),
                else_=0,
            )
        ),
        0,
    )
    back = (
        select(func.coalesce(func.sum(debt_acts.c.amount_fen), 0))
        .where(debt_acts.c.debt_id == clawbacks.c.id, debt_acts.c.kind != "waived")
        .scalar_subquery()
    )
    return (
        select(clawbacks.c.id, clawbacks.c.reversed_fen, (posted - back).label("posted"))
        .outerjoin(transactions, transactions.c.act_id == clawbacks.c.id)
        .outerjoin(postings, postings.c.transaction_id == transactions.c.id)
        .where(or_(transactions.c.id.is_(None), transactions.c.grant_id == clawbacks.c.grant_id))
        .group_by(clawbacks.c.id, clawbacks.c.reversed_fen)
        .having(posted - back != clawbacks.c.reversed_fen)
    )


def _ended_twice() -> CheckQuery:
    ended = func.sum(debt_acts.c.amount_fen)
    return (
        select(clawbacks.c.id, clawbacks.c.owed_fen, ended.label("ended"))
        .join(debt_acts, debt_acts.c.debt_id == clawbacks.c.id)
        .group_by(clawbacks.c.id, clawbacks.c.owed_fen)
        .having(ended > clawbacks.c.owed_fen)
    )


def _without_transaction() -> CheckQuery:
    return (
        select(debt_acts.c.debt_id.label("id"), debt_acts.c.transaction_id.label("transaction"))
        .outerjoin(transactions, transactions.c.id == debt_acts.c.transaction_id)
        .where(debt_acts.c.transaction_id.is_not(None), transactions.c.id.is_(None))
    )


def _of_another_member() -> CheckQuery:
    return (
        select(appeals.c.id)
        .join(decisions, decisions.c.id == appeals.c.decision_id)
        .where(decisions.c.member_id != appeals.c.member_id)
    )


def _answered_otherwise() -> CheckQuery:
    old, new = decisions.alias(), decisions.alias()
    return (
        select(appeals.c.id)
        .join(appeal_answers, appeal_answers.c.appeal_id == appeals.c.id)
        .join(old, old.c.id == appeals.c.decision_id)
        .join(new, new.c.id == appeal_answers.c.decision_id)
        .where(
            or_(
                old.c.member_id != new.c.member_id,
                old.c.rule_id != new.c.rule_id,
                old.c.source != new.c.source,
                old.c.event_id != new.c.event_id,
            )
        )
    )
