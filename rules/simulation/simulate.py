"""Replay events through the rules in force and through a draft, and total the results of both.

Pure: the events come with the member's facts of that day, the usage is held in memory, and the ledger's
own arithmetic decides what is admitted. The same events in the same order give the same totals.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from rules.engine.admission import PriorGrant, TakenSlots
from rules.engine.decision import Decision
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
from rules.transfer import OrganisationTransfer

_NONE: TakenSlots = {}


@dataclass(frozen=True, slots=True)
class StartingUsage:
    """The ledger's state at the start; all sides share it and never change it."""

    used: Mapping[str, int] = field(default_factory=dict)
    slots: Mapping[str, Mapping[int, date]] = field(default_factory=dict)
    earlier: Mapping[tuple[str, str], Sequence[PriorGrant]] = field(default_factory=dict)
    ceilings: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class UsageSinceStart:
    """Usage of one side: the starting usage and its own additions."""

    begun: StartingUsage = field(default_factory=StartingUsage)
    since: UsageInMemory = field(default_factory=UsageInMemory)

    def used(self, key: str) -> int:
        return self.begun.used.get(key, 0) + self.since.counters.get(key, 0)

    def ceiling(self, key: str) -> int | None:
        return self.begun.ceilings.get(key)

    def slots(self, key: str) -> TakenSlots:
        before, since = self.begun.slots.get(key), self.since.taken.get(key, _NONE)
        return {**before, **since} if before else since

    def earlier(self, rule_id: str, member: str) -> Sequence[PriorGrant]:
        before, since = self.begun.earlier.get((rule_id, member)), self.since.earlier(rule_id, member)
        return [*before, *since] if before else since

    def in_line(self, key: str) -> int:
        return self.used(key)

    def is_drawn(self, key: str) -> bool:
        return False

    def take(self, taking: UsageChange) -> None:
        self.since.take(taking)


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

    def book(self, case: SimulatedEvent, decisions: Sequence[Decision], *, is_counted: bool = True) -> None:
        """Admit what is due; count every decision, unless only its use of money and places matters."""
        if decisions:
            add, facts, usage = self.totals.add, case.facts, self.usage
            for decision, admission in zip(decisions, settle_decisions(decisions, usage), strict=True):
                if is_counted:
                    add(facts, decision, admission, usage)
                if decision.quota and admission is not None and admission.outcome == "granted":
                    self._held[decision.member] += [quota_key_of(decision, one) for one in decision.quotas]

    def return_places(self, member: str, transfer: OrganisationTransfer) -> None:
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
        usage: Callable[[], Usage],
        caps: Mapping[str, CapDefinition] | None = None,
        counts: Callable[[SimulatedEvent], bool] = lambda case: True,
    ) -> None:
        """``caps`` are the caps that apply with the drafts, if they differ.

        All events use up money and places; the totals are of those that ``counts`` accepts.
        """
        self._counts = counts
        new = tuple(drafts)
        self._caps = caps if caps is not None else present.caps
        changed = {name for name, cap in self._caps.items() if present.caps.get(name) != cap}
        self._affected = find_affected_rules(present.rules, new, changed)
        asked = present.depended_on | build_library_with_drafts(present, new, self._caps).depended_on
        present = replace(
            present, depended_on=asked, _days={}
        )  # the drafts may depend on grants of these rules
        self.same = SimulationSide(present, usage())
        self._present = SimulationSide(present, usage())
        self._proposed = SimulationSide(self._within(present, new), usage())
        self.events = 0
        self.counted = 0  # events in the totals
        ids = {rule.id for rule in new}
        touched = [
            *new,
            *(rule for rule in present.rules if rule.id in ids or changed & {*rule.definition.caps}),
        ]
        self._types = {rule.definition.on for rule in touched}
        shared = [rule for rule in present.rules if rule.id in self._affected]
        self._shared_types = self._types | {rule.definition.on for rule in shared}

    @property
    def present_totals(self) -> SimulationTotals:
        """The totals of all rules in force so far."""
        return merge_totals(self.same.totals, self._present.totals)

    @property
    def proposed_totals(self) -> SimulationTotals:
        """The totals with the drafts."""
        return merge_totals(self.same.totals, self._proposed.totals)

    def replay(self, case: SimulatedEvent) -> None:
        """Replay one event. *Raises*: WrongFactError for a fact of another type than the catalogue states."""
        self.events += 1
        self._decide(case)
        if (transfer := case.event.transfer) is not None:
            for side in (self.same, self._present, self._proposed):
                side.return_places(case.event.member, transfer)

    def _decide(self, case: SimulatedEvent) -> None:
        event, is_counted = case.event, self._counts(case)
        self.counted += is_counted
        decisions = evaluate_rules(event, case.facts, self.same.library, event.occurred_on)
        if event.type not in self._shared_types:
            self.same.book(case, decisions, is_counted=is_counted)
            return
        mine = [decision for decision in decisions if decision.rule_id in self._affected]
        if len(mine) < len(decisions):
            others = [d for d in decisions if d.rule_id not in self._affected]
            self.same.book(case, others, is_counted=is_counted)
        self._present.book(case, mine, is_counted=is_counted)
        made: Sequence[Decision] = mine
        if event.type in self._types:
            made = evaluate_rules(event, case.facts, self._proposed.library, event.occurred_on)
        self._proposed.book(case, made, is_counted=is_counted)

    def _within(self, present: RuleLibrary, drafts: Sequence[Rule]) -> RuleLibrary:
        """Return the rules with the drafts, without those on which the drafts have no effect."""
        library = build_library_with_drafts(present, drafts, self._caps)
        return build_library([r for r in library.rules if r.id in self._affected], library.caps.values())


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


def simulate_events(
    cases: Iterable[SimulatedEvent],
    present: RuleLibrary,
    drafts: Iterable[Rule],
    usage: Callable[[], Usage] = UsageInMemory,
) -> Simulation:
    """Replay all cases; ``usage`` returns each side's usage before the first event."""
    simulation = Simulation(present, drafts, usage)
    for case in cases:
        simulation.replay(case)
    return simulation


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
