"""Replay events through the rules in force and through a draft, and total the results of both.

Pure: the events come with the member's facts of that day, the usage is held in memory, and the ledger's
own arithmetic decides what is admitted. The same events in the same order give the same totals.

Money comes back as it does in the ledger. What officers granted meanwhile by a draw or from a waiting list is used
from its own day on. What the ledger granted on the same event by the same version has
the ends that it has there. Anything else, a draft's grants first of all, expires by its rule's own terms: nobody
has claimed, used or taken it back.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import NamedTuple

from rules.engine.admission import Admission
from rules.engine.decision import Decision
from rules.engine.evaluate import evaluate_rules
from rules.engine.library import RuleLibrary, build_library
from rules.engine.rule import Rule
from rules.engine.usage import (
    BUDGET_PREFIX,
    QUOTA_PREFIX,
    GrantEnd,
    UsageChange,
    UsageInMemory,
    budget_key,
    compute_usage_change,
    quota_group,
    quota_key_of,
    settle_decisions,
)
from rules.event_facts import EventFacts
from rules.facts import FactValue
from rules.model.figures import CapDefinition
from rules.simulation.totals import SimulationTotals, merge_totals
from rules.territory import OrganisationTransfer

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SimulatedEvent:
    """One event with the facts of its member on that day."""

    event: EventFacts
    facts: Mapping[str, FactValue]


class _Ending(NamedTuple):
    """What comes back of a grant, and the day on which it is booked; of a member whose places it gives up.

    Or what ``is_taken`` on that day without an event.
    """

    day: date
    back: UsageChange
    is_counted: bool
    member: str = ""
    is_taken: bool = False

    @classmethod
    def of_budgets(cls, end: GrantEnd, is_counted: bool) -> "_Ending":
        """Build the ending of what came back to budgets alone."""
        return cls(end.day, UsageChange(end.back, (), end.day, None), is_counted)


@dataclass(slots=True)
class SimulationSide:
    """One set of rules with its usage and its totals."""

    library: RuleLibrary
    usage: UsageInMemory
    counts_grant: Callable[[str, date], bool]  # of a member, granted on a day on no replayed event
    totals: SimulationTotals = field(default_factory=SimulationTotals)
    _held: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # member → places
    _endings: defaultdict[tuple[date, bool], list[_Ending]] = field(default_factory=lambda: defaultdict(list))
    _expiring: dict[date, dict[tuple[str, bool], int]] = field(default_factory=dict)  # by last day and budget
    _due: list[tuple[date, bool]] = field(default_factory=list)  # a heap: acts end after the day's events
    _day: date = date.min

    def __post_init__(self) -> None:
        own = {budget_key(part.budget) for rule in self.library.rules for part in rule.parts if part.budget}
        for end in self.usage.begun.earlier_ends:
            if back := _without_others(end.back, own):
                is_counted = self.counts_grant(end.member, end.granted_on)
                self._schedule(_Ending.of_budgets(replace(end, back=back), is_counted), end.is_act)
        for later in self.usage.begun.later:
            if taken := _without_others(later.counters, own):
                change = replace(later, counters=taken)
                is_counted = self.counts_grant(later.member, later.day)
                self._schedule(_Ending(later.day, change, is_counted, is_taken=True), is_act=True)
        shared = ((rule.hash, rule.allocation.share) for rule in self.library.rules)
        self.totals.shares = {hash_: share for hash_, share in shared if share}

    def replay(self, case: SimulatedEvent, today: date, *, is_counted: bool) -> None:
        """Admit what is due; count every decision, unless only its use of money and places matters.

        ``today`` is the last day of an event so far.
        """
        event, usage = case.event, self.usage
        if event.type not in self.library.by_event and event.transfer is None:
            return
        if today > self._day:
            self.pass_days(today)
        if event.type in self.library.by_event:
            add = self.totals.add
            decisions = evaluate_rules(event, case.facts, self.library)
            for decision, admission in zip(decisions, settle_decisions(decisions, usage), strict=True):
                if is_counted:
                    add(case.facts, decision, admission, usage)
                if admission is None or admission.outcome != "granted":
                    continue
                if decision.quota:
                    self._held[decision.member] += [quota_key_of(decision, one) for one in decision.quotas]
                self._foresee_ends(event, decision, admission, is_counted)
        if event.transfer is not None:
            back = self._return_places(event.member, event.transfer)
            if is_counted:
                self.totals.give_back(event.occurred_on, back, usage)

    def pass_days(self, day: date, *, with_acts: bool = False) -> None:
        """Give back what ends up to a day, each on its own day; of the last day ``with_acts`` or without."""
        self._day = max(self._day, day)
        while self._due and self._due[0] <= (self._day, with_acts):
            turn = heapq.heappop(self._due)
            for (key, is_counted), amount_fen in self._expiring.pop(turn[0] - _DAY, {}).items():
                self.usage.counters[key] -= amount_fen
                if is_counted:
                    self.totals.give_back(turn[0], {key: amount_fen}, self.usage)
            for ending in self._endings.pop(turn, ()):
                self._book(ending)

    def _book(self, ending: _Ending) -> None:
        back = self._without_left_places(ending) if ending.member else ending.back
        amounts = back.counters
        if ending.is_taken:
            self.usage.take(back)
            amounts = {key: -amount for key, amount in amounts.items()}
        else:
            self.usage.give_back(back)
        if ending.is_counted:
            self.totals.give_back(ending.day, amounts, self.usage)

    def _foresee_ends(
        self, event: EventFacts, decision: Decision, admission: Admission, is_counted: bool
    ) -> None:
        granted = admission.of(decision)
        ends = self.usage.begun.ends
        known = ends.get((event.source, event.id, granted.rule_id, granted.rule_hash)) if ends else None
        if known is None:
            for due in granted.benefits:
                if due.expires_on is not None and due.budget is not None and due.kind != "cash":
                    self._expire(due.expires_on, due.budget, due.amount_fen, is_counted)
        else:
            self._schedule_known(granted, admission, known, is_counted)
        if self._due and self._due[0][0] <= self._day:
            self.pass_days(self._day)  # granted on a late event, and over by now

    def _expire(self, last: date, budget: str, amount_fen: int, is_counted: bool) -> None:
        """Foresee that nobody uses a benefit by its last day."""
        expiring = self._expiring.get(last)
        if expiring is None:
            expiring = self._expiring[last] = {}
            heapq.heappush(self._due, (last + _DAY, False))
        key = budget_key(budget), is_counted
        expiring[key] = expiring.get(key, 0) + amount_fen

    def _schedule_known(
        self, granted: Decision, admission: Admission, known: Sequence[GrantEnd], is_counted: bool
    ) -> None:
        for end in known:
            ending = _Ending.of_budgets(end, is_counted)
            if end.is_whole:
                ending = ending._replace(back=compute_usage_change(granted, admission), member=granted.member)
            self._schedule(ending, end.is_act)

    def _schedule(self, ending: _Ending, is_act: bool = False) -> None:
        turn = ending.day, is_act
        if turn not in self._endings:
            heapq.heappush(self._due, turn)  # a day may be in it twice: the second time nothing is left of it
        self._endings[turn].append(ending)

    def _without_left_places(self, ending: _Ending) -> UsageChange:
        """Return what a whole grant gives back, without the places that a transfer gave back before."""
        held, back = self._held[ending.member], dict(ending.back.counters)
        for key in [key for key in back if key.startswith(QUOTA_PREFIX)]:
            if key in held:
                held.remove(key)
            else:
                del back[key]
        return replace(ending.back, counters=back)

    def _return_places(self, member: str, transfer: OrganisationTransfer) -> Mapping[str, int]:
        """Give back the places that the member leaves behind; those from before the simulation are not known."""
        held = self._held.get(member, [])
        leaving = [key for key in held if transfer.leaves(quota_group(key))]
        back = {key: leaving.count(key) for key in leaving}
        if leaving:
            self._held[member] = [key for key in held if key not in leaving]
            self.usage.give_back(UsageChange(back, (), date.min, None))
        return back


def _without_others(counters: Mapping[str, int], budgets: Collection[str]) -> dict[str, int]:
    """Return counters without those of budgets that other rules have."""
    return {key: n for key, n in counters.items() if key in budgets or not key.startswith(BUDGET_PREFIX)}


class Simulation:
    """Compare the rules in force (``present``) with the rules including drafts (``proposed``), event by event.

    Rules that share neither money, caps nor conditions with a draft give the same result on both sides: they
    are settled and counted once (``same``).
    """

    def __init__(
        self,
        present: RuleLibrary,
        drafts: Iterable[Rule],
        usage: Callable[[], UsageInMemory] = UsageInMemory,
        caps: Mapping[str, CapDefinition] | None = None,
        counts: Callable[[SimulatedEvent], bool] = lambda case: True,
        counts_grant: Callable[[str, date], bool] = lambda member, day: True,
    ) -> None:
        """``usage`` returns each side's usage before the first event; ``caps`` apply with the drafts, if they differ.

        All events use up money and places; the totals are of those that ``counts`` accepts, and of what was granted
        to a member on a day on no replayed event, if ``counts_grant`` accepts it.
        """
        self._counts = counts
        new, now = tuple(drafts), present.caps.values()
        library = build_library_with_drafts(present, new, caps)
        changed = {name for name, cap in library.caps.items() if present.caps.get(name) != cap}
        affected = find_affected_rules(present.rules, new, changed)
        mine = [rule for rule in present.rules if rule.id in affected]
        others = [rule for rule in present.rules if rule.id not in affected]
        proposed = [rule for rule in library.rules if rule.id in affected]
        self.same, self._present, self._proposed = (
            SimulationSide(build_library(rules, limits), usage(), counts_grant)
            for rules, limits in ((others, now), (mine, now), (proposed, library.caps.values()))
        )
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

    def replay(self, cases: Iterable[SimulatedEvent], until: date | None = None) -> "Simulation":
        """Replay events, in order, and what ends up to a day, by default that of the last event.

        *Raises*: WrongFactError for a fact of another type than the catalogue states.
        """
        sides = self.same, self._present, self._proposed
        for case in cases:
            day, is_counted = case.event.occurred_on, self._counts(case)
            self.events += 1
            self.counted += is_counted
            if self.first is None or day < self.first:
                self.first = day
            if self.last is None or day > self.last:
                self.last = day
            for side in sides:
                side.replay(case, self.last, is_counted=is_counted)
        if last := until or self.last:
            for side in sides:
                side.pass_days(last, with_acts=until is not None)
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
