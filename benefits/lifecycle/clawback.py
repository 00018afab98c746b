"""Apply the clawback terms of rules when an event occurs after the grant.

The unused part of a grant returns at once to its source. The part that was used or paid becomes a debt
of the member, which only an officer settles or waives (see ``benefits/lifecycle/debts.py``). Shares
are rounded down to the whole fen or piece, in the member's favour. Slots, quotas and caps stay used,
because the benefit was rightly granted.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from pydantic_core import from_json
from sqlalchemy import Connection, RowMapping, func, insert, select

from benefits.draws.collecting import DRAW_SOURCE as DRAWS
from benefits.draws.waiting_list import WAITING_LIST_SOURCE as WAITING
from benefits.ledger.positions import GrantPosition, lock_grant_positions, read_grant_terms
from benefits.ledger.posting import post_all
from benefits.messages.payloads import BenefitOwed, outbox_row
from benefits.model.accounts import FEN, OPEN_STAGES, Stage
from benefits.model.chunks import chunks
from benefits.model.faults import naming_row
from benefits.model.moves import Move
from benefits.officers import Officer
from benefits.tables.appeals import clawbacks, debt_acts, takeback_types
from benefits.tables.decisions import decisions, grants
from benefits.tables.draws import waiting_moves
from rules import EventFacts
from store import OUTBOX_BATCHES, append_batch, append_missing_rows, enqueue_for_sealing

OFFICERS_TERM = 0  # in place of a term's number: an officer took the grant back
_TAKEBACK_TYPES = select(takeback_types.c.event_type)
_SPENT: tuple[Stage, ...] = ("redeemed", "settled")


@dataclass(frozen=True, slots=True)
class Clawback:
    """A clawback term that was applied, with the amount reversed and the amount that became a debt."""

    id: str
    grant_id: str
    term: int
    member_id: str
    rule_id: str
    source: str
    event_id: str
    event_type: str
    occurred_on: date
    share_percent: int
    text: str
    reversed_fen: int
    owed_fen: int


@dataclass(frozen=True, slots=True)
class _Due:
    """A clawback term of a grant that an event has triggered."""

    grant_id: str
    rule_id: str
    term: int
    share_percent: int
    text: str
    event: EventFacts

    @property
    def id(self) -> str:
        """Return an id that is the same on every runner, so that each term is applied once."""
        return hashlib.sha256(f"clawback\0{self.grant_id}\0{self.term}".encode()).hexdigest()[:40]


def record_clawback_types(connection: Connection, event_types: Iterable[str]) -> None:
    """Record the event types that trigger a clawback term of any rule."""
    rows = [{"event_type": kind} for kind in sorted(set(event_types))]
    append_missing_rows(connection, takeback_types, rows)


def clawback_event_types(connection: Connection) -> frozenset[str]:
    """Return the event types that trigger a clawback term of any rule."""
    return frozenset(connection.execute(_TAKEBACK_TYPES).scalars())


@dataclass(frozen=True, slots=True)
class MemberEvents:
    """The recorded events of some members.

    ``events`` holds for each member the events that trigger clawback terms, the earliest first.
    ``instants`` holds the instant of every recorded event by its source and id.
    """

    events: Mapping[str, Sequence[EventFacts]]
    instants: Mapping[tuple[str, str], datetime]


def apply_clawbacks(
    connection: Connection, members: Iterable[str], happened: MemberEvents, now: datetime
) -> list[Clawback]:
    """Apply the clawback terms that are due for these members' grants, each term once.

    The order in which the event and the grant arrived doesn't matter.
    """
    done: list[Clawback] = []
    for some in chunks(sorted(set(members))):
        due = list(_due(connection, some, happened))
        known = _known(connection, [item.id for item in due])
        done += _carry_out(connection, [item for item in due if item.id not in known], now)
    return done


def claw_back_grant(connection: Connection, officer: Officer, grant_id: str, source: str) -> Clawback | None:
    """Take back a whole grant by an officer's act, once; ``source`` names the service where the officer acted.

    *Raises*: ActRefused without a reason.
    """
    officer.require_reason()
    known = select(grants.c.member_id, grants.c.rule_id).where(grants.c.id == grant_id)
    member, rule = connection.execute(known).one()
    act = f"claw-back/{grant_id}"
    event = EventFacts(source, act, "application.withdrawn", officer.at, officer.today, member, {})
    due = _Due(grant_id, rule, OFFICERS_TERM, 100, officer.reason, event)
    if _known(connection, [due.id]):
        return None
    (done,) = _carry_out(connection, [due], officer.at)
    return done


def lock_grants_with_clawbacks(connection: Connection, members: Iterable[str]) -> None:
    """Lock these members' grants with clawback terms before a batch raises any counter (see ``posting``)."""
    for some in chunks(sorted(set(members))):
        own = select(grants.c.id).where(grants.c.member_id.in_(some), grants.c.takebacks.is_not(None))
        ids = list(connection.execute(own).scalars())
        if ids:
            lock_grant_positions(connection, read_grant_terms(connection, ids))


