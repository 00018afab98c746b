"""Compute how a version that begins in the past would have decided differently. Changes nothing.

Past decisions are evaluated again from the values in their explanations. Other facts that the new
version reads come from the journal's event and from the member's facts on that day. Facts that none of
these sources holds are reported as missing.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from pydantic_core import from_json
from sqlalchemy import Connection, RowMapping, func, select, tuple_

from benefits.ledger.explanation_forms import read_explanations
from benefits.tables.decisions import decisions, grants
from core.civil_time import start_of_day
from events.envelope import Event, parse_event
from events.organisations import load_history_lineages
from events.projection import event_facts, member_facts, place_organisation
from events.tables import journal
from members import read_member_changes
from rules import (
    FACTS_BY_EVENT,
    EventFacts,
    FactValue,
    Rule,
    RuleLibrary,
    build_library,
    evaluate_rules,
    territory_covers,
)

TurnKind = Literal["gained", "lost", "changed"]
MAX_TURN_EXAMPLES = 20
_AT_ONCE = 500
_KNOWN_ON = "event.known_on"  # grace depends on it
_OF_RULES = frozenset({"condition", "unknown", "table"})  # refusal reasons that come from conditions


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
    """The effect of a version on past decisions. ``missing`` counts facts that are recorded nowhere."""

    examined: int = 0
    turns: Counter[str] = field(default_factory=Counter)
    was_fen: int = 0
    would_be_fen: int = 0
    undetermined: int = 0
    missing: Counter[str] = field(default_factory=Counter)
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
        _examine(PastDecisions(connection, portion, today), rule, alone, found)
    return found


def _portions(connection: Connection, rule: Rule, today: date) -> Iterator[list[RowMapping]]:
    span = rule.definition.in_force
    last = min(today, span.until or today)
    promised = (
        select(func.coalesce(func.sum(grants.c.amount_fen), 0))
        .where(grants.c.decision_id == decisions.c.id)
        .scalar_subquery()
    )
    query = (
        select(decisions, promised.label("promised_fen"))
        .where(
            decisions.c.rule_id == rule.id,
            decisions.c.rule_hash != rule.hash,
            decisions.c.occurred_on >= span.since,
            decisions.c.occurred_on <= last,
        )
        .order_by(decisions.c.occurred_on, decisions.c.id)
    )
    rows = connection.execute(query.execution_options(yield_per=_AT_ONCE)).mappings()
    yield from (list(portion) for portion in rows.partitions(_AT_ONCE))


class PastDecisions:
    """Some past decisions with their events and the histories of their members."""

    def __init__(self, connection: Connection, portion: Sequence[RowMapping], today: date) -> None:
        self.portion = portion
        explained = {row["id"]: row["explanation"] for row in portion}
        self._explained = read_explanations(connection, explained)
        self._histories = read_member_changes(connection, {row["member_id"] for row in portion})
        self._lineages = load_history_lineages(connection, self._histories.values())
        self._events = _events(connection, [(row["source"], row["event_id"]) for row in portion], today)

    def known_values(self, row: RowMapping) -> dict[str, FactValue]:
        """Return the known values for a decision; values read at the time take precedence over current ones."""
        member = member_facts(self._histories[row["member_id"]], row["occurred_on"], self._lineages)
        said = self._events.get((row["source"], row["event_id"]), {})
        known = {**member, **said, **_explained_values(row, self._explained[row["id"]])}
        place_organisation(known, "member.organisation", self._lineages, row["occurred_on"])
        return known


def _events(
    connection: Connection, keys: Sequence[tuple[str, str]], today: date
) -> dict[tuple[str, str], dict[str, FactValue]]:
    """Return the events' values by source and id, for the events that are in the journal."""
    query = select(journal.c.source, journal.c.event_id, journal.c.event).where(
        tuple_(journal.c.source, journal.c.event_id).in_(keys)
    )
    now = start_of_day(today + timedelta(days=2))  # no decided event lies in the future
    found = {}
    for source, event_id, text in connection.execute(query):
        event = parse_event(text, now)
        if isinstance(event, Event):
            facts = event_facts(event)
            payload = facts.payload
            known = FACTS_BY_EVENT.get(event.type, {})
            found[source, event_id] = {
                path: payload.get(path.removeprefix("event.")) for path in known if path.startswith("event.")
            } | {_KNOWN_ON: facts.known_on}
    return found


