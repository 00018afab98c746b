"""The ledger's state from which a simulation starts: used counters and taken slots."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, select

from benefits.ledger.bounds import iter_left_places
from benefits.ledger.explanation_forms import read_uses, without_returned
from benefits.model.accounts import BUDGET_PREFIX, FEN
from benefits.model.moves import ENDING_KINDS
from benefits.tables.decisions import counters, decisions, grants, limit_slots, postings
from benefits.tables.draws import waiting_lines, waiting_moves
from benefits.tables.rulebook import LAPSE_DAYS, REVERSAL_DAYS, is_taken_back
from benefits.tables.transactions import transactions
from rules import DecisionKey, GrantEnd, PriorGrant, StartingUsage, UsageChange

_BACK = (
    *(grants.c.decision_id, grants.c.member_id, grants.c.granted_on),
    *(transactions.c.occurred_on, transactions.c.kind, postings.c.account),
)
_CAME_BACK = (
    select(*_BACK, func.sum(postings.c.amount))
    .join(transactions, transactions.c.grant_id == grants.c.id)
    .join(postings, postings.c.transaction_id == transactions.c.id)
    .where(
        transactions.c.kind.in_(ENDING_KINDS),
        postings.c.account.startswith(BUDGET_PREFIX),
        postings.c.unit == FEN,
    )
    .group_by(*_BACK)
    .order_by(*_BACK)
)


def read_ledger_state(
    connection: Connection, without: Collection[tuple[str, str]] = (), since: date | None = None
) -> StartingUsage:
    """Read the ledger's state without what was decided on events (source, id) that will be replayed.

    How those grants ended is part of it. So is, with its day, what was decided otherwise from the day ``since`` on,
    by a draw or from a waiting list above all, and what budgets got back from that day on.
    """
    used: defaultdict[str, int] = defaultdict(int)
    ceilings: dict[str, int] = {}
    for key, amount, ceiling in connection.execute(
        select(counters.c.key, counters.c.used, counters.c.ceiling)
    ):
        used[key] = amount
        if ceiling is not None:
            ceilings[key] = ceiling
    for places, moved in connection.execute(select(waiting_lines)):
        used[f"waiting/{places}"] -= moved  # a simulation needs how many wait now, not how many ever waited
    for key, _ in iter_left_places(connection):
        used[key] -= 1
    if not without and since is None:
        return StartingUsage(used, _slots(connection, {}), _earlier(connection, ()), ceilings)
    first = since or date.min
    left_out = _leave_out(connection, without, first, used)
    moves = _date_moves(connection, first, used)
    earlier_ends = []
    for decision, member, granted_on, day, kind, account, amount in connection.execute(_CAME_BACK):
        is_act = kind != "expire"
        end = GrantEnd(day, {account: int(amount)}, is_act=is_act, member=member, granted_on=granted_on)
        known = left_out.get(decision)
        if known is not None and not known.is_whole:
            known.ends.append(end)
        elif known is None and day >= first:
            earlier_ends.append(end)
        else:
            continue
        used[account] += end.back[account]
    slots = _slots(connection, left_out)
    changes = [one.change for one in left_out.values() if one.change is not None]
    earlier_ends += [end for one in left_out.values() if one.key is None for end in one.ends]
    ends = {one.key: one.ends for one in left_out.values() if one.key is not None}
    return StartingUsage(
        used, slots, _earlier(connection, left_out), ceilings, ends, earlier_ends, [*changes, *moves]
    )


@dataclass(frozen=True, slots=True)
class _LeftOut:
    """A decision that is taken off the usage, with its ends, or the one end of what came back whole.

    It has a ``key`` if it is a grant on an event that is replayed, a ``change`` if it is counted on its own day.
    """

    ends: list[GrantEnd]
    is_whole: bool
    key: DecisionKey | None
    change: UsageChange | None


def _leave_out(
    connection: Connection, events: Collection[tuple[str, str]], first: date, used: dict[str, int]
) -> dict[str, _LeftOut]:
    """Take off the usage what was decided on these events, and on others from a first day on.

    What came back, whole or a place by a transfer, has been given back already: of what ended from that day on, but
    was decided before, it is used again until then. Of what was decided anew the last decision comes last.
    """
    whole = dict(_whole_ends(connection))
    ended = {id_ for id_, end in whole.items() if end.day >= first}
    d = decisions.c
    query = select(
        *(d.id, d.source, d.event_id, d.rule_id, d.rule_hash, d.outcome, d.explanation),
        *(d.member_id, d.occurred_on),
    )
    rows = connection.execute(query.where(d.outcome != "refused"))
    wanted = [
        row
        for row in rows
        if row.occurred_on >= first or row.id in ended or (row.source, row.event_id) in events
    ]
    taken = without_returned(connection, {row.id: read_uses(row.id, row.explanation) for row in wanted})
    found: dict[str, _LeftOut] = {}
    for row in sorted(wanted, key=lambda one: one.id not in whole):
        end, uses = whole.get(row.id), taken[row.id]
        if end is None:
            for name, amount in uses.items():
                used[name] -= amount
        if (row.source, row.event_id) in events:
            key = (row.source, row.event_id, row.rule_id, row.rule_hash) if row.outcome == "granted" else None
            found[row.id] = _LeftOut([end] if end else [], end is not None, key, None)
        else:
            found[row.id] = _date_decision(row, uses, end, first, used)
    return found


def _date_decision(
    row: Row[*tuple[Any, ...]],
    uses: Mapping[str, int],
    end: GrantEnd | None,
    first: date,
    used: dict[str, int],
) -> _LeftOut:
    """Count a decision that isn't replayed from its own day on, or from the start if that was before the first day."""
    change = None
    if row.occurred_on >= first:
        granted = (row.rule_id, row.member_id) if row.outcome == "granted" and end is None else None
        change = UsageChange(uses, (), row.occurred_on, granted, row.member_id)
    else:
        for name, amount in uses.items():
            used[name] += amount
    if end is None:
        return _LeftOut([], False, None, change)
    back = GrantEnd(end.day, uses, is_act=end.is_act, member=row.member_id, granted_on=row.occurred_on)
    return _LeftOut([back], True, None, change)


