"""Reverse wrongly issued grants: one recorded act and new transactions; no row is updated or deleted.

A grant of which nothing was used is reversed whole: its slots return to the limits and its shares to
quotas, budgets and caps. For a partly used grant, the rest is voided and returns to its budget. The
used part stays spent; what comes back of it later (a refund, a returned payment) goes to the budget.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    Connection,
    delete,
    insert,
    select,
)

from benefits.ledger.counting import lower_counters
from benefits.ledger.explanation_forms import CounterUses, read_uses, without_returned
from benefits.ledger.positions import lock_grant_positions, read_grant_terms
from benefits.ledger.posting import post_all
from benefits.lifecycle.reversible_grants import (
    ReversalCriteria,
    ReversibleGrant,
    SpentGrant,
    find_ended_grants,
    find_reversible_grants,
    find_spent_grants,
)
from benefits.messages.payloads import ZeroAmountEnd, end_outbox_row
from benefits.model.accounts import BUDGET_PREFIX
from benefits.model.chunks import chunks
from benefits.model.moves import Move
from benefits.officer_acts import NewAct, lock_rulebook_exclusive, record_act
from benefits.officers import Officer
from benefits.tables.decisions import counters, decisions, grants, limit_slots
from benefits.tables.rulebook import freed_slots, reversals, rule_acts
from store import OUTBOX_BATCHES, append_batch, enqueue_for_sealing, read_once


@dataclass(frozen=True, slots=True)
class ReversalResult:
    """The result of a reversal; ``act`` is None if no grant was left to reverse.

    ``amount_fen`` was returned. ``spent_fen`` of the same grants was used already and stays spent;
    ``spent`` are all matching grants of which the member used a part, or the bank pays one.
    """

    act: int | None
    grants: int
    members: int
    amount_fen: int
    spent_fen: int = 0
    spent: tuple[SpentGrant, ...] = ()


def apply_reversal(connection: Connection, officer: Officer, wrong: ReversalCriteria) -> ReversalResult:
    """Reverse all grants that match and were not reversed yet. A repeated call changes nothing.

    *Raises*: ActRefused without a reason.
    """
    officer.require_reason()
    lock_rulebook_exclusive(connection)
    taken = find_reversible_grants(connection, wrong, officer.today)
    spent = find_spent_grants(connection, wrong)
    ended = find_ended_grants(connection, [grant.id for grant in spent])
    if not taken and all(grant.id in ended for grant in spent):
        return ReversalResult(None, 0, 0, 0, spent=spent)
    result = _reversed(None, taken, spent)
    act = record_act(connection, officer, _deed(wrong, result))
    whole = [grant for grant in taken if not grant.used]
    for some in chunks([grant.id for grant in taken]):
        lock_grant_positions(connection, read_grant_terms(connection, some))
    lock_counters(connection, [grant.uses for grant in whole])
    give_back_uses(connection, [grant.uses for grant in whole])
    for portion in chunks(whole):
        record_reversals(connection, officer, act, {grant.id: grant.reversal_id for grant in portion})
    free_limit_slots(connection, [grant.id for grant in whole])
    _post(connection, officer, act, taken)
    ends = [
        ZeroAmountEnd("benefit.reversed", t.reversal_id, t.id, t.member_id, wrong.rule_id, officer.reason)
        for t in taken
        if not t.moves
    ]
    append_batch(connection, OUTBOX_BATCHES, [end_outbox_row(end, officer.at) for end in ends], officer.at)
    return _reversed(act, taken, spent)


def _reversed(
    act: int | None, taken: Sequence[ReversibleGrant], spent: tuple[SpentGrant, ...]
) -> ReversalResult:
    fen, spent_fen = sum(t.amount_fen for t in taken), sum(t.spent_fen for t in taken)
    return ReversalResult(act, len(taken), len({t.member_id for t in taken}), fen, spent_fen, spent)


def read_decision_uses(connection: Connection, decision_id: str) -> CounterUses:
    """Return what a decision still uses of counters, without the places that it gave back before."""
    query = select(decisions.c.explanation).where(decisions.c.id == decision_id)
    uses = read_uses(decision_id, connection.execute(query).scalar_one())
    return without_returned(connection, {decision_id: uses})[decision_id]


def _deed(wrong: ReversalCriteria, result: ReversalResult) -> NewAct:
    detail = {
        "since": wrong.since.isoformat() if wrong.since else None,
        "until": wrong.until.isoformat() if wrong.until else None,
        "grants": result.grants,
        "members": result.members,
        "amount_fen": result.amount_fen,
        "spent_fen": result.spent_fen,
        **({"decision": wrong.decision} if wrong.decision else {}),
    }
    return NewAct("reversed", wrong.rule_id, wrong.version, None, detail)


def record_reversals(connection: Connection, officer: Officer, act: int, ids: Mapping[str, str]) -> None:
    """Record by which transactions an act took grants back whole, by grant."""
    rows = [
        {"id": id_, "grant_id": grant, "act": act, "recorded_at": officer.at} for grant, id_ in ids.items()
    ]
    connection.execute(insert(reversals), rows)
    enqueue_for_sealing(connection, {"reversals": list(ids.values())}, officer.at)


def _post(connection: Connection, officer: Officer, act: int, taken: Sequence[ReversibleGrant]) -> None:
    """Post a transaction for each grant that has an amount to move; a rule's table may have granted 0 fen."""
    moves = [
        Move(
            "void" if grant.used else "reverse",
            grant.id,
            None,
            None,
            "reversed",
            grant.request_key,
            officer.today,
            reason=officer.reason,
            act_id=f"act/{act}",
        )
        for grant in taken
        if grant.moves
    ]
    post_all(connection, moves, officer.at)


