"""The ledger's state from which a simulation starts: used counters and taken slots."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date

from sqlalchemy import Connection, func, select

from benefits.ledger.explanation_forms import read_uses
from benefits.model.accounts import BUDGET_PREFIX, FEN
from benefits.model.moves import ENDING_KINDS
from benefits.tables.decisions import counters, decisions, grants, limit_slots, postings
from benefits.tables.draws import lapses, waiting_lines
from benefits.tables.rulebook import is_taken_back, reversals, rule_acts
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
    used: dict[str, int] = {}
    ceilings: dict[str, int] = {}
    for key, amount, ceiling in connection.execute(
        select(counters.c.key, counters.c.used, counters.c.ceiling)
    ):
        used[key] = amount
        if ceiling is not None:
            ceilings[key] = ceiling
    for places, moved in connection.execute(select(waiting_lines)):
        used[f"waiting/{places}"] -= moved  # a simulation needs how many wait now, not how many ever waited
    left_out = _granted_on(connection, without) if without else {}
    for uses in left_out.values():
        for key, amount in uses.items():
            used[key] = used.get(key, 0) - amount
    for key, amount in _back_in_budgets(connection, left_out):
        used[key] = used.get(key, 0) + amount
    ends, earlier_ends = _read_ends(connection, without, since) if without else ({}, [])
    for end in earlier_ends:
        for key, amount in end.back.items():
            used[key] = used.get(key, 0) + amount
    slots: defaultdict[str, dict[int, date]] = defaultdict(dict)
    for key, slot, grant, day in connection.execute(select(limit_slots)):
        if grant not in left_out:
            slots[key][slot] = day
    return StartingUsage(used, slots, _earlier(connection, left_out), ceilings, ends, earlier_ends)


def _read_ends(
    connection: Connection, events: Collection[tuple[str, str]], since: date | None
) -> tuple[dict[DecisionKey, list[GrantEnd]], list[GrantEnd]]:
    """Return how the grants on these events ended, by decision; and what came back of all others since a day."""
    d = decisions.c
    query = select(d.id, d.source, d.event_id, d.rule_id, d.rule_hash).where(d.outcome == "granted")
    keys = {row[0]: (row[1], row[2], row[3], row[4]) for row in connection.execute(query)}
    keys = {id_: key for id_, key in keys.items() if key[:2] in events}
    whole = dict(_whole_ends(connection))
    ends: dict[DecisionKey, list[GrantEnd]] = {}
    for id_, key in sorted(
        keys.items(), key=lambda one: one[0] not in whole
    ):  # decided anew: the last one stands
        ends[key] = [whole[id_]] if id_ in whole else []
    earlier = []
    for decision, day, kind, account, amount in connection.execute(_CAME_BACK):
        end = GrantEnd(day, {account: int(amount)}, is_act=kind != "expire")
        if decision not in keys:
            earlier += [end] if since is not None and day >= since else []
        elif decision not in whole:
            ends[keys[decision]].append(end)
    return ends, earlier


def _whole_ends(connection: Connection) -> Iterator[tuple[str, GrantEnd]]:
    """Yield the decisions of which all came back that they had taken: taken back by an act, or lapsed."""
    taken_back = select(reversals.c.grant_id, rule_acts.c.day).join(
        rule_acts, rule_acts.c.sequence == reversals.c.act
    )
    lapsed = select(lapses.c.grant_id, lapses.c.lapsed_on)
    for query, is_act in ((taken_back, True), (lapsed, False)):
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


def _granted_on(connection: Connection, events: Collection[tuple[str, str]]) -> dict[str, Mapping[str, int]]:
    """Return what was taken of each counter on these events, by decision.

    Grants that were taken back are left out: they have given back already.
    """
    rows = connection.execute(
        select(decisions.c.id, decisions.c.source, decisions.c.event_id, decisions.c.explanation).where(
            ~is_taken_back(decisions.c.id), decisions.c.outcome != "refused"
        )
    )
    return {
        row.id: read_uses(row.id, row.explanation) for row in rows if (row.source, row.event_id) in events
    }


def _back_in_budgets(connection: Connection, left_out: Collection[str]) -> Iterator[tuple[str, int]]:
    """Yield what budgets already got back from these decisions: from expiries and partial voids."""
    if not left_out:
        return
    rows = connection.execute(
        select(grants.c.decision_id, postings.c.account, func.sum(postings.c.amount))
        .join(transactions, transactions.c.grant_id == grants.c.id)
        .join(postings, postings.c.transaction_id == transactions.c.id)
        .where(
            transactions.c.kind != "promise",
            postings.c.account.startswith(BUDGET_PREFIX),
            postings.c.unit == FEN,
        )
        .group_by(grants.c.decision_id, postings.c.account)
    )
    for decision, account, amount in rows:
        if decision in left_out:
            yield account, int(amount)