def _due(connection: Connection, members: Sequence[str], happened: MemberEvents) -> Iterator[_Due]:
    query = (
        select(
            grants,
            decisions.c.source,
            decisions.c.event_id,
            decisions.c.recorded_at,
            waiting_moves.c.moved_at,
        )
        .join(decisions, decisions.c.id == grants.c.decision_id)
        .outerjoin(waiting_moves, waiting_moves.c.decision_id == decisions.c.id)
        .where(grants.c.member_id.in_(members), grants.c.takebacks.is_not(None))
        .order_by(grants.c.id)
    )
    for row in connection.execute(query).mappings():
        with naming_row("grants", row["id"]):
            terms = [
                (term["share_percent"], term["text"], term["on"], date.fromisoformat(term["until"]))
                for term in from_json(row["takebacks"])
            ]
        for number, (percent, text, type_, until) in enumerate(terms, 1):
            if (event := _trigger(row, type_, until, happened)) is not None:
                yield _Due(row["id"], row["rule_id"], number, percent, text, event)


def _trigger(row: RowMapping, type_: str, until: date, happened: MemberEvents) -> EventFacts | None:
    """Return the first event of a term's type after the granting event and up to the term's last day."""
    granted_at = _granted_at(row, happened)
    for event in happened.events.get(row["member_id"], ()):
        after = event.occurred_at > granted_at if granted_at else event.occurred_on > row["granted_on"]
        if event.type == type_ and after and event.occurred_on <= until:
            return event
    return None


def _granted_at(row: RowMapping, happened: MemberEvents) -> datetime | None:
    """Return the instant of the granting event.

    Grants from a draw or a waiting list have none; return the instant of the officer's act or of the move.
    """
    if row["source"] == WAITING or row["source"].startswith(f"{DRAWS}/"):
        return row["moved_at"] or row["recorded_at"]  # type: ignore[no-any-return]
    return happened.instants.get((row["source"], row["event_id"]))


def _known(connection: Connection, ids: Sequence[str]) -> frozenset[str]:
    found: set[str] = set()
    for some in chunks(ids):
        found |= set(connection.execute(select(clawbacks.c.id).where(clawbacks.c.id.in_(some))).scalars())
    return frozenset(found)


