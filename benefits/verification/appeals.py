"""Invariants of stored rules, appeals, clawbacks and debts: queries that return no row in a sound ledger."""

from collections.abc import Iterator

from pydantic_core import from_json
from sqlalchemy import Connection, Select, and_, case, func, or_, select

from benefits.tables.appeals import appeal_answers, appeals, rule_contents
from benefits.tables.clawback import clawbacks, debt_acts
from benefits.tables.decisions import decisions, postings
from benefits.tables.transactions import transactions
from benefits.verification.bundles import disagreement
from core.faults import Fault
from core.text_marks import N_
from rules import compute_rule_hash

_Rows = Select[*tuple[object, ...]]


def appeal_and_debt_checks() -> Iterator[tuple[str, _Rows]]:
    """Yield each message with its query; the query's columns fill the message in."""
    yield (
        N_("clawback {id} says that {reversed_fen} fen went back, its postings {posted}"),
        _posted_otherwise(),
    )
    yield N_("of debt {id}, {owed_fen} fen, {ended} fen were settled or waived"), _ended_twice()
    yield N_("debt {id} was settled by a transaction {transaction} that isn't there"), _without_transaction()
    yield N_("appeal {id} belongs to another member than its decision"), _of_another_member()
    yield N_("appeal {id} was answered by a decision about something else"), _answered_otherwise()


def find_changed_rules(connection: Connection) -> Iterator[Fault]:
    """Yield the stored rule versions whose content doesn't match their hash."""
    query = select(rule_contents)
    for row in connection.execute(query.execution_options(yield_per=100)):
        if (
            compute_rule_hash(row.content, row.tables) != row.hash
            or from_json(row.content)["id"] != row.rule_id
        ):
            yield disagreement(N_("the kept rule {hash} is not what its hash was taken over"), hash=row.hash)


def _posted_otherwise() -> _Rows:
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


def _ended_twice() -> _Rows:
    ended = func.sum(debt_acts.c.amount_fen)
    return (
        select(clawbacks.c.id, clawbacks.c.owed_fen, ended.label("ended"))
        .join(debt_acts, debt_acts.c.debt_id == clawbacks.c.id)
        .group_by(clawbacks.c.id, clawbacks.c.owed_fen)
        .having(ended > clawbacks.c.owed_fen)
    )


def _without_transaction() -> _Rows:
    return (
        select(debt_acts.c.debt_id.label("id"), debt_acts.c.transaction_id.label("transaction"))
        .outerjoin(transactions, transactions.c.id == debt_acts.c.transaction_id)
        .where(debt_acts.c.transaction_id.is_not(None), transactions.c.id.is_(None))
    )


def _of_another_member() -> _Rows:
    return (
        select(appeals.c.id)
        .join(decisions, decisions.c.id == appeals.c.decision_id)
        .where(decisions.c.member_id != appeals.c.member_id)
    )


def _answered_otherwise() -> _Rows:
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
