"""Hold the events of a stopped rule, so that none is lost, and release them when the rule goes on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from benefits.rulebook.book import RuleStop, lock_rulebook_shared
from benefits.tables.rulebook import held_events, rule_acts
from rules import Decision, EventFacts

DecidedEvent = tuple[EventFacts, Decision]


@dataclass(frozen=True, slots=True)
class HeldEvent:
    """An event held for a stopped rule; ``changes_known`` counts the member's changes that had arrived."""

    sequence: int
    event: str
    changes_known: int


@dataclass(slots=True)
class HeldEventBuffer:
    """The events that one batch holds back; ``stops`` can't change before its transaction ends."""

    stops: Mapping[str, RuleStop]
    _rows: list[dict[str, object]] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self._rows)

    def hold_stopped(self, decided: list[DecidedEvent], event: str, changes_known: int) -> list[DecidedEvent]:
        """Return the decisions of the rules that are not stopped; hold the event for the stopped ones."""
        if not self.stops:
            return decided
        for facts, decision in decided:
            stop = self.stops.get(decision.rule_id)
            if stop is not None:
                self._rows.append(_row(facts, decision, stop, event, changes_known))
        return [pair for pair in decided if pair[1].rule_id not in self.stops]

    def record(self, connection: Connection, now: datetime) -> None:
        """Store the held events."""
        if self._rows:
            connection.execute(insert(held_events), [{**row, "held_at": now} for row in self._rows])


def open_held_event_buffer(connection: Connection) -> HeldEventBuffer:
    """Return the buffer of one batch; until its transaction ends no rule is stopped or changed."""
    return HeldEventBuffer(lock_rulebook_shared(connection))


def _row(
    facts: EventFacts, decision: Decision, stop: RuleStop, event: str, changes_known: int
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


def iter_held_events(connection: Connection, rule_id: str, size: int) -> Iterator[Sequence[HeldEvent]]:
    """Yield the events held for a rule in order of time, then of arrival, in chunks.

    The caller releases each chunk before it requests the next.
    """
    query = (
        select(held_events.c.sequence, held_events.c.event, held_events.c.changes_known)
        .where(held_events.c.rule_id == rule_id, held_events.c.released_at.is_(None))
        .order_by(held_events.c.occurred_at, held_events.c.sequence)
        .limit(size)
    )
    while rows := connection.execute(query).all():
        yield [HeldEvent(*row) for row in rows]


def release_held_events(connection: Connection, portion: Sequence[HeldEvent], now: datetime) -> None:
    """Mark held events as decided; their rows stay for the record."""
    numbers = [held.sequence for held in portion]
    connection.execute(update(held_events).where(held_events.c.sequence.in_(numbers)).values(released_at=now))


def count_held_events(connection: Connection) -> Mapping[str, int]:
    """Count the held events by rule."""
    query = (
        select(held_events.c.rule_id, func.count().label("number"))
        .where(held_events.c.released_at.is_(None))
        .group_by(held_events.c.rule_id)
    )
    return {row.rule_id: row.number for row in connection.execute(query)}


def list_member_held_events(connection: Connection, member_id: str) -> Sequence[RowMapping]:
    """List the rows of a member's held events, newest first, each with ``stopped_on`` and ``reason`` of the stop."""
    query = (
        select(held_events, rule_acts.c.day.label("stopped_on"), rule_acts.c.reason.label("reason"))
        .join(rule_acts, rule_acts.c.sequence == held_events.c.act)
        .where(held_events.c.member_id == member_id, held_events.c.released_at.is_(None))
        .order_by(held_events.c.occurred_on.desc(), held_events.c.sequence)
    )
    return connection.execute(query).mappings().all()
