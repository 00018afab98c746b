"""All rules and caps that were loaded, found by type of event, territory and date."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from types import MappingProxyType

from rules.engine.day import RuleDay, rule_day
from rules.engine.rule import Rule
from rules.finding import Finding
from rules.model.cap import CapDefinition
from rules.territory import prefix, prefixes

MOST_DAYS = 20_000
"""Rules times days that a library remembers, and as many answers to who looks at an event."""


@dataclass(frozen=True, slots=True)
class Library:
    """An immutable set of rules; swap it whole."""

    rules: tuple[Rule, ...]
    caps: Mapping[str, CapDefinition]
    warnings: tuple[Finding, ...]
    by_event: Mapping[str, Mapping[str, tuple[Rule, ...]]]
    digest: str
    asked: frozenset[str] = frozenset()
    """The rules whose grants other rules ask for."""
    has_rivals: bool = False
    """Whether of some rules only the more valuable is granted."""
    _days: dict[tuple[int, date], RuleDay] = field(default_factory=dict, repr=False, compare=False)
    _candidates: dict[tuple[str, tuple[str, ...], date], tuple[Rule, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def day(self, rule: Rule, on: date) -> RuleDay:
        """What one of these rules says on a day."""
        found = self._days.get((id(rule), on))
        if found is None:
            if len(self._days) > MOST_DAYS:
                self._days.clear()
            found = self._days[id(rule), on] = rule_day(rule, on, self.caps)
        return found

    def candidates(self, event_type: str, code: str, day: date) -> tuple[Rule, ...]:
        """The versions in force on a day whose owner's subtree holds a code, by rule id; the lowest owner's of each."""
        by_event = self.by_event.get(event_type)
        if by_event is None:
            return ()
        key = event_type, tuple([part for part in prefixes(code) if part in by_event]), day
        found = self._candidates.get(key)
        if found is None:
            if len(self._candidates) > MOST_DAYS:
                self._candidates.clear()
            found = self._candidates[key] = _in_force(by_event, key[1], day)
        return found

    def versions(self, rule_id: str) -> tuple[Rule, ...]:
        """All versions of one rule as its owner states them, the earliest first."""
        return tuple(rule for rule in self.rules if rule.id == rule_id and not rule.is_merged)


def _in_force(by_owner: Mapping[str, tuple[Rule, ...]], owners: Iterable[str], day: date) -> tuple[Rule, ...]:
    nearest = {
        rule.id: rule  # what a lower level made of it comes later, and stays
        for owner in owners
        for rule in by_owner[owner]
        if rule.definition.in_force.holds(day)
    }
    return tuple(nearest[rule_id] for rule_id in sorted(nearest))


def library_of(
    rules: Iterable[Rule], caps: Iterable[CapDefinition], warnings: Iterable[Finding] = ()
) -> Library:
    """A library that doesn't depend on the order of what goes in."""
    ordered = tuple(sorted(rules, key=_order))
    by_event: dict[str, dict[str, list[Rule]]] = defaultdict(lambda: defaultdict(list))
    for rule in ordered:
        by_event[rule.definition.on][prefix(rule.definition.owner)].append(rule)
    return Library(
        ordered,
        MappingProxyType({cap.cap: cap for cap in sorted(caps, key=lambda cap: cap.cap)}),
        tuple(warnings),
        MappingProxyType({event: _frozen(owners) for event, owners in by_event.items()}),
        sha256("".join(map(_until_when, ordered)).encode()).hexdigest(),
        frozenset(
            asked
            for rule in ordered
            for dependency in rule.definition.depends
            for asked in (dependency.after, dependency.not_with)
            if asked
        ),
        any(dependency.better_of for rule in ordered for dependency in rule.definition.depends),
    )


def _until_when(rule: Rule) -> str:
    """A version and its last day, which may come before the one that its file says."""
    return f"{rule.hash}{rule.definition.in_force.until or ''}"


def _order(rule: Rule) -> tuple[str, date, int, str]:
    owner = rule.definition.owner
    return rule.id, rule.definition.in_force.since, len(prefix(owner)), owner


def _frozen(owners: Mapping[str, list[Rule]]) -> Mapping[str, tuple[Rule, ...]]:
    return MappingProxyType({owner: tuple(found) for owner, found in owners.items()})