@dataclass(frozen=True, slots=True)
class GrantReversal:
    """The day and the reason of a grant's reversal."""

    on: date
    reason: str


def read_grant_reversals(connection: Connection, member_id: str) -> Mapping[str, GrantReversal]:
    """Return the reversals of a member's grants, by grant."""
    query = (
        select(reversals.c.grant_id, rule_acts.c.day, rule_acts.c.reason)
        .join(rule_acts, rule_acts.c.sequence == reversals.c.act)
        .join(grants, grants.c.id == reversals.c.grant_id)
        .where(grants.c.member_id == member_id)
    )

    def read() -> dict[str, GrantReversal]:
        return {row.grant_id: GrantReversal(row.day, row.reason) for row in connection.execute(query)}

    return read_once(connection, ("grant reversals", member_id), read)


def lock_counters(connection: Connection, uses: Iterable[CounterUses]) -> None:
    """Lock the counters that these grants used, in the order of keys as every batch does; budgets too."""
    keys = sorted({key for taken in uses for key, amount in taken.items() if amount})
    for some in chunks(keys):
        locked = select(counters.c.key).where(counters.c.key.in_(some)).order_by(counters.c.key)
        connection.execute(locked.with_for_update()).all()


def give_back_uses(connection: Connection, uses: Iterable[CounterUses]) -> None:
    """Lower the locked counters by what the grants used.

    Budgets are left out: postings lower those.
    """
    back: Counter[str] = Counter()
    for taken in uses:
        back.update({key: amount for key, amount in taken.items() if not key.startswith(BUDGET_PREFIX)})
    lower_counters(connection, back)


def free_limit_slots(connection: Connection, grant_ids: Sequence[str]) -> None:
    """Free the limit slots of these grants for reuse, and record that they were held."""
    for some in chunks(grant_ids):
        held = connection.execute(select(limit_slots).where(limit_slots.c.grant_id.in_(some))).mappings()
        rows = [dict(row) for row in held]
        if rows:
            connection.execute(insert(freed_slots), rows)
            connection.execute(delete(limit_slots).where(limit_slots.c.grant_id.in_(some)))