def _examine(records: PastDecisions, rule: Rule, alone: RuleLibrary, found: RetroactiveEffect) -> None:
    for row in records.portion:
        values = records.known_values(row)
        if rule.is_merged and not territory_covers(rule.definition.owner, _code(values)):
            continue  # a lower level decides for its own members only
        found.examined += 1
        missing = [path for path in _reads(rule) if path not in values]
        if row["event_type"] != rule.definition.on or missing:
            found.undetermined += 1
            found.missing.update(missing)
            continue
        turned = _turned(row, _reevaluate(row, values, alone))
        if turned is not None:
            found.add(turned)


def _code(values: Mapping[str, FactValue]) -> str:
    return str(values.get("member.organisation") or values.get("member.district") or "")


def _reads(rule: Rule) -> Iterator[str]:
    """Yield the facts that the rule needs; grace needs the day on which the event was recorded."""
    for path in rule.compiled.reads:
        if path != "event.occurred_on" and not path.startswith("param."):
            yield path
    if rule.definition.grace:
        yield _KNOWN_ON


def _explained_values(row: RowMapping, content: Mapping[str, Any]) -> dict[str, FactValue]:
    """Return the values in the decision's explanation, converted to the types of their facts."""
    facts = FACTS_BY_EVENT.get(row["event_type"], {})
    return {
        path: _typed(value, "date" if path == _KNOWN_ON else facts[path].kind)
        for condition in content["conditions"]
        for path, value in condition["values"].items()
        if path in facts or path == _KNOWN_ON
    }


def _typed(value: object, kind: str) -> FactValue:
    if kind == "date" and isinstance(value, str):
        return date.fromisoformat(value)
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    assert value is None or isinstance(value, str | int | bool), f"a fact can't be {value!r}"
    return value


def _reevaluate(row: RowMapping, values: Mapping[str, FactValue], alone: RuleLibrary) -> int | None:
    """Return what the version would grant, in fen; None if it would grant nothing."""
    known_on = values.get(_KNOWN_ON)
    event = EventFacts(
        source=row["source"],
        id=row["event_id"],
        type=row["event_type"],
        occurred_at=_some_time(row["occurred_on"]),
        occurred_on=row["occurred_on"],
        member=row["member_id"],
        payload={path.removeprefix("event."): v for path, v in values.items() if path.startswith("event.")},
        known_on=known_on if isinstance(known_on, date) else None,
    )
    facts = {path: value for path, value in values.items() if not path.startswith("event.")}
    for decision in evaluate_rules(event, facts, alone, event.occurred_on):
        return None if decision.benefit is None else decision.amount_fen
    return None


def _some_time(day: date) -> datetime:
    """Return the start of the day: the hour is not stored and no rule reads it."""
    return start_of_day(day)


def _turned(row: RowMapping, would_be_fen: int | None) -> TurnedDecision | None:
    """Return how a decision would turn; limits and quotas that were reached are not computed again."""
    granted = row["outcome"] == "granted"
    was = granted or row["outcome"] in ("entered", "waiting")
    was_fen = int(row["promised_fen"])
    turn: TurnKind | None = None
    if was and would_be_fen is None:
        turn = "lost"
    elif not was and would_be_fen is not None and _blames_conditions(row):
        turn = "gained"
    elif granted and would_be_fen != was_fen:
        turn = "changed"
    if turn is None:
        return None
    return TurnedDecision(row["id"], row["member_id"], row["occurred_on"], turn, was_fen, would_be_fen or 0)


def _blames_conditions(row: RowMapping) -> bool:
    return bool(_OF_RULES & set(from_json(row["reasons"])))
