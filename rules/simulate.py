"""Replays events through what is in force and through a draft beside it, and counts what comes of both.

Pure: the events come with the member's facts of that day, the bookkeeping is kept in memory, and what is
admitted is decided by the ledger's own arithmetic. The same events in the same order give the same totals.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from rules.decision import Decision
from rules.evaluate import evaluate
from rules.event import EventFacts
from rules.facts import Value
from rules.library import Library, library_of
from rules.rule import Rule
from rules.simulate_books import Books
from rules.simulate_edges import Edges
from rules.simulate_totals import Totals
from rules.span import Span

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Case:
    """One event with the facts of its member on that day."""

    event: EventFacts
    facts: Mapping[str, Value]


@dataclass(slots=True)
class Side:
    """One set of rules with its own bookkeeping and totals."""

    library: Library
    books: Books
    totals: Totals = field(default_factory=Totals)

    def book(self, case: Case, decisions: Iterable[Decision]) -> None:
        """Admit what is due and count every ruling."""
        for decision in decisions:
            self.totals.add(case.facts, decision, self.books.rule(decision), self.books)


class Simulation:
    """What is in force (``present``) and what would be (``proposed``), event by event.

    Rules that only one side has are evaluated there; on an event that no draft reacts to, both sides
    share the decisions, though not what their books make of them. ``variants`` are the drafts with other
    values of a parameter, each with books of its own.
    """

    def __init__(
        self,
        present: Library,
        drafts: Iterable[Rule],
        books: Callable[[], Books],
        variants: Iterable[Iterable[Rule]] = (),
    ) -> None:
        self.drafts = tuple(drafts)
        self.present = Side(present, books())
        self.proposed = Side(with_drafts(present, self.drafts), books())
        self.variants = tuple(Side(with_drafts(present, variant), books()) for variant in variants)
        self.edges = Edges(self.drafts)
        self.events = 0
        replaced = {rule.id for rule in self.drafts}
        touched = [*self.drafts, *(rule for rule in present.rules if rule.id in replaced)]
        self._types = {rule.definition.on for rule in touched}
        self._hashes = {rule.hash for rule in self.drafts}

    def take(self, case: Case) -> None:
        """Replay one event. *Raises*: WrongFactError for a fact of another type than the catalogue says."""
        event = case.event
        self.events += 1
        present = evaluate(event, case.facts, self.present.library, event.occurred_on)
        proposed = present
        is_touched = event.type in self._types
        if is_touched:
            proposed = evaluate(event, case.facts, self.proposed.library, event.occurred_on)
            for decision in proposed:
                if decision.rule_hash in self._hashes:
                    self.edges.look(event, decision)
        self.present.book(case, present)
        self.proposed.book(case, proposed)
        for side in self.variants:
            other = evaluate(event, case.facts, side.library, event.occurred_on) if is_touched else present
            side.book(case, other)


def simulate(
    cases: Iterable[Case], present: Library, drafts: Iterable[Rule], books: Callable[[], Books] = Books
) -> Simulation:
    """Replay all cases; ``books`` gives each side the bookkeeping that it begins with."""
    simulation = Simulation(present, drafts, books)
    for case in cases:
        simulation.take(case)
    return simulation


def with_drafts(present: Library, drafts: Iterable[Rule]) -> Library:
    """What is in force with drafts beside it: on its days a draft takes the place of the same rule."""
    new = tuple(drafts)
    kept = [part for rule in present.rules for part in _beside(rule, new)]
    return library_of([*kept, *new], present.caps.values())


def _beside(rule: Rule, drafts: Iterable[Rule]) -> Iterable[Rule]:
    """The parts of a version that no draft of the same id takes the place of."""
    spans = [rule.definition.in_force]
    for draft in drafts:
        if draft.id == rule.id:
            spans = [part for span in spans for part in _without(span, draft.definition.in_force)]
    if spans == [rule.definition.in_force]:
        return [rule]
    return [_within(rule, span) for span in spans]


def _within(rule: Rule, span: Span) -> Rule:
    """The same version, hash and programme period, on fewer days."""
    definition = rule.definition
    fewer = {"in_force": span, "programme": definition.programme_span}
    return replace(rule, definition=definition.model_copy(update=fewer))


def _without(span: Span, taken: Span) -> list[Span]:
    if not span.overlaps(taken):
        return [span]
    left = []
    if span.since < taken.since:
        left.append(_span(span.since, taken.since - _DAY))
    if taken.until is not None and (span.until is None or taken.until < span.until):
        left.append(_span(taken.until + _DAY, span.until))
    return left


def _span(since: date, until: date | None) -> Span:
    return Span.model_validate({"from": since, "until": until})
