"""Taking back what was issued wrongly: one recorded act, new transactions, nothing updated or deleted.

A grant of which nothing was used goes back whole: its slots to the limits, and to quotas, budgets and
caps what it had used of them. Of a grant that was used in part the rest is voided and goes back to its
budget; what was used stays spent and is clawed back, or not, by an officer's own act.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from pydantic_core import from_json
from sqlalchemy import Connection, RowMapping, Subquery, case, func, insert, or_, select

from benefits.ledger.positions import lock, terms_of
from benefits.ledger.posting import post_all
from benefits.lifecycle.release import free_slots, lock_counters, lower_counters
from benefits.messages.outbox import Ended, told_of_end
from benefits.model.accounts import COUNTED_BY_WORTH, FEN
from benefits.model.chunks import portions
from benefits.model.move_refusals import NotAllowed
from benefits.model.moves import Move
from benefits.officer_acts import Deed, Officer, alone, record_act
from benefits.sealing.queue import to_seal
from benefits.tables.decisions import decisions, grants
from benefits.tables.rulebook import reversals, rule_acts
from benefits.tables.transactions import grant_balances
from store import outbox


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is to be taken back of a rule: what a version granted, what occurred in some days, what one
    decision granted."""

    rule_id: str
    version: str | None = None
    since: date | None = None
    until: date | None = None
    decision: str | None = None


@dataclass(frozen=True, slots=True)
class Reversed:
    """What an act took back; ``act`` is None where nothing was left to take back.

    ``amount_fen`` went back, ``spent_fen`` of the same grants was used already and did not.
    """

    act: int | None
    grants: int
    members: int
    amount_fen: int
    spent_fen: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """One grant to be taken back: ``amount_fen`` of it; ``spent_fen`` was used already.

    ``uses`` is what it had used of the counters; ``moves`` says whether it has anything that can be moved.
    """

    id: str
    member_id: str
    amount_fen: int
    uses: dict[str, int] = field(default_factory=dict)
    spent_fen: int = 0
    used: bool = False
    moves: bool = True

    @property
    def request_key(self) -> str:
        """The same grant gives the same key: it can't be taken back twice."""
        return f"reversal\0{self.id}"

    @property
    def reversal_id(self) -> str:
        """The transaction's id."""
        return hashlib.sha256(self.request_key.encode()).hexdigest()[:40]


def reverse(connection: Connection, officer: Officer, wrong: Wrong) -> Reversed:
    """Take back all that is wrong and still stands; repeated it finds nothing and changes nothing.

    *Raises*: ActRefused without a reason.
    """
    officer.with_reason()
    alone(connection)
    taken = to_take_back(connection, wrong)
    if not taken:
        return Reversed(None, 0, 0, 0)
    result = _reversed(None, taken)
    act = record_act(connection, officer, _deed(wrong, result))
    whole = [grant for grant in taken if not grant.used]
    for some in portions([grant.id for grant in taken]):
        lock(connection, terms_of(connection, some))
    lock_counters(connection, [grant.uses for grant in whole])
    lower_counters(connection, [grant.uses for grant in whole])
    for portion in portions(whole):
        _note(connection, officer, act, portion)
    free_slots(connection, [grant.id for grant in whole])
    _post(connection, officer, act, taken)
    _tell_of_nothing(connection, officer, wrong.rule_id, [grant for grant in taken if not grant.moves])
    return _reversed(act, taken)


def _reversed(act: int | None, taken: Sequence[Taken]) -> Reversed:
    fen, spent = sum(t.amount_fen for t in taken), sum(t.spent_fen for t in taken)
    return Reversed(act, len(taken), len({t.member_id for t in taken}), fen, spent)