def _carry_out(connection: Connection, due: Sequence[_Due], now: datetime) -> list[Clawback]:
    if not due:
        return []
    ids = [item.grant_id for item in due]
    standing = lock_grant_positions(connection, read_grant_terms(connection, ids))
    owed = Counter(owed_fen_by_grant(connection, ids))
    moves: list[Move] = []
    done: list[Clawback] = []
    for item in due:
        made = list(_moves(item, standing[item.grant_id], owed[item.grant_id]))
        done.append(_clawback(item, standing[item.grant_id], made, owed[item.grant_id]))
        owed[item.grant_id] += done[-1].owed_fen
        for move in made:
            assert move.amount and move.from_
            standing[item.grant_id][move.unit].move(move.amount, move.from_, "reversed")
        moves += made
    post_all(connection, moves, now)
    connection.execute(insert(clawbacks), [{**asdict(one), "recorded_at": now} for one in done])
    append_batch(connection, OUTBOX_BATCHES, [_owed_message(one, now) for one in done if one.owed_fen], now)
    enqueue_for_sealing(connection, {"clawbacks": [one.id for one in done]}, now)
    return done


def owed_fen_by_grant(connection: Connection, grant_ids: Sequence[str]) -> dict[str, int]:
    """Return the amount of each grant that became a debt and was not recovered.

    Waived debts are included: waived money does not return.
    """
    claimed = (
        select(clawbacks.c.grant_id, func.sum(clawbacks.c.owed_fen).label("fen"))
        .where(clawbacks.c.grant_id.in_(grant_ids))
        .group_by(clawbacks.c.grant_id)
    )
    back = (
        select(clawbacks.c.grant_id, func.sum(-debt_acts.c.amount_fen).label("fen"))
        .join(debt_acts, debt_acts.c.debt_id == clawbacks.c.id)
        .where(clawbacks.c.grant_id.in_(grant_ids), debt_acts.c.kind != "waived")
        .group_by(clawbacks.c.grant_id)
    )
    found: Counter[str] = Counter()
    for query in (claimed, back):
        for grant_id, fen in connection.execute(query):
            found[grant_id] += int(fen)
    return dict(found)


def _moves(item: _Due, standing: Mapping[str, GrantPosition], owed: int) -> Iterator[Move]:
    """Yield the moves that reverse the unused part of the grant, promised amounts before issued ones."""
    for unit, position in sorted(standing.items()):
        left = _share(item, position) - (owed if unit == FEN else 0)
        for stage in OPEN_STAGES:
            amount = max(0, min(left, position.at(stage)))
            left -= amount
            if amount:
                yield Move(
                    "reverse",
                    item.grant_id,
                    amount,
                    stage,
                    "reversed",
                    f"clawback/{item.id}/{stage}/{unit}",
                    item.event.occurred_on,
                    unit=unit,
                    reason=item.text,
                    act_id=item.id,
                )


def _share(item: _Due, position: GrantPosition) -> int:
    """Return the share that is still to be reversed, rounded down; earlier reversals are subtracted."""
    return sum(position.as_row().values()) * item.share_percent // 100 - position.reversed


def _clawback(
    item: _Due, standing: Mapping[str, GrantPosition], moves: Sequence[Move], owed: int
) -> Clawback:
    """Build the record of an applied term, with the fen reversed and the fen that were spent already."""
    position = standing.get(FEN, GrantPosition())
    back = sum(move.amount or 0 for move in moves if move.unit == FEN)
    spent = sum(position.at(stage) for stage in _SPENT)
    event = item.event
    return Clawback(
        id=item.id,
        grant_id=item.grant_id,
        term=item.term,
        member_id=event.member,
        rule_id=item.rule_id,
        source=event.source,
        event_id=event.id,
        event_type=event.type,
        occurred_on=event.occurred_on,
        share_percent=item.share_percent,
        text=item.text,
        reversed_fen=back,
        owed_fen=max(0, min(_share(item, position) - owed - back, spent - owed)),
    )


def _owed_message(done: Clawback, now: datetime) -> dict[str, object]:
    """Return the outbox row of the ``benefit.owed`` event."""
    content = BenefitOwed(
        rule=done.rule_id, grant=done.grant_id, debt=done.id, amount_fen=done.owed_fen, reason=done.text
    )
    return outbox_row(done.id, done.member_id, "benefit.owed", content, now)
