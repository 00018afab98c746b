"""The ledger's state from which a simulation starts: used counters and taken slots."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date

from sqlalchemy import Connection, func, select

from benefits.ledger.explanation_forms import read_uses
from benefits.model.accounts import BUDGET_PREFIX, FEN
from benefits.model.moves import ENDING_KINDS
from benefits.tables.decisions import counters, decisions, grants, limit_slots, postings
from benefits.tables.draws import waiting_lines
from benefits.tables.rulebook import LAPSE_DAYS, REVERSAL_DAYS, is_taken_back
from benefits.tables.transactions import transactions
from rules import DecisionKey, GrantEnd, PriorGrant, StartingUsage

_CAME_BACK = (
    select(
        grants.c.decision_id,
        transactions.c.occurred_on,
        transactions.c.kind,
        postings.c.account,
        func.sum(postings.c.amount),
    )
    .join(transactions, transactions.c.grant_id == grants.c.id)
    .join(postings, postings.c.transaction_id == transactions.c.id)
    .where(
        transactions.c.kind.in_(ENDING_KINDS),
        postings.c.account.startswith(BUDGET_PREFIX),
        postings.c.unit == FEN,
    )
    .group_by(grants.c.decision_id, transactions.c.occurred_on, transactions.c.kind, postings.c.account)
    .order_by(grants.c.decision_id, transactions.c.occurred_on, transactions.c.kind, postings.c.account)
)


def read_ledger_state(
    connection: Connection, without: Collection[tuple[str, str]] = (), since: date | None = None
) -> StartingUsage:
    """Read the ledger's state without what was granted on events (source, id) that will be replayed.

    How those grants ended is part of it, and what budgets got back of others from the day ``since`` on.
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
    left_out, ends = _leave_out(connection, without, used) if without else ({}, {})
    earlier_ends = []
    for decision, day, kind, account, amount in connection.execute(_CAME_BACK) if without else ():
        end = GrantEnd(day, {account: int(amount)}, is_act=kind != "expire")
        known = left_out.get(decision)
        if known is not None:
            known.append(end)
        elif decision not in left_out and since is not None and day >= since:
            earlier_ends.append(end)
        else:
            continue
        used[account] += end.back[account]
    slots: defaultdict[str, dict[int, date]] = defaultdict(dict)
    for key, slot, grant, day in connection.execute(select(limit_slots)):
        if grant not in left_out:
            slots[key][slot] = day
    return StartingUsage(used, slots, _earlier(connection, left_out), ceilings, ends, earlier_ends)


def _leave_out(
    connection: Connection, events: Collection[tuple[str, str]], used: dict[str, int]
) -> tuple[dict[str, list[GrantEnd] | None], dict[DecisionKey, list[GrantEnd]]]:
    """Take what was decided on these events off the usage, but for what all came back: that has been given back.

    Return these decisions' ends by id, to which others are added: None for what came back whole; and all ends by
    what names a decision.
    """
    whole = dict(_whole_ends(connection))
    d = decisions.c
    query = select(d.id, d.source, d.event_id, d.rule_id, d.rule_hash, d.outcome, d.explanation)
    rows = connection.execute(query.where(d.outcome != "refused"))
    left_out: dict[str, list[GrantEnd] | None] = {}
    ends: dict[DecisionKey, list[GrantEnd]] = {}
    for row in sorted(
        (one for one in rows if (one.source, one.event_id) in events), key=lambda one: one.id not in whole
    ):
        known = [whole[row.id]] if row.id in whole else []
        if row.outcome == "granted":
            ends[row.source, row.event_id, row.rule_id, row.rule_hash] = (
                known  # decided anew: the last one stands
            )
        left_out[row.id] = None if row.id in whole else known
        if row.id not in whole:
            for key, amount in read_uses(row.id, row.explanation).items():
                used[key] -= amount
    return left_out, ends


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