def _date_moves(connection: Connection, first: date, used: dict[str, int]) -> list[UsageChange]:
    """Count who left a waiting list from a day on among those who wait until then."""
    moved = select(waiting_moves.c.places, waiting_moves.c.moved_on).where(waiting_moves.c.moved_on >= first)
    found = []
    lines = ((f"waiting/{places}", day) for places, day in connection.execute(moved))
    own = (left for left in iter_left_places(connection) if left[1] >= first)
    for key, day in (*lines, *own):
        used[key] += 1
        found.append(UsageChange({key: -1}, (), day, None))
    return found


def _slots(connection: Connection, left_out: Mapping[str, _LeftOut]) -> Mapping[str, Mapping[int, date]]:
    """Return the taken slots without those that were left out, which are added to what is counted on its own day."""
    slots: defaultdict[str, dict[int, date]] = defaultdict(dict)
    for key, slot, grant, day in connection.execute(select(limit_slots)):
        known = left_out.get(grant)
        if known is None:
            slots[key][slot] = day
        elif known.change is not None:
            known.change.slots = (*known.change.slots, (key, slot, day))
    return slots


def _whole_ends(connection: Connection) -> Iterator[tuple[str, GrantEnd]]:
    """Yield the decisions whose whole amount went back to the budget, by a reversal or a lapse."""
    for query, is_act in ((REVERSAL_DAYS, True), (LAPSE_DAYS, False)):
        for grant, day in connection.execute(query):
            yield grant, GrantEnd(day, is_whole=True, is_act=is_act)


def _earlier(connection: Connection, left_out: Collection[str]) -> dict[tuple[str, str], list[PriorGrant]]:
    """Return every grant that was not taken back, by rule and member."""
    found: defaultdict[tuple[str, str], list[PriorGrant]] = defaultdict(list)
    standing_grants = select(grants.c.id, grants.c.rule_id, grants.c.member_id, grants.c.granted_on).where(
        ~is_taken_back(grants.c.id), grants.c.id == grants.c.decision_id
    )
    for id_, rule_id, member, day in connection.execute(standing_grants):
        if id_ not in left_out:
            found[rule_id, member].append(PriorGrant(day))
    return found
