"""Recompute the ledger from its rows and name everything that does not agree."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, Select, case, func, select

from benefits.tables import counters, decisions, grants, limit_slots, postings

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One row that does not agree with the others."""

    message: str
    params: dict[str, str]


@dataclass(frozen=True, slots=True)
class Verification:
    """What was counted and what was found."""

    decisions: int
    grants: int
    postings: int
    promised_fen: int
    disagreements: tuple[Disagreement, ...] = field(default=())


def verify(connection: Connection) -> Verification:
    """Check that all transactions sum to zero and that every derived figure follows from the rows."""
    promised = select(func.coalesce(func.sum(grants.c.amount_fen), 0))
    return Verification(
        decisions=_count(connection, select(func.count()).select_from(decisions)),
        grants=_count(connection, select(func.count()).select_from(grants)),
        postings=_count(connection, select(func.count()).select_from(postings)),
        promised_fen=_count(connection, promised),
        disagreements=tuple(
            Disagreement(message, {name: str(value) for name, value in row._mapping.items()})
            for message, query in _checks()
            for row in connection.execute(query)
        ),
    )


def _count(connection: Connection, query: Select[int]) -> int:
    return int(connection.execute(query).scalar_one())


def _checks() -> Iterator[tuple[str, Select[*tuple[object, ...]]]]:
    """Each check as a query that finds nothing in a sound ledger."""
    yield N_("transaction {id} sums to {total} {unit}, not to zero"), _unbalanced()
    yield N_("grant {id} has a decision that says {outcome}"), _granted_though_refused()
    yield N_("decision {id} was granted but has no grant"), _without_grant()
    yield N_("grant {id} promises {amount_fen} fen, its postings {posted}"), _posted_otherwise()
    yield N_("counter {key} says {used}, the grants sum to {total}"), _miscounted_budgets()
    yield N_("counter {key} stands at {used}, above its ceiling {ceiling}"), _overrun()
    yield N_("slots of {key} have a gap: {slots} slots, the highest is {highest}"), _gaps_in_slots()


def _unbalanced() -> Select[*tuple[object, ...]]:
    total = func.sum(postings.c.amount)
    return (
        select(postings.c.transaction_id.label("id"), postings.c.unit, total.label("total"))
        .group_by(postings.c.transaction_id, postings.c.unit)
        .having(total != 0)
    )


def _granted_though_refused() -> Select[*tuple[object, ...]]:
    return (
        select(grants.c.id, decisions.c.outcome)
        .join(decisions, decisions.c.id == grants.c.id)
        .where(decisions.c.outcome != "granted")
    )


def _without_grant() -> Select[*tuple[object, ...]]:
    return (
        select(decisions.c.id)
        .outerjoin(grants, grants.c.id == decisions.c.id)
        .where(decisions.c.outcome == "granted", grants.c.id.is_(None))
    )


def _posted_otherwise() -> Select[*tuple[object, ...]]:
    posted = func.coalesce(
        func.sum(case((postings.c.account.like("promised/%"), postings.c.amount), else_=0)), 0
    )
    return (
        select(grants.c.id, grants.c.amount_fen, posted.label("posted"))
        .outerjoin(postings, (postings.c.transaction_id == grants.c.id) & (postings.c.unit == "fen"))
        .group_by(grants.c.id, grants.c.amount_fen)
        .having(posted != grants.c.amount_fen)
    )


def _miscounted_budgets() -> Select[*tuple[object, ...]]:
    total = func.coalesce(-func.sum(postings.c.amount), 0)
    return (
        select(counters.c.key, counters.c.used, total.label("total"))
        .outerjoin(postings, (postings.c.account == counters.c.key) & (postings.c.unit == "fen"))
        .where(counters.c.key.like("budget/%"))
        .group_by(counters.c.key, counters.c.used)
        .having(total != counters.c.used)
    )


def _overrun() -> Select[*tuple[object, ...]]:
    return select(counters.c.key, counters.c.used, counters.c.ceiling).where(
        counters.c.used > counters.c.ceiling
    )


def _gaps_in_slots() -> Select[*tuple[object, ...]]:
    count, highest = func.count(), func.max(limit_slots.c.slot)
    return (
        select(limit_slots.c.limit_key.label("key"), count.label("slots"), highest.label("highest"))
        .group_by(limit_slots.c.limit_key)
        .having(count != highest)
    )
