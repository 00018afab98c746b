"""Serve waiting lists: grant free places in the order of arrival, through the same admission.

    while (moved := move_up_waiting_list(connection, places, library, now, today)).moved_count: …

A step is one transaction of the caller; repeated when no place became free it changes nothing. A place
becomes free when a grant lapses or is taken back, when a new version of the rule raises the quota, or when
an officer raises the budget; for that day the rule is asked (``benefits.draws.free_days``), whenever the
work is done. A member who comes meanwhile waits behind (``rules.engine.admission``), so
that the list is served in its order.

The lists of one rule and period are served as one line: quotas within quotas compete for the places of the
level above. Where no place is free for a member, those behind who need the same places wait too, and others
don't; where the budget doesn't suffice, all behind wait.

Who moves up gets the value that the rule in force on that day says: the old one, the new one, or an officer's
choice. What was promised is never changed: a grant keeps its amount.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import itemgetter
from typing import Literal

from sqlalchemy import Connection, RowMapping, select

from benefits.draws.collecting import QuotaPlaces
from benefits.draws.free_days import FreeDays
from benefits.draws.free_places import (
    PLACES,
    PLACES_AND_MONEY,
    PlaceOffer,
    has_free_place,
    list_offers,
    list_open_waiting_lists,
    list_waiting_rows,
)
from benefits.draws.order import find_former_members, redate_decisions, refuse_decision
from benefits.draws.participation import record_waiting_moves
from benefits.ledger.bounds import Bounds, read_bounds
from benefits.ledger.recording import admit_and_record
from benefits.ledger.rows import parse_stored_decision
from benefits.model.ruling import Ruling
from benefits.officer_acts import NewAct, record_act
from benefits.officers import Officer
from benefits.rulebook.book import lock_rulebook_shared
from benefits.tables.rulebook import rule_acts
from core.civil_time import civil_date, start_of_day
from rules import (
    Condition,
    ConditionResult,
    Decision,
    EventFacts,
    Rule,
    RuleLibrary,
    admit_decision,
)
from rules.engine.day import build_fixed_benefits
from rules.engine.usage import compute_usage_change, read_decision_usage
from store import lock_exclusive

WAITING_LIST_SOURCE = "/waiting"
_AT_ONCE = 100
_WORK = "waiting lists"
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

    ``places`` are any that the members of the line compete for. Of each place the rule is asked for the day on
    which it became free, which is ``today`` or earlier: a place that became free after the rule's last day is
    given to nobody. Nobody could know of it before now, so the days in which it must be claimed and used run
    from now. ``moved_at`` is the instant after which an event may claw back a grant of today, by default now.

    A member for whom a place is free, but who has left the union or can't be granted for another personal
    reason, is passed over. A stopped rule moves up no member.
    """
    if places.rule_id in lock_rulebook_shared(connection):
        return MoveUpResult()
    lock_exclusive(connection, _WORK)
    line = [one for one in list_open_waiting_lists(connection, places.rule_id) if one.period == places.period]
    free = [one for one in line if has_free_place(connection, one, library, today)]
    heads = sorted(
        (row for one in free for row in list_waiting_rows(connection, one, _AT_ONCE)),
        key=itemgetter("arrival"),
    )
    if not heads:
        return MoveUpResult()
    turns = _list_turns(connection, heads, library, today, max(today, civil_date(now)))
    bounds = read_bounds(
        connection,
        [offer.decision for turn in turns for offer in turn.offers],
        locked=frozenset(f"waiting/{one.key}" for one in free),
    )
    days = FreeDays(connection, places.rule_id, min(turn.row["waits_since"] for turn in turns), bounds)
    served = list(_serve(connection, turns, bounds, days))
    decided = [(_moved_event(row, decision, now), decision) for row, decision in served]
    rulings = admit_and_record(connection, decided, now)
    _record_moves(connection, [row for row, _ in served], rulings, (now, moved_at or now, today))
    granted = tuple(ruling for ruling in rulings if ruling.outcome == "granted")
    return MoveUpResult(granted, tuple(ruling for ruling in rulings if ruling.outcome != "granted"))


@dataclass(frozen=True, slots=True)
class _Turn:
    """A member of a line, and what the versions of the rule that hold since the member waits offer, the earliest first."""

    row: RowMapping
    offers: tuple[PlaceOffer, ...]


def _list_turns(
    connection: Connection, heads: Sequence[RowMapping], library: RuleLibrary, today: date, known_on: date
) -> list[_Turn]:
    stored = redate_decisions(
        connection, [parse_stored_decision(row["decision"]) for row in heads], today, known_on
    )
    choices = _ValueChoices(connection, known_on)
    return [
        _Turn(row, list_offers(connection, row, decision, library, today, choices.apply))
        for row, decision in zip(heads, stored, strict=True)
    ]


def _serve(
    connection: Connection, turns: Sequence[_Turn], bounds: Bounds, days: FreeDays
) -> Iterator[tuple[RowMapping, Decision]]:
    """Yield who leaves the line, in its order, until places or money run out, each as of the day of the place."""
    full = set[str]()  # groups for which no place is free
    for turn in turns:
        row = turn.row
        if row["places_for"] in full:
            continue
        free = ((offer, offer.find_free_day(days, PLACES)) for offer in turn.offers)
        offer, day = next(((offer, day) for offer, day in free if day is not None), (None, None))
        if offer is None or day is None:
            full.add(row["places_for"])
            continue
        day = offer.find_free_day(days, PLACES_AND_MONEY, day)
        if day is None or not offer.is_decided:  # an officer has to decide first
            return
        decision = replace(offer.decision, occurred_on=day)
        left = find_former_members(connection, [row["member_id"]], day)
        if left:
            yield row, refuse_decision(decision, left[row["member_id"]])
            continue
        admission = admit_decision(decision, read_decision_usage(decision, bounds))
        if admission.outcome == "granted":
            taken = compute_usage_change(admission.of(decision), admission)
            bounds.take(taken)
            days.take(taken.counters, day)
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
    days = [ruling.event.occurred_on for ruling in rulings]
    rows = [
        {
            "waiting_id": row["id"],
            "places": QuotaPlaces.of(row).key,
            "position": row["position"],
            "how": "granted" if ruling.outcome == "granted" else "passed",
            "decision_id": ruling.id,
            "moved_on": day,
            "moved_at": moved_at if day == today else start_of_day(day),
        }
        for row, ruling, day in zip(heads, rulings, days, strict=True)
    ]
    record_waiting_moves(connection, rows, now)


def record_waiting_choice(connection: Connection, officer: Officer, rule: Rule, choice: WaitingChoice) -> int:
    """Record what those who wait get of a version that says ``ask``. *Raises*: ActRefused without a reason."""
    officer.require_reason()
    deed = NewAct("repriced", rule.id, None, rule.hash, {"waiting": choice})
    return record_act(connection, officer, deed)


@dataclass(slots=True)
class _ValueChoices:
    """The values that members who wait get on a day; what officers chose for versions that ask them."""

    connection: Connection
    on: date
    _known: Mapping[str, str] | None = None

    def apply(self, decision: Decision, rule: Rule) -> Decision | None:
        """Return the decision with the value that a version gives; None if an officer still has to choose it."""
        repriced = reprice_decision(decision, rule, self.on)
        if repriced is None:
            return decision
        assert rule.definition.on_change is not None
        choice: str | None = rule.definition.on_change.waiting
        if choice == "ask":
            if self._known is None:
                self._known = _choices(self.connection, rule.id)
            choice = self._known.get(rule.hash)
        if choice is None:
            return None
        return repriced if choice == "reprice" else decision


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