def to_take_back(connection: Connection, wrong: Wrong) -> list[Taken]:
    """The grants that are meant and of which something is left to take back, by id."""
    standing = _standing()
    query = (
        select(grants, decisions.c.explanation, standing)
        .join(decisions, decisions.c.id == grants.c.decision_id)
        .outerjoin(reversals, reversals.c.grant_id == grants.c.id)
        .outerjoin(standing, standing.c.grant_id == grants.c.id)
        .where(grants.c.rule_id == wrong.rule_id, reversals.c.id.is_(None))
        .where(or_(standing.c.grant_id.is_(None), standing.c.open > 0))
        .order_by(grants.c.id)
    )
    if wrong.version:
        query = query.where(decisions.c.rule_hash == wrong.version)
    if wrong.since:
        query = query.where(grants.c.granted_on >= wrong.since)
    if wrong.until:
        query = query.where(grants.c.granted_on <= wrong.until)
    if wrong.decision:
        query = query.where(grants.c.decision_id == wrong.decision)
    return [_taken(row._mapping) for row in connection.execute(query)]


def _standing() -> Subquery:
    """What is left of each grant to which something happened, in all units, and in fen."""
    left = grant_balances.c.promised + grant_balances.c.issued
    spent = grant_balances.c.redeemed + grant_balances.c.settled
    gone = spent + grant_balances.c.expired + grant_balances.c.reversed
    in_fen = grant_balances.c.unit == FEN
    return (
        select(
            grant_balances.c.grant_id,
            func.sum(left).label("open"),
            func.sum(gone).label("gone"),
            func.sum(case((in_fen, left), else_=0)).label("open_fen"),
            func.sum(case((in_fen, spent), else_=0)).label("spent_fen"),
        )
        .group_by(grant_balances.c.grant_id)
        .subquery()
    )


def _taken(row: RowMapping) -> Taken:
    untouched = row["open"] is None
    used = not untouched and row["gone"] > 0
    first = row["id"] == row["decision_id"]
    return Taken(
        row["id"],
        row["member_id"],
        row["amount_fen"] if untouched else int(row["open_fen"]),
        from_json(row["explanation"])["uses"] if first and not used else {},
        0 if untouched else int(row["spent_fen"]),
        used,
        bool(row["amount_fen"]) or row["kind"] not in COUNTED_BY_WORTH,
    )


def _deed(wrong: Wrong, result: Reversed) -> Deed:
    detail = {
        "since": wrong.since.isoformat() if wrong.since else None,
        "until": wrong.until.isoformat() if wrong.until else None,
        "grants": result.grants,
        "members": result.members,
        "amount_fen": result.amount_fen,
        "spent_fen": result.spent_fen,
        **({"decision": wrong.decision} if wrong.decision else {}),
    }
    return Deed("reversed", wrong.rule_id, wrong.version, None, detail)


def _note(connection: Connection, officer: Officer, act: int, portion: Sequence[Taken]) -> None:
    connection.execute(
        insert(reversals),
        [{"id": t.reversal_id, "grant_id": t.id, "act": act, "recorded_at": officer.at} for t in portion],
    )
    to_seal(connection, {"reversals": [t.reversal_id for t in portion]}, officer.at)


def _post(connection: Connection, officer: Officer, act: int, taken: Sequence[Taken]) -> None:
    """A transaction for each grant that has something to move; a table may have given 0 fen."""
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
    for result in post_all(connection, moves, officer.at):
        assert not isinstance(result, NotAllowed), result


def _tell_of_nothing(connection: Connection, officer: Officer, rule_id: str, taken: Sequence[Taken]) -> None:
    """Whoever was told of a grant worth 0 fen is told that it is void: posting has nothing to tell of."""
    rows = [
        told_of_end(
            Ended("benefit.reversed", t.reversal_id, t.id, t.member_id, rule_id, officer.reason), officer.at
        )
        for t in taken
    ]
    if rows:
        connection.execute(insert(outbox), rows)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Why and when a grant was taken back."""

    grant_id: str
    on: date
    reason: str


def taken_back(connection: Connection, member_id: str) -> Iterator[TakenBack]:
    """The grants of a member that were taken back."""
    query = (
        select(reversals.c.grant_id, rule_acts.c.day, rule_acts.c.reason)
        .join(rule_acts, rule_acts.c.sequence == reversals.c.act)
        .join(grants, grants.c.id == reversals.c.grant_id)
        .where(grants.c.member_id == member_id)
        .order_by(reversals.c.grant_id)
    )
    for row in connection.execute(query):
        yield TakenBack(row.grant_id, row.day, row.reason)
