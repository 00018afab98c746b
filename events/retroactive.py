"""Compute how a version that begins in the past would have decided differently. Changes nothing.

Past decisions are made again from the journal's event and from what had arrived about the member by then. Where
the event was erased, or is one of which the version does not speak, that can't be told.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal

from sqlalchemy import Connection, RowMapping, func, select

from benefits.tables.decisions import decisions, grants
from events.applications import load_application_batch
from events.decision_origins import PastHistories
from events.envelope import Event, parse_event
from events.late_changes import compare_due
from events.projection import member_facts, rule_facts
from events.tables import journal
from rules import Rule, RuleLibrary, build_library, evaluate_rules, find_version_day, territory_covers

TurnKind = Literal["gained", "lost", "changed"]
MAX_TURN_EXAMPLES = 20
_AT_ONCE = 500
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)  # whether an event lay in the future was checked when it arrived


@dataclass(frozen=True, slots=True)
class TurnedDecision:
    """A past decision that the version would have made differently; amounts are in fen."""

    decision: str
    member: str
    occurred_on: date
    turn: TurnKind
    was_fen: int
    would_be_fen: int


@dataclass(slots=True)
class RetroactiveEffect:
    """The effect of a version on past decisions."""

    examined: int = 0
    turns: Counter[str] = field(default_factory=Counter)
    was_fen: int = 0
    would_be_fen: int = 0
    undetermined: int = 0
    examples: list[TurnedDecision] = field(default_factory=list)

    @property
    def needs_review(self) -> bool:
        """Whether an officer must see the effect before approving the version."""
        return bool(self.turns or self.undetermined)

    def add(self, turned: TurnedDecision) -> None:
        self.turns[turned.turn] += 1
        self.was_fen += turned.was_fen
        self.would_be_fen += turned.would_be_fen
        if len(self.examples) < MAX_TURN_EXAMPLES:
            self.examples.append(turned)


def compute_retroactive_effect(
    connection: Connection, rule: Rule, library: RuleLibrary, today: date
) -> RetroactiveEffect:
    """Compute how the version changes its rule's decisions on the past days that it covers."""
    found = RetroactiveEffect()
    if rule.definition.in_force.since > today:
        return found
    alone = build_library([rule], library.caps.values())
    for portion in _portions(connection, rule, today):
        _examine(connection, portion, rule, alone, found)
    return found


def _portions(connection: Connection, rule: Rule, today: date) -> Iterator[list[RowMapping]]:
    span = rule.definition.in_force
    known_on = func.coalesce(decisions.c.submitted_on, decisions.c.occurred_on)
    last = (
        today if rule.definition.has_term else min(today, span.until or today)
    )  # it happened on an earlier day
    promised = (
        select(func.coalesce(func.sum(grants.c.amount_fen), 0))
        .where(grants.c.decision_id == decisions.c.id)
        .scalar_subquery()
    )
    query = (
        select(decisions, journal.c.sequence, journal.c.event, promised.label("promised_fen"))
        .outerjoin(
            journal,
            (journal.c.source == decisions.c.source) & (journal.c.event_id == decisions.c.event_id),
        )
        .where(
            decisions.c.rule_id == rule.id,
            decisions.c.rule_hash != rule.hash,
            known_on.between(span.since, last),
        )
        .order_by(decisions.c.occurred_on, decisions.c.id)
    )
    rows = connection.execute(query.execution_options(yield_per=_AT_ONCE)).mappings()
    yield from (list(portion) for portion in rows.partitions(_AT_ONCE))


def _examine(
    connection: Connection,
    portion: Sequence[RowMapping],
    rule: Rule,
    alone: RuleLibrary,
    found: RetroactiveEffect,
) -> None:
    histories = PastHistories.of(connection, sorted({row["member_id"] for row in portion}))
    for row in portion:
        history = histories.known(row["member_id"], row["sequence"] or 0)
        member = member_facts(history, row["occurred_on"], histories.lineages)
        code = str(member.get("member.organisation") or member.get("member.district") or "")
        if rule.is_merged and not territory_covers(rule.definition.owner, code):
            continue  # a lower level decides for its own members only
        event = None if row["event"] is None else parse_event(row["event"], _LATEST)
        if not isinstance(event, Event) or event.type != rule.definition.on:
            found.examined += 1
            found.undetermined += 1
            continue
        facts, known = rule_facts(
            event, history, load_application_batch([event], connection), histories.lineages
        )
        if not rule.definition.in_force.holds(find_version_day(rule, facts)):
            continue  # it happened under another version
        found.examined += 1
        decision = next(iter(evaluate_rules(facts, known, alone)), None)
        would_be = None if decision is None or decision.benefit is None else decision.amount_fen
        turned = _turned(row, would_be)
        if turned is not None:
            found.add(turned)


def _turned(row: RowMapping, would_be_fen: int | None) -> TurnedDecision | None:
    """Return how a decision would turn; limits and quotas that were reached are not computed again."""
    found = compare_due(row, would_be_fen)
    if found is None:
        return None
    was_fen, would = found
    turn: TurnKind = "gained" if was_fen is None else "lost" if would is None else "changed"
    return TurnedDecision(row["id"], row["member_id"], row["occurred_on"], turn, was_fen or 0, would or 0)
