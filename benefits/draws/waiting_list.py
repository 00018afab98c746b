"""Serve waiting lists: grant free places in the order of arrival, through the same admission.

    while (moved := move_up_waiting_list(connection, places, library, now, today)).moved_count: …

A step is one transaction of the caller; repeated when no place became free it changes nothing. A place
becomes free when a grant lapses or is taken back, when a new version of the rule raises the quota, or when
an officer raises the budget. A member who comes meanwhile waits behind (``rules.engine.admission``), so
that the list is served in its order.

The lists of one rule and period are served as one line: quotas within quotas compete for the places of the
level above. Where no place is free for a member, those behind who need the same places wait too, and others
don't; where the budget doesn't suffice, all behind wait.

Who moves up gets the value that the rule in force today says: the old one, the new one, or an officer's
choice. What was promised is never changed: a grant keeps its amount.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import itemgetter
from typing import Literal

from sqlalchemy import Connection, RowMapping, select

from benefits.draws.collecting import QuotaPlaces, resize_quotas
from benefits.draws.order import find_former_members, redate_decisions, refuse_decision
from benefits.draws.participation import record_waiting_moves
from benefits.ledger.bounds import Bounds, read_bounds
from benefits.ledger.recording import admit_and_record
from benefits.ledger.rows import parse_stored_decision
from benefits.model.ruling import Ruling
from benefits.officer_acts import NewAct, record_act
from benefits.officers import Officer
from benefits.rulebook.book import lock_rulebook_shared
from benefits.tables.decisions import counters, waiting_list
from benefits.tables.draws import waiting_lines, waiting_moves
from benefits.tables.rulebook import rule_acts
from core.civil_time import civil_date
from rules import (
    SCARCITY_CODES,
    Condition,
    ConditionResult,
    Decision,
    EventFacts,
    Rule,
    RuleLibrary,
    admit_decision,
    quota_key_of,
)
from rules.engine.day import build_fixed_benefits
from rules.engine.usage import compute_usage_change, read_decision_usage
from store import lock_exclusive

WAITING_LIST_SOURCE = "/waiting"
_AT_ONCE = 100
_WORK = "waiting lists"
_OPEN_LINES = (
    select(waiting_lines.c.places)
    .join(counters, counters.c.key == "waiting/" + waiting_lines.c.places)
    .where(counters.c.used > waiting_lines.c.moved)
)
WaitingChoice = Literal["keep", "reprice"]
_WAS, _IS = "value.was_fen", "value.is_fen"
REPRICED = Condition("value.changed_while_waiting", "", None, (_WAS, _IS))


@dataclass(frozen=True, slots=True)
class MoveUpResult:
    """The result of one step: members who were granted a place, and members who were passed over."""

    granted: tuple[Ruling, ...] = ()
    passed: tuple[Ruling, ...] = ()

    @property
    def moved_count(self) -> int:
        return len(self.granted) + len(self.passed)


def list_open_waiting_lists(connection: Connection, rule_id: str | None = None) -> list[QuotaPlaces]:
    """List the places for which members wait, of one rule or of all."""
    found = [QuotaPlaces.from_key(key) for key in sorted(connection.execute(_OPEN_LINES).scalars())]
    return [places for places in found if rule_id in (None, places.rule_id)]


def move_up_waiting_list(
    connection: Connection,
    places: QuotaPlaces,
    library: RuleLibrary,
    now: datetime,
    today: date,
    *,
    moved_at: datetime | None = None,
) -> MoveUpResult:
    """Grant the free places to the members who wait longest; at most 100 at a time.

    ``places`` are any that the members of the line compete for. ``moved_at`` is the instant after which an
    event may claw back the grant, by default now. The place is given as of ``today``; nobody could know of it
    before now, so the days in which it must be claimed and used run from now.

    A member for whom a place is free, but who has left the union or can't be granted for another personal
    reason, is passed over. A stopped rule moves up no member.
    """
    if places.rule_id in lock_rulebook_shared(connection):
        return MoveUpResult()
    lock_exclusive(connection, _WORK)
    line = [one for one in list_open_waiting_lists(connection, places.rule_id) if one.period == places.period]
    free = [one for one in line if has_free_place(connection, one, library, today)]
    heads = sorted((row for one in free for row in _heads(connection, one)), key=itemgetter("arrival"))
    if not heads:
        return MoveUpResult()
    known_on = max(today, civil_date(now))
    decisions = redate_decisions(
        connection, [_with_current_quotas(connection, row, library, today) for row in heads], today, known_on
    )
    decisions = value_waiting_decisions(
        connection, decisions, lambda decision: _in_force(library, decision, today), known_on
    )
    heads = heads[: len(decisions)]  # an officer has to decide on the others first
    if not heads:
        return MoveUpResult()
    left = find_former_members(connection, {row["member_id"] for row in heads}, today)
    bounds = read_bounds(connection, decisions, locked=frozenset(f"waiting/{one.key}" for one in free))
    served = list(_servable(heads, decisions, left, bounds))
    decided = [(_moved_event(row, decision, now), decision) for row, decision in served]
    rulings = admit_and_record(connection, decided, now)
    _record_moves(connection, [row for row, _ in served], rulings, (now, moved_at or now, today))
    granted = tuple(ruling for ruling in rulings if ruling.outcome == "granted")
    return MoveUpResult(granted, tuple(ruling for ruling in rulings if ruling.outcome != "granted"))


def has_free_place(connection: Connection, places: QuotaPlaces, library: RuleLibrary, today: date) -> bool:
    """Return whether a place may be free for the next waiting member; reads without a lock."""
    heads = _heads(connection, places, 1)
    if not heads:
        return False
    decision = _with_current_quotas(connection, heads[0], library, today)
    sizes = {quota_key_of(decision, quota): quota.size for quota in decision.quotas}
    rows = connection.execute(select(counters.c.key, counters.c.used).where(counters.c.key.in_(sizes)))
    used = {row.key: row.used for row in rows}
    return all(used.get(key, 0) < size for key, size in sizes.items())


def _heads(connection: Connection, places: QuotaPlaces, number: int = _AT_ONCE) -> list[RowMapping]:
    query = (
        select(waiting_list)
        .outerjoin(waiting_moves, waiting_moves.c.waiting_id == waiting_list.c.id)
        .where(places.has_rows_of(waiting_list), waiting_moves.c.waiting_id.is_(None))
        .order_by(waiting_list.c.position)
        .limit(number)
    )
    return list(connection.execute(query).mappings())


def _with_current_quotas(
    connection: Connection, row: RowMapping, library: RuleLibrary, today: date
) -> Decision:
    """Return what would be granted, with as many places as the version in force today has."""
    decision = parse_stored_decision(row["decision"])
    assert decision.quota, f"{decision.rule_id} waits for no places"
    rule = _in_force(library, decision, today)
    resized = decision if rule is None else resize_quotas(connection, decision, rule)
    return replace(resized, waits=False, entry=None)


def _in_force(library: RuleLibrary, decision: Decision, today: date) -> Rule | None:
    """Return the version of the same owner that is in force today, after the one that decided."""
    versions = [rule for rule in library.rules if rule.id == decision.rule_id]
    own = next((rule for rule in versions if rule.hash == decision.rule_hash), None)
    owner = (
        own.definition.owner
        if own
        else next((rule.definition.owner for rule in versions if not rule.is_merged), None)
    )
    return next(
        (
            rule
            for rule in versions
            if rule.definition.owner == owner
            and rule.definition.in_force.holds(today)
            and rule.definition.allocate.mode != "everyone"
        ),
        None,
    )


def _servable(
    heads: Sequence[RowMapping],
    decisions: Sequence[Decision],
    left: Mapping[str, ConditionResult],
    bounds: Bounds,
) -> Iterator[tuple[RowMapping, Decision]]:
    """Yield who leaves the line, in its order, until places or money run out."""
    full = set[str]()  # groups for which no place is free
    for row, decision in zip(heads, decisions, strict=True):
        if row["places_for"] in full:
            continue
        admission = admit_decision(decision, read_decision_usage(decision, bounds))
        codes = {refusal.code for refusal in admission.refusals} & SCARCITY_CODES
        if codes == {"quota-exhausted"}:
            full.add(row["places_for"])
        elif codes:
            return
        elif row["member_id"] in left:
            yield row, refuse_decision(decision, left[row["member_id"]])
        else:
            if admission.outcome == "granted":
                bounds.take(compute_usage_change(admission.of(decision), admission))
            yield row, decision


def _moved_event(row: RowMapping, decision: Decision, now: datetime) -> EventFacts:
    return EventFacts(
        WAITING_LIST_SOURCE, row["id"], "waiting.moved", now, decision.occurred_on, row["member_id"], {}
    )


def _record_moves(
    connection: Connection,
    heads: Sequence[RowMapping],
    rulings: Sequence[Ruling],
    when: tuple[datetime, datetime, date],
) -> None:
    if not rulings:
        return
    now, moved_at, today = when
    rows = [
        {
            "waiting_id": row["id"],
            "places": QuotaPlaces.of(row).key,
            "position": row["position"],
            "how": "granted" if ruling.outcome == "granted" else "passed",
            "decision_id": ruling.id,
            "moved_on": today,
            "moved_at": moved_at,
        }
        for row, ruling in zip(heads, rulings, strict=True)
    ]
    record_waiting_moves(connection, rows, now)


def record_waiting_choice(connection: Connection, officer: Officer, rule: Rule, choice: WaitingChoice) -> int:
    """Record what those who wait get of a version that says ``ask``. *Raises*: ActRefused without a reason."""
    officer.require_reason()
    deed = NewAct("repriced", rule.id, None, rule.hash, {"waiting": choice})
    return record_act(connection, officer, deed)


def value_waiting_decisions(
    connection: Connection,
    decisions: Sequence[Decision],
    in_force: Callable[[Decision], Rule | None],
    today: date,
) -> list[Decision]:
    """Return the decisions of a list with the value that each member gets today, in their order.

    The list ends before the first member for whom an officer still has to decide.
    """
    valued: list[Decision] = []
    choices: Mapping[str, str] | None = None
    for decision in decisions:
        rule = in_force(decision)
        repriced = reprice_decision(decision, rule, today) if rule is not None else None
        if rule is None or repriced is None:
            valued.append(decision)
            continue
        assert rule.definition.on_change is not None
        choice: str | None = rule.definition.on_change.waiting
        if choice == "ask":
            choices = _choices(connection, rule.id) if choices is None else choices
            choice = choices.get(rule.hash)
        if choice is None:
            break
        valued.append(repriced if choice == "reprice" else decision)
    return valued


def reprice_decision(decision: Decision, rule: Rule, today: date) -> Decision | None:
    """Return the decision with a version's value; None if the version keeps the old one, or it is the same."""
    on_change = rule.definition.on_change
    if on_change is None or on_change.waiting == "keep" or rule.hash == decision.rule_hash:
        return None
    benefits = build_fixed_benefits(rule, today)
    if benefits is None or _values(replace(decision, benefits=benefits)) == _values(decision):
        return None
    repriced = replace(decision, rule_hash=rule.hash, rule_title=rule.definition.title, benefits=benefits)
    change = {_WAS: decision.amount_fen, _IS: repriced.amount_fen}
    return replace(
        repriced, conditions=(*decision.conditions, ConditionResult(REPRICED, True, False, change))
    )


def _values(decision: Decision) -> list[tuple[object, ...]]:
    return [(due.name, due.kind, due.amount_fen, due.quantity, due.unit) for due in decision.benefits]


def _choices(connection: Connection, rule_id: str) -> dict[str, str]:
    """Return the officers' last choice by the hash of the version."""
    query = (
        select(rule_acts.c.hash_after, rule_acts.c.detail)
        .where(rule_acts.c.act == "repriced", rule_acts.c.rule_id == rule_id)
        .order_by(rule_acts.c.sequence)
    )
    return {row.hash_after: json.loads(row.detail)["waiting"] for row in connection.execute(query)}
