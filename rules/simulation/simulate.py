"""Replays events through what is in force and through a draft beside it, and counts what comes of both.

Pure: the events come with the member's facts of that day, the bookkeeping is kept in memory, and what is
admitted is decided by the ledger's own arithmetic. The same events in the same order give the same totals.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from rules.engine.decision import Decision
from rules.engine.evaluate import evaluate
from rules.engine.library import Library, library_of
from rules.engine.rule import Rule
from rules.engine.usage import Usage, UsageInMemory, settle
from rules.event import EventFacts
from rules.facts import Value
from rules.model.cap import CapDefinition
from rules.model.span import Span
from rules.simulation.edges import Edges
from rules.simulation.totals import Totals, joined

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Case:
    """One event with the facts of its member on that day."""

    event: EventFacts
    facts: Mapping[str, Value]


@dataclass(slots=True)
class Side:
    """One set of rules with what it uses and what it comes to."""

    library: Library
    usage: Usage
    totals: Totals = field(default_factory=Totals)

    def book(self, case: Case, decisions: Sequence[Decision]) -> None:
        """Admit what is due and count every ruling."""
        if not decisions:
            return
        add, facts, usage = self.totals.add, case.facts, self.usage
        for decision, admission in zip(decisions, settle(decisions, usage), strict=True):
            add(facts, decision, admission, usage)


class Simulation:
    """What is in force (``present``) and what would be (``proposed``), event by event.

    Rules that share neither money, caps nor conditions with a draft come out the same on both sides: they
    are settled and counted once (``same``). ``variants`` are the drafts with other values of a parameter,
    each with what it uses itself.
    """

    def __init__(
        self,
        present: Library,
        drafts: Iterable[Rule],
        usage: Callable[[], Usage],
        variants: Iterable[Iterable[Rule]] = (),
        caps: Mapping[str, CapDefinition] | None = None,
    ) -> None:
        """``caps`` are those that hold with the drafts, where they aren't the same."""
        self.drafts = tuple(drafts)
        others = [tuple(variant) for variant in variants]
        new = [*self.drafts, *(rule for variant in others for rule in variant)]
        self._caps = caps if caps is not None else present.caps
        changed = {name for name, cap in self._caps.items() if present.caps.get(name) != cap}
        self._affected = affected(present.rules, new, changed)
        asked = present.asked | with_drafts(present, new, self._caps).asked
        present = replace(present, asked=asked, _days={})  # the drafts will ask who was granted what
        self.same = Side(present, usage())
        self._present = Side(present, usage())
        self._proposed = Side(self._within(present, self.drafts), usage())
        self._variants = tuple(Side(self._within(present, variant), usage()) for variant in others)
        self.edges = Edges(self.drafts)
        self.events = 0
        ids = {rule.id for rule in new}
        touched = [
            *new,
            *(rule for rule in present.rules if rule.id in ids or changed & {*rule.definition.caps}),
        ]
        self._types = {rule.definition.on for rule in touched}
        shared = [rule for rule in present.rules if rule.id in self._affected]
        self._shared_types = self._types | {rule.definition.on for rule in shared}
        self._hashes = {rule.hash for rule in self.drafts}

    @property
    def present(self) -> Totals:
        """What all that is in force comes to by now."""
        return joined(self.same.totals, self._present.totals)

    @property
    def proposed(self) -> Totals:
        """What it comes to with the drafts."""
        return joined(self.same.totals, self._proposed.totals)

    @property
    def variants(self) -> tuple[Totals, ...]:
        """What it comes to with each variant of the drafts."""
        return tuple(joined(self.same.totals, side.totals) for side in self._variants)

    def take(self, case: Case) -> None:
        """Replay one event. *Raises*: WrongFactError for a fact of another type than the catalogue says."""
        self.events += 1
        event = case.event
        decisions = evaluate(event, case.facts, self.same.library, event.occurred_on)
        if event.type not in self._shared_types:
            self.same.book(case, decisions)
            return
        mine = [decision for decision in decisions if decision.rule_id in self._affected]
        if len(mine) < len(decisions):
            self.same.book(case, [d for d in decisions if d.rule_id not in self._affected])
        self._present.book(case, mine)
        for side in (self._proposed, *self._variants):
            made: Sequence[Decision] = mine
            if event.type in self._types:
                made = evaluate(event, case.facts, side.library, event.occurred_on)
            side.book(case, made)
            if side is self._proposed and event.type in self._types:
                self._look(event, made)

    def _look(self, event: EventFacts, decisions: Sequence[Decision]) -> None:
        for decision in decisions:
            if decision.rule_hash in self._hashes:
                self.edges.look(event, decision)

    def _within(self, present: Library, drafts: Sequence[Rule]) -> Library:
        """The rules with the drafts beside them, without those for which the drafts make no difference."""
        library = with_drafts(present, drafts, self._caps)
        return library_of([r for r in library.rules if r.id in self._affected], library.caps.values())


def affected(present: Iterable[Rule], drafts: Iterable[Rule], caps: Collection[str] = ()) -> frozenset[str]:
    """The ids of drafts, and of all rules that share a budget, a cap or a condition with one, whether
    directly or by way of others; ``caps`` are those that change."""
    left = [(rule.id, _shares(rule)) for rule in present]
    ids = {rule.id for rule in drafts}
    shared = {f"cap/{name}" for name in caps}.union(*(_shares(rule) for rule in drafts), ids)
    while found := [(id, keys) for id, keys in left if id in shared or keys & shared]:
        ids |= {id for id, _ in found}
        shared |= set().union(*(keys for _, keys in found), ids)
        left = [one for one in left if one not in found]
    return frozenset(ids)


def _shares(rule: Rule) -> set[str]:
    budgets = {f"budget/{part.budget}" for part in rule.parts if part.budget}
    caps = {f"cap/{name}" for name in rule.definition.caps}
    others = {name for dependency in rule.definition.depends for name in dependency.rules}
    return {rule.id, *budgets, *caps, *others}


def simulate(
    cases: Iterable[Case],
    present: Library,
    drafts: Iterable[Rule],
    usage: Callable[[], Usage] = UsageInMemory,
) -> Simulation:
    """Replay all cases; ``usage`` gives each side what is used before the first event."""
    simulation = Simulation(present, drafts, usage)
    for case in cases:
        simulation.take(case)
    return simulation


def with_drafts(
    present: Library, drafts: Iterable[Rule], caps: Mapping[str, CapDefinition] | None = None
) -> Library:
    """What is in force with drafts beside it: on its days a draft takes the place of the same owner's rule."""
    new = tuple(drafts)
    kept = [part for rule in present.rules for part in _beside(rule, new)]
    return library_of([*kept, *new], (present.caps if caps is None else caps).values())


def _beside(rule: Rule, drafts: Iterable[Rule]) -> Iterable[Rule]:
    """The parts of a version that no draft of the same id and owner takes the place of."""
    spans = [rule.definition.in_force]
    for draft in drafts:
        if (draft.id, draft.definition.owner) == (rule.id, rule.definition.owner):
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
