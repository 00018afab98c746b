"""The places that a rule's versions offer to who waits, and since when they are free.

A waiting list is over once the rule's last day has passed and no place that became free by then is left to
give: what becomes free later is given to nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Connection, RowMapping, func, select

from benefits.draws.collecting import QuotaPlaces, resize_quotas
from benefits.draws.free_days import FreeDays
from benefits.ledger.bounds import Bounds
from benefits.ledger.counting import peek_counters
from benefits.ledger.rows import parse_stored_decision
from benefits.model.accounts import BUDGET_PREFIX
from benefits.tables.decisions import counters, waiting_list
from benefits.tables.draws import claim_slots, waiting_lines, waiting_moves
from benefits.tables.vouchers import due_slots
from rules import budget_key, collect_usage_keys, quota_key_of
from rules.engine.usage import QUOTA_PREFIX

if TYPE_CHECKING:  # of the rules' models, which whoever reads decisions does not need
    from rules import Decision, Rule, RuleLibrary

PLACES = (QUOTA_PREFIX,)
PLACES_AND_MONEY = (QUOTA_PREFIX, BUDGET_PREFIX)
_OPEN_LINES = (
    select(waiting_lines.c.places)
    .join(counters, counters.c.key == "waiting/" + waiting_lines.c.places)
    .where(counters.c.used > waiting_lines.c.moved)
)
LibraryReader = Callable[[Connection], "RuleLibrary"]
ValueChoice = Callable[["Decision", "Rule"], "Decision | None"]


def list_open_waiting_lists(connection: Connection, rule_id: str | None = None) -> list[QuotaPlaces]:
    """List the places for which members wait, of one rule or of all."""
    found = [QuotaPlaces.from_key(key) for key in sorted(connection.execute(_OPEN_LINES).scalars())]
    return [places for places in found if rule_id in (None, places.rule_id)]


def list_waiting_rows(connection: Connection, places: QuotaPlaces, number: int) -> list[RowMapping]:
    """List the rows of the members who wait longest for some places."""
    query = (
        select(waiting_list)
        .outerjoin(waiting_moves, waiting_moves.c.waiting_id == waiting_list.c.id)
        .where(places.has_rows_of(waiting_list), waiting_moves.c.waiting_id.is_(None))
        .order_by(waiting_list.c.position)
        .limit(number)
    )
    return list(connection.execute(query).mappings())


@dataclass(frozen=True, slots=True)
class PlaceOffer:
    """What a version of the rule gives a member between two days; undecided until an officer chooses the value."""

    decision: Decision
    first: date
    last: date
    is_decided: bool = True

    def find_free_day(
        self, days: FreeDays, prefixes: tuple[str, ...], first: date | None = None
    ) -> date | None:
        """Return the first day from which on all counters with these prefixes had room; None if there is none."""
        first = self.first if first is None else first
        for key, amount, size in self._needs(days):
            found = days.find(key, amount, size, first) if key.startswith(prefixes) else first
            if found is None or found > self.last:
                return None
            first = found
        return first

    def _needs(self, days: FreeDays) -> Iterator[tuple[str, int, int]]:
        """Yield counter, least amount and size; a part may be granted in part, or be left out if it stands alone."""
        decision = self.decision
        for quota in decision.quotas:
            yield quota_key_of(decision, quota), 1, quota.size
        parts = [due for due in decision.benefits if due.budget and not due.stands_alone]
        for name in dict.fromkeys(due.budget for due in parts if due.budget):
            key = budget_key(name)
            own = (due for due in parts if due.budget == name)
            needed = sum(min(1, due.amount_fen) if due.partial else due.amount_fen for due in own)
            if (ceiling := days.ceiling(key)) is not None and needed:
                yield key, needed, ceiling


def list_offers(
    connection: Connection,
    row: RowMapping,
    decision: Decision,
    library: RuleLibrary,
    today: date,
    choose: ValueChoice = lambda decision, rule: decision,
) -> tuple[PlaceOffer, ...]:
    """List what the versions of a rule offer a waiting member on days up to today, the earliest version first.

    ``choose`` gives the decision the value that a version says; None if an officer still has to choose it.
    """
    assert decision.quota, f"{decision.rule_id} waits for no places"
    waiting = replace(decision, waits=False, entry=None)
    found = []
    for rule in _versions(library, decision):
        span = rule.definition.in_force
        first, last = max(span.since, row["waits_since"]), min(span.until or today, today)
        if first <= last:
            resized = resize_quotas(connection, waiting, rule)
            chosen = choose(resized, rule)
            found.append(PlaceOffer(chosen or resized, first, last, chosen is not None))
    return tuple(found)


def has_free_place(
    connection: Connection,
    places: QuotaPlaces,
    library: RuleLibrary,
    today: date,
    prefixes: tuple[str, ...] = PLACES,
) -> bool:
    """Return whether a place is free for the next waiting member by a day; reads without a lock."""
    for row in list_waiting_rows(connection, places, 1):
        offers = list_offers(connection, row, parse_stored_decision(row["decision"]), library, today)
        keys = collect_usage_keys(offer.decision for offer in offers).counters
        now = Bounds(peek_counters(connection, keys), {}, {}, {})
        days = FreeDays(connection, places.rule_id, row["waits_since"], now)
        return any(offer.find_free_day(days, prefixes) for offer in offers)
    return False


def find_list_end(connection: Connection, row: RowMapping, library: RuleLibrary, today: date) -> date | None:
    """Return the last day of a waiting member's rule if her list is over; None while members still move up on it.

    Where the daily work is late, what was due by the last day is still to be done: the list isn't over. For a rule
    that is gone it is ``date.min``.
    """
    spans = [rule.definition.in_force for rule in _versions(library, parse_stored_decision(row["decision"]))]
    if any(span.until is None or span.until >= today for span in spans):
        return None
    last = max((span.until for span in spans if span.until), default=date.min)
    lapse = connection.execute(select(func.min(claim_slots.c.claim_by))).scalar()
    expiry = connection.execute(select(func.min(due_slots.c.day))).scalar()
    if (lapse and lapse < last) or (expiry and expiry <= last):
        return None
    is_free = has_free_place(connection, QuotaPlaces.of(row), library, today, PLACES_AND_MONEY)
    return None if is_free else last


def _versions(library: RuleLibrary, decision: Decision) -> list[Rule]:
    """Return the versions of the same owner as the one that decided, the earliest first."""
    versions = [rule for rule in library.rules if rule.id == decision.rule_id]
    own = next((rule for rule in versions if rule.hash == decision.rule_hash), None)
    owner = (
        own.definition.owner
        if own
        else next((rule.definition.owner for rule in versions if not rule.is_merged), None)
    )
    return [
        rule
        for rule in versions
        if rule.definition.owner == owner and rule.definition.allocate.mode != "everyone"
    ]
