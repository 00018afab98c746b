"""What must hold between the ledger's rows, each as a query that finds nothing in a sound ledger."""

from collections.abc import Iterator

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Table,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)

from benefits.accounts import COUNTED_BY_WORTH, FEN
from benefits.reversal_checks import is_taken_back, reversal_checks, slot_gaps
from benefits.rulebook_tables import reversals
from benefits.tables import counters, decisions, entries, grants, limit_slots, postings, waiting_list

N_ = str  # marks a text for the message catalogue

_Rows = Select[*tuple[object, ...]]


def checks() -> Iterator[tuple[str, _Rows]]:
    """Each message with its query, whose columns fill the message in."""
    yield N_("transaction {id} sums to {total} {unit}, not to zero"), _unbalanced()
    yield N_("transaction {id} belongs to no grant"), _of_no_grant()
    yield N_("grant {id} has no decision"), _without_decision()
    yield N_("grant {id} has a decision that says {outcome}"), _granted_though_refused()
    yield N_("grant {id} and its decision differ in member, rule or day"), _granted_otherwise()
    yield N_("decision {id} was granted but has no grant"), _without_grant()
    yield N_("grant {id} promises {amount_fen} fen, its postings {posted}"), _posted_otherwise()
    yield N_("grant {id} promises {quantity} {unit}, its postings {posted}"), _counted_otherwise()
    yield N_("grant {id} has {lines} postings instead of {expected}"), _lines_otherwise()
    yield N_("account {key} moved {moved} fen, its counter says {used}"), _moved_otherwise()
    yield N_("counter {key} stands at {used}, above its ceiling {ceiling}"), _overrun()
    yield N_("slots of {key} have a gap: {slots} slots, the highest is {highest}"), slot_gaps()
    yield N_("slot {slot} of {key} belongs to no grant of that rule"), _slots_of_no_grant()
    yield N_("grant {id} has taken no slot"), _without_slot()
    for outcome, table in (("entered", entries), ("waiting", waiting_list)):
        yield N_("decision {id} says {outcome}, its row is missing or differs"), _not_kept(outcome, table)
        yield N_("{table} {id} has a decision that says {outcome}"), _kept_otherwise(outcome, table)
    yield N_("the waiting list of {key} has {count} places, the last is {position}"), _gaps_in_line()
    yield from reversal_checks()


def _unbalanced() -> _Rows:
    total = func.sum(postings.c.amount)
    return (
        select(postings.c.transaction_id.label("id"), postings.c.unit, total.label("total"))
        .group_by(postings.c.transaction_id, postings.c.unit)
        .having(total != 0)
        .order_by(postings.c.transaction_id)
    )


def _of_no_grant() -> _Rows:
    return (
        select(postings.c.transaction_id.label("id"))
        .distinct()
        .outerjoin(grants, grants.c.id == postings.c.transaction_id)
        .outerjoin(reversals, reversals.c.id == postings.c.transaction_id)
        .where(grants.c.id.is_(None), reversals.c.id.is_(None))
    )


def _without_decision() -> _Rows:
    return (
        select(grants.c.id)
        .outerjoin(decisions, decisions.c.id == grants.c.decision_id)
        .where(decisions.c.id.is_(None))
    )


def _granted_though_refused() -> _Rows:
    return (
        select(grants.c.id, decisions.c.outcome)
        .join(decisions, decisions.c.id == grants.c.decision_id)
        .where(decisions.c.outcome != "granted")
    )


def _granted_otherwise() -> _Rows:
    return (
        select(grants.c.id)
        .join(decisions, decisions.c.id == grants.c.decision_id)
        .where(
            or_(
                grants.c.member_id != decisions.c.member_id,
                grants.c.rule_id != decisions.c.rule_id,
                grants.c.granted_on != decisions.c.occurred_on,
            )
        )
    )


def _without_grant() -> _Rows:
    return (
        select(decisions.c.id)
        .outerjoin(grants, grants.c.id == decisions.c.id)
        .where(decisions.c.outcome == "granted", grants.c.id.is_(None))
    )


def _posted_otherwise() -> _Rows:
    posted = _promised()
    return (
        select(grants.c.id, grants.c.amount_fen, posted.label("posted"))
        .outerjoin(postings, and_(postings.c.transaction_id == grants.c.id, postings.c.unit == FEN))
        .group_by(grants.c.id, grants.c.amount_fen)
        .having(posted != grants.c.amount_fen)
    )


