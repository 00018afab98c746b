"""What a version that begins in the past would have decided otherwise; changes nothing.

Decisions are taken again from the values that their explanations hold; what the new version reads besides
is looked up in the event, where the journal keeps it, and of the member as he is known on that day. What
none of them tells is said.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from pydantic_core import from_json
from sqlalchemy import Connection, RowMapping, func, select, tuple_

from benefits.tables.decisions import decisions, grants
from core.civil_time import start_of
from events.envelope import Event, read_event
from events.projection import event_facts
from events.tables import journal
from members import facts_on, read_changes
from rules import EVENTS, EventFacts, Library, Rule, Value, covers, evaluate, library_of

Turn = Literal["gained", "lost", "changed"]
EXAMPLES = 20
_AT_ONCE = 500
_KNOWN_ON = "event.known_on"  # what grace is judged by
_OF_RULES = frozenset({"condition", "unknown", "table"})  # reasons for which the conditions are to blame


@dataclass(frozen=True, slots=True)
class Turned:
    """A past decision that the version would have taken otherwise; amounts are worths in fen."""

    decision: str
    member: str
    occurred_on: date
    turn: Turn
    was_fen: int
    would_be_fen: int


@dataclass(slots=True)
class Retrospect:
    """What is known of the past under another version. ``missing`` are facts that nobody kept."""

    looked_at: int = 0
    turns: Counter[str] = field(default_factory=Counter)
    was_fen: int = 0
    would_be_fen: int = 0
    untold: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    examples: list[Turned] = field(default_factory=list)

    @property
    def speaks(self) -> bool:
        """Whether there is something that must be seen before the version is approved."""
        return bool(self.turns or self.untold)

    def add(self, turned: Turned) -> None:
        self.turns[turned.turn] += 1
        self.was_fen += turned.was_fen
        self.would_be_fen += turned.would_be_fen
        if len(self.examples) < EXAMPLES:
            self.examples.append(turned)


def retrospect(connection: Connection, rule: Rule, library: Library, today: date) -> Retrospect:
    """What the version would have made of the decisions of its rule on the days that it claims."""
    found = Retrospect()
    if rule.definition.in_force.since > today:
        return found
    alone = library_of([rule], library.caps.values())
    for portion in _portions(connection, rule, today):
        _look(Records(connection, portion, today), rule, alone, found)
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


class Records:
    """What is on record about some decisions."""

    def __init__(self, connection: Connection, portion: Sequence[RowMapping], today: date) -> None:
        self.portion = portion
        self._histories = read_changes(connection, {row["member_id"] for row in portion})
        self._events = _events(connection, [(row["source"], row["event_id"]) for row in portion], today)

    def values(self, row: RowMapping) -> dict[str, Value]:
        """What is known of a decision: what was read then goes before what is known now."""
        member = facts_on(self._histories[row["member_id"]], row["occurred_on"])
        said = self._events.get((row["source"], row["event_id"]), {})
        return {**member, **said, **_kept(row)}


def _events(
    connection: Connection, keys: Sequence[tuple[str, str]], today: date
) -> dict[tuple[str, str], dict[str, Value]]:
    """What the events said, as far as they are in the journal."""
    query = select(journal.c.source, journal.c.event_id, journal.c.event).where(
        tuple_(journal.c.source, journal.c.event_id).in_(keys)
    )
    now = start_of(today + timedelta(days=2))  # nothing that was decided lies in the future
    found = {}
    for source, event_id, text in connection.execute(query):
        event = read_event(text, now)
        if isinstance(event, Event):
            facts = event_facts(event)
            payload = facts.payload
            known = EVENTS.get(event.type, {})
            found[source, event_id] = {
                path: payload.get(path.removeprefix("event.")) for path in known if path.startswith("event.")
            } | {_KNOWN_ON: facts.known_on}
    return found


def _look(records: Records, rule: Rule, alone: Library, found: Retrospect) -> None:
    for row in records.portion:
        values = records.values(row)
        if rule.is_merged and not covers(rule.definition.owner, _code(values)):
            continue  # a lower level decides of its own members only
        found.looked_at += 1
        missing = [path for path in _reads(rule) if path not in values]
        if row["event_type"] != rule.definition.on or missing:
            found.untold += 1
            found.missing.update(missing)
            continue
        turned = _turned(row, _again(row, values, alone))
        if turned is not None:
            found.add(turned)


def _code(values: Mapping[str, Value]) -> str:
    return str(values.get("member.organisation") or values.get("member.district") or "")


def _reads(rule: Rule) -> Iterator[str]:
    """What must be known of the past: grace asks for the day on which the event was recorded."""
    for path in rule.compiled.reads:
        if path != "event.occurred_on" and not path.startswith("param."):
            yield path
    if rule.definition.grace:
        yield _KNOWN_ON


def _kept(row: RowMapping) -> dict[str, Value]:
    """The values that the explanation holds, in the types of their facts."""
    facts = EVENTS.get(row["event_type"], {})
    content = from_json(row["explanation"])
    return {
        path: _typed(value, "date" if path == _KNOWN_ON else facts[path].kind)
        for condition in content["conditions"]
        for path, value in condition["values"].items()
        if path in facts or path == _KNOWN_ON
    }


def _typed(value: object, kind: str) -> Value:
    if kind == "date" and isinstance(value, str):
        return date.fromisoformat(value)
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    assert value is None or isinstance(value, str | int | bool), f"a fact can't be {value!r}"
    return value


def _again(row: RowMapping, values: Mapping[str, Value], alone: Library) -> int | None:
    """What the version would give, in fen; None where it would give nothing."""
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
    for decision in evaluate(event, facts, alone, event.occurred_on):
        return None if decision.benefit is None else decision.amount_fen
    return None


def _some_time(day: date) -> datetime:
    """The hour isn't kept and no rule reads it."""
    return start_of(day)


def _turned(row: RowMapping, would_be_fen: int | None) -> Turned | None:
    """How a decision would have turned; a limit that was reached, or a quota, isn't reckoned again."""
    granted = row["outcome"] == "granted"
    was = granted or row["outcome"] in ("entered", "waiting")
    was_fen = int(row["promised_fen"])
    turn: Turn | None = None
    if was and would_be_fen is None:
        turn = "lost"
    elif not was and would_be_fen is not None and _blames_conditions(row):
        turn = "gained"
    elif granted and would_be_fen != was_fen:
        turn = "changed"
    if turn is None:
        return None
    return Turned(row["id"], row["member_id"], row["occurred_on"], turn, was_fen, would_be_fen or 0)


def _blames_conditions(row: RowMapping) -> bool:
    return bool(_OF_RULES & set(from_json(row["reasons"])))
