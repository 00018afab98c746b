"""What a rule takes back by its own terms when something happens after the grant.

What the member has not used yet goes back at once, to where it came from. What was used or paid already
is no longer there: it becomes a debt against the member, which only an officer settles or waives (see
``benefits/lifecycle/debts.py``). Shares are rounded down, to the whole fen or thing: in the member's favour.
Slots, quotas and caps stay used: the benefit was rightly granted.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from pydantic_core import from_json
from sqlalchemy import Connection, RowMapping, func, insert, select

from benefits.draws.order import SOURCE as DRAWS
from benefits.draws.waiting_list import SOURCE as WAITING
from benefits.ledger.positions import Position, lock, terms_of
from benefits.ledger.posting import post_all
from benefits.messages.payloads import BenefitOwed
from benefits.model.accounts import FEN, OPEN, Stage
from benefits.model.chunks import portions
from benefits.model.move_refusals import NotAllowed
from benefits.model.moves import Move
from benefits.sealing.queue import to_seal
from benefits.tables.clawback import clawbacks, debt_acts, takeback_types
from benefits.tables.decisions import decisions, grants
from rules import EventFacts
from store import insert_into, outbox

_SPENT: tuple[Stage, ...] = ("redeemed", "settled")


@dataclass(frozen=True, slots=True)
class Clawback:
    """A term that was carried out: so much went back, so much is claimed."""

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
    """A term of a grant that an event has made due."""

    grant_id: str
    rule_id: str
    term: int
    share_percent: int
    text: str
    event: EventFacts

    @property
    def id(self) -> str:
        """The same on every runner: each term is carried out once."""
        return hashlib.sha256(f"clawback\0{self.grant_id}\0{self.term}".encode()).hexdigest()[:40]


def note_takebacks(connection: Connection, event_types: Iterable[str]) -> None:
    """Remember on which events something is ever taken back."""
    rows = [{"event_type": kind} for kind in sorted(set(event_types))]
    if rows:
        connection.execute(insert_into(connection, takeback_types).on_conflict_do_nothing(), rows)


def takeback_events(connection: Connection) -> frozenset[str]:
    """The types of events on which something is ever taken back."""
    return frozenset(connection.execute(select(takeback_types.c.event_type)).scalars())


@dataclass(frozen=True, slots=True)
class Happened:
    """What is known to have happened to some members: by member the events that rules wait for, the
    earliest first; and by source and id when any event was."""

    events: Mapping[str, Sequence[EventFacts]]
    instants: Mapping[tuple[str, str], datetime]


def claw_back(
    connection: Connection, members: Iterable[str], happened: Happened, now: datetime
) -> list[Clawback]:
    """Carry out what has become due of these members' grants, each term once.

    It doesn't matter which arrived first, the event or what was granted.
    """
    done: list[Clawback] = []
    for some in portions(sorted(set(members))):
        due = list(_due(connection, some, happened))
        known = _known(connection, [item.id for item in due])
        done += _carry_out(connection, [item for item in due if item.id not in known], now)
    return done


def lock_takeable(connection: Connection, members: Iterable[str]) -> None:
    """Lock what these members may have to give back, before a batch raises any counter (see ``posting``)."""
    for some in portions(sorted(set(members))):
        own = select(grants.c.id).where(grants.c.member_id.in_(some), grants.c.takebacks.is_not(None))
        ids = list(connection.execute(own).scalars())
        if ids:
            lock(connection, terms_of(connection, ids))


def _due(connection: Connection, members: Sequence[str], happened: Happened) -> Iterator[_Due]:
    query = (
        select(grants, decisions.c.source, decisions.c.event_id, decisions.c.recorded_at)
        .join(decisions, decisions.c.id == grants.c.decision_id)
        .where(grants.c.member_id.in_(members), grants.c.takebacks.is_not(None))
        .order_by(grants.c.id)
    )
    for row in connection.execute(query).mappings():
        for number, term in enumerate(from_json(row["takebacks"]), 1):
            event = _trigger(row, term, happened)
            if event is not None:
                yield _Due(row["id"], row["rule_id"], number, term["share_percent"], term["text"], event)


def _trigger(row: RowMapping, term: Mapping[str, str], happened: Happened) -> EventFacts | None:
    """The first event of the term's type after the one that was granted on, up to the term's last day."""
    granted_at = _granted_at(row, happened)
    until = date.fromisoformat(term["until"])
    for event in happened.events.get(row["member_id"], ()):
        after = event.occurred_at > granted_at if granted_at else event.occurred_on > row["granted_on"]
        if event.type == term["on"] and after and event.occurred_on <= until:
            return event
    return None


def _granted_at(row: RowMapping, happened: Happened) -> datetime | None:
    """When its event was; what was drawn or moved up has none, and was granted when it was recorded."""
    if row["source"] == WAITING or row["source"].startswith(f"{DRAWS}/"):
        return row["recorded_at"]  # type: ignore[no-any-return]
    return happened.instants.get((row["source"], row["event_id"]))


def _known(connection: Connection, ids: Sequence[str]) -> frozenset[str]:
    found: set[str] = set()
    for some in portions(ids):
        found |= set(connection.execute(select(clawbacks.c.id).where(clawbacks.c.id.in_(some))).scalars())
    return frozenset(found)


def _carry_out(connection: Connection, due: Sequence[_Due], now: datetime) -> list[Clawback]:
    if not due:
        return []
    ids = [item.grant_id for item in due]
    standing = lock(connection, terms_of(connection, ids))
    owed = Counter(owed_fen(connection, ids))
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
    for result in post_all(connection, moves, now):
        if isinstance(result, NotAllowed):
            raise result
    connection.execute(insert(clawbacks), [{**asdict(one), "recorded_at": now} for one in done])
    to_seal(connection, {"clawbacks": [one.id for one in done]}, now)
    owing = [_told(one, now) for one in done if one.owed_fen]
    if owing:
        connection.execute(insert(outbox), owing)
    return done


def owed_fen(connection: Connection, grant_ids: Sequence[str]) -> dict[str, int]:
    """What is claimed of each grant, waived or not, and has not come back."""
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


def _moves(item: _Due, standing: Mapping[str, Position], owed: int) -> Iterator[Move]:
    """What has not been used goes back, what is promised before what is issued."""
    for unit, position in sorted(standing.items()):
        left = _share(item, position) - (owed if unit == FEN else 0)
        for stage in OPEN:
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


def _share(item: _Due, position: Position) -> int:
    """So much of the whole grant is still to come back, rounded down: what came back already counts."""
    return sum(position.as_row().values()) * item.share_percent // 100 - position.reversed


def _clawback(item: _Due, standing: Mapping[str, Position], moves: Sequence[Move], owed: int) -> Clawback:
    """What went back in fen, and what of the share was spent already."""
    position = standing.get(FEN, Position())
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


def _told(done: Clawback, now: datetime) -> dict[str, object]:
    content = BenefitOwed(
        rule=done.rule_id, grant=done.grant_id, debt=done.id, amount_fen=done.owed_fen, reason=done.text
    )
    return {
        "id": done.id,
        "key": done.member_id,
        "type": "benefit.owed",
        "data": content.model_dump_json(),
        "recorded_at": now,
    }