def _counted_otherwise() -> _Rows:
    """Things (packs, places, points) are counted besides their worth."""
    posted, unit = _promised(), func.coalesce(grants.c.unit, grants.c.kind)
    return (
        select(grants.c.id, grants.c.quantity, unit.label("unit"), posted.label("posted"))
        .outerjoin(postings, and_(postings.c.transaction_id == grants.c.id, postings.c.unit == unit))
        .where(grants.c.kind.not_in(COUNTED_BY_WORTH))
        .group_by(grants.c.id, grants.c.quantity, grants.c.unit, grants.c.kind)
        .having(posted != grants.c.quantity)
    )


def _lines_otherwise() -> _Rows:
    """Two lines for the worth, two for the thing."""
    lines = func.count(postings.c.sequence)
    expected = case((grants.c.amount_fen > 0, 2), else_=0) + case(
        (grants.c.kind.in_(COUNTED_BY_WORTH), 0), else_=2
    )
    return (
        select(grants.c.id, lines.label("lines"), expected.label("expected"))
        .outerjoin(postings, postings.c.transaction_id == grants.c.id)
        .group_by(grants.c.id, grants.c.amount_fen, grants.c.kind)
        .having(lines != expected)
    )


def _promised() -> ColumnElement[int]:
    """The sum that went into the promised account of the grant's own rule."""
    promised = postings.c.account == "promised/" + grants.c.rule_id
    return func.coalesce(func.sum(case((promised, postings.c.amount), else_=0)), 0, type_=Integer)


def _moved_otherwise() -> _Rows:
    """A budget's account against its counter; either may be missing."""
    told = union_all(
        select(postings.c.account.label("key"), (-postings.c.amount).label("moved"), literal(0).label("used"))
        .where(postings.c.account.like("budget/%"), postings.c.unit == FEN),
        select(counters.c.key, literal(0), counters.c.used).where(counters.c.key.like("budget/%")),
    ).subquery()  # fmt: skip
    moved, used = func.sum(told.c.moved), func.sum(told.c.used)
    return (
        select(told.c.key, moved.label("moved"), used.label("used"))
        .group_by(told.c.key)
        .having(moved != used)
    )


def _overrun() -> _Rows:
    return select(counters.c.key, counters.c.used, counters.c.ceiling).where(
        counters.c.used > counters.c.ceiling
    )


def _slots_of_no_grant() -> _Rows:
    """A limit's key begins with its rule's id."""
    own_rule = func.substr(limit_slots.c.limit_key, 1, func.length(grants.c.rule_id) + 1)
    return (
        select(limit_slots.c.limit_key.label("key"), limit_slots.c.slot)
        .outerjoin(grants, grants.c.id == limit_slots.c.grant_id)
        .where(or_(grants.c.id.is_(None), own_rule != grants.c.rule_id + "|"))
    )


def _without_slot() -> _Rows:
    return (
        select(grants.c.id)
        .outerjoin(limit_slots, limit_slots.c.grant_id == grants.c.id)
        .where(
            limit_slots.c.grant_id.is_(None),
            grants.c.id == grants.c.decision_id,
            ~is_taken_back(grants.c.id),
        )
    )


def _not_kept(outcome: str, table: Table) -> _Rows:
    """What a decision entered, or put on the list, stands there: of the same member and rule."""
    same = and_(
        table.c.id == decisions.c.id,
        table.c.member_id == decisions.c.member_id,
        table.c.rule_id == decisions.c.rule_id,
    )
    return (
        select(decisions.c.id, decisions.c.outcome)
        .outerjoin(table, same)
        .where(decisions.c.outcome == outcome, table.c.id.is_(None))
    )


def _kept_otherwise(outcome: str, table: Table) -> _Rows:
    return (
        select(literal(table.name).label("table"), table.c.id, decisions.c.outcome)
        .outerjoin(decisions, decisions.c.id == table.c.id)
        .where(or_(decisions.c.id.is_(None), decisions.c.outcome != outcome))
    )


def _gaps_in_line() -> _Rows:
    count, last = func.count(), func.max(waiting_list.c.position)
    places = (waiting_list.c.rule_id, waiting_list.c.period, waiting_list.c.places_for)
    return (
        select(waiting_list.c.rule_id.label("key"), count.label("count"), last.label("position"))
        .group_by(*places)
        .having(count != last)
    )
