"""Events that a stopped rule would have looked at: held, so that nothing is lost, and decided when it goes on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection, func, insert, select, update

from benefits.rulebook.book import Stop, enter
from benefits.tables.rulebook import held_events, rule_acts
from rules import Decision, EventFacts

Decided = tuple[EventFacts, Decision]


@dataclass(frozen=True, slots=True)
class Held:
    """An event that waits for a rule. ``changes_known`` says how many changes of the member had arrived."""

    sequence: int
    source: str
    event_id: str
    event: str
    changes_known: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is held of one member, and why, for who asks."""

    member_id: str
    rule_id: str
    rule_title: str
    rule_hash: str
    source: str
    event_id: str
    event_type: str
    occurred_on: date
    stopped_on: date
    reason: str


@dataclass(slots=True)
class Holding:
    """What one batch holds back; ``stops`` can't change before its transaction ends."""

    stops: Mapping[str, Stop]
    _rows: list[dict[str, object]] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self._rows)

    def sift(self, decided: list[Decided], event: str, changes_known: int) -> list[Decided]:
        """The decisions of rules that go on; what stopped ones would look at is held."""
        if not self.stops:
            return decided
        for facts, decision in decided:
            stop = self.stops.get(decision.rule_id)
            if stop is not None:
                self._rows.append(_row(facts, decision, stop, event, changes_known))
        return [pair for pair in decided if pair[1].rule_id not in self.stops]

    def record(self, connection: Connection, now: datetime) -> None:
        """Keep what is held."""
        if self._rows:
            connection.execute(insert(held_events), [{**row, "held_at": now} for row in self._rows])


def holding(connection: Connection) -> Holding:
    """What a batch begins with: from here to the end of its transaction nothing is stopped or changed."""
    return Holding(enter(connection))


def _row(
    facts: EventFacts, decision: Decision, stop: Stop, event: str, changes_known: int
) -> dict[str, object]:
    return {
        "rule_id": decision.rule_id,
        "source": facts.source,
        "event_id": facts.id,
        "member_id": facts.member,
        "event_type": facts.type,
        "occurred_at": facts.occurred_at,
        "occurred_on": facts.occurred_on,
        "rule_title": decision.rule_title,
        "rule_hash": decision.rule_hash,
        "event": event,
        "changes_known": changes_known,
        "act": stop.act,
    }


def held_for(connection: Connection, rule_id: str, size: int) -> Iterator[Sequence[Held]]:
    """What waits for a rule, in order of time, then of arrival, in portions.

    The caller releases each portion before it asks for the next.
    """
    query = (
        select(
            held_events.c.sequence,
            held_events.c.source,
            held_events.c.event_id,
            held_events.c.event,
            held_events.c.changes_known,
        )
        .where(held_events.c.rule_id == rule_id, held_events.c.released_at.is_(None))
        .order_by(held_events.c.occurred_at, held_events.c.sequence)
        .limit(size)
    )
    while rows := connection.execute(query).all():
        yield [Held(*row) for row in rows]


def release(connection: Connection, portion: Sequence[Held], now: datetime) -> None:
    """What was held is decided; it stays for the record."""
    numbers = [held.sequence for held in portion]
    connection.execute(update(held_events).where(held_events.c.sequence.in_(numbers)).values(released_at=now))


def count_held(connection: Connection) -> Mapping[str, int]:
    """How many events wait, by rule."""
    query = (
        select(held_events.c.rule_id, func.count().label("number"))
        .where(held_events.c.released_at.is_(None))
        .group_by(held_events.c.rule_id)
    )
    return {row.rule_id: row.number for row in connection.execute(query)}


def waiting_of(connection: Connection, member_id: str) -> list[Waiting]:
    """What is held of a member, newest first."""
    query = (
        select(held_events, rule_acts.c.day.label("stopped_on"), rule_acts.c.reason.label("reason"))
        .join(rule_acts, rule_acts.c.sequence == held_events.c.act)
        .where(held_events.c.member_id == member_id, held_events.c.released_at.is_(None))
        .order_by(held_events.c.occurred_on.desc(), held_events.c.sequence)
    )
    names = Waiting.__slots__
    return [Waiting(**{name: row[name] for name in names}) for row in connection.execute(query).mappings()]
