"""Replay events through the rules in force and through a draft, and total the results of both.

Pure: the events come with the member's facts of that day, the usage is held in memory, and the ledger's
own arithmetic decides what is admitted. The same events in the same order give the same totals.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from rules.engine.evaluate import evaluate_rules
from rules.engine.library import RuleLibrary, build_library
from rules.engine.rule import Rule
from rules.engine.usage import (
    Usage,
    UsageChange,
    UsageInMemory,
    quota_group,
    quota_key_of,
    settle_decisions,
)
from rules.facts import EventFacts, FactValue
from rules.model.figures import CapDefinition
from rules.simulation.totals import SimulationTotals, merge_totals
from rules.territory import OrganisationTransfer


@dataclass(frozen=True, slots=True)
class SimulatedEvent:
    """One event with the facts of its member on that day."""

    event: EventFacts
    facts: Mapping[str, FactValue]


@dataclass(slots=True)
class SimulationSide:
    """One set of rules with its usage and its totals."""

    library: RuleLibrary
    usage: Usage
    totals: SimulationTotals = field(default_factory=SimulationTotals)
    _held: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # member → places

    def __post_init__(self) -> None:
        shared = ((rule.hash, rule.allocation.share) for rule in self.library.rules)
        self.totals.shares = {hash_: share for hash_, share in shared if share}

    def replay(self, case: SimulatedEvent, *, is_counted: bool) -> None:
        """Admit what is due; count every decision, unless only its use of money and places matters."""
        event, add, usage = case.event, self.totals.add, self.usage
        library = self.library
        if event.type in library.by_event:
            decisions = evaluate_rules(event, case.facts, library, event.version_on)
            for decision, admission in zip(decisions, settle_decisions(decisions, usage), strict=True):
                if is_counted:
                    add(case.facts, decision, admission, usage)
                if decision.quota and admission is not None and admission.outcome == "granted":
                    self._held[decision.member] += [quota_key_of(decision, one) for one in decision.quotas]
        if event.transfer is not None:
            self._return_places(event.member, event.transfer)

    def _return_places(self, member: str, transfer: OrganisationTransfer) -> None:
        """Give back the places that the member leaves behind; those from before the simulation are not known."""
        held = self._held.get(member, [])
        leaving = [key for key in held if transfer.leaves(quota_group(key))]
        if leaving:
            self._held[member] = [key for key in held if key not in leaving]
            back = {key: -leaving.count(key) for key in leaving}
            self.usage.take(UsageChange(back, (), date.min, None))


class Simulation:
    """Compare the rules in force (``present``) with the rules including drafts (``proposed``), event by event.

    Rules that share neither money, caps nor conditions with a draft give the same result on both sides: they
    are settled and counted once (``same``).
    """

    def __init__(
        self,
        present: RuleLibrary,
        drafts: Iterable[Rule],
        usage: Callable[[], Usage] = UsageInMemory,
        caps: Mapping[str, CapDefinition] | None = None,
        counts: Callable[[SimulatedEvent], bool] = lambda case: True,
    ) -> None:
        """``usage`` returns each side's usage before the first event; ``caps`` apply with the drafts, if they differ.

        All events use up money and places; the totals are of those that ``counts`` accepts.
        """
        self._counts = counts
        new, now = tuple(drafts), present.caps.values()
        library = build_library_with_drafts(present, new, caps)
        changed = {name for name, cap in library.caps.items() if present.caps.get(name) != cap}
        affected = find_affected_rules(present.rules, new, changed)
        mine = [rule for rule in present.rules if rule.id in affected]
        others = [rule for rule in present.rules if rule.id not in affected]
        proposed = [rule for rule in library.rules if rule.id in affected]
        self.same = SimulationSide(build_library(others, now), usage())
        self._present = SimulationSide(build_library(mine, now), usage())
        self._proposed = SimulationSide(build_library(proposed, library.caps.values()), usage())
        self.events = 0
        self.counted = 0  # events in the totals
        self.first: date | None = None
        self.last: date | None = None

    @property
    def present_totals(self) -> SimulationTotals:
        """The totals of all rules in force so far."""
        return merge_totals(self.same.totals, self._present.totals)

    @property
    def proposed_totals(self) -> SimulationTotals:
        """The totals with the drafts."""
        return merge_totals(self.same.totals, self._proposed.totals)

    def replay(self, cases: Iterable[SimulatedEvent]) -> "Simulation":
        """Replay events, in order. *Raises*: WrongFactError for a fact of another type than the catalogue states."""
        for case in cases:
            day, is_counted = case.event.occurred_on, self._counts(case)
            self.events += 1
            self.counted += is_counted
            self.first, self.last = min(self.first or day, day), max(self.last or day, day)
            for side in (self.same, self._present, self._proposed):
                side.replay(case, is_counted=is_counted)
        return self


def find_affected_rules(
    present: Iterable[Rule], drafts: Iterable[Rule], caps: Collection[str] = ()
) -> frozenset[str]:
    """Return the ids of drafts, and of all rules that share a budget, a cap or a condition with one, directly
    or through other rules. ``caps`` are those that change.
    """
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


def build_library_with_drafts(
    present: RuleLibrary, drafts: Iterable[Rule], caps: Mapping[str, CapDefinition] | None = None
) -> RuleLibrary:
    """Build the library in force with drafts added: on its days a draft replaces the same owner's rule."""
    new = tuple(drafts)
    kept = [part for rule in present.rules for part in _beside(rule, new)]
    return build_library([*kept, *new], (present.caps if caps is None else caps).values())


def _beside(rule: Rule, drafts: Iterable[Rule]) -> Iterable[Rule]:
    """Return the parts of a version that no draft of the same id and owner replaces."""
    spans = [rule.definition.in_force]
    for draft in drafts:
        if (draft.id, draft.definition.owner) == (rule.id, rule.definition.owner):
            spans = [part for span in spans for part in span.without(draft.definition.in_force)]
    if spans == [rule.definition.in_force]:
        return [rule]
    return [rule.during(span) for span in spans]
