"""All loaded rules and caps, indexed by type of event, territory and date."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from types import MappingProxyType

from core.faults import Fault
from rules.engine.day import RuleDay, compute_rule_day
from rules.engine.rule import Rule
from rules.model.figures import CapDefinition
from rules.territory import territory_prefix, territory_prefixes

MAX_CACHED_RULE_DAYS = 20_000
"""Rules times days that a library remembers, and as many answers to who looks at an event."""


@dataclass(frozen=True, slots=True)
class RuleLibrary:
    """An immutable set of rules; replace it as a whole."""

    rules: tuple[Rule, ...]
    caps: Mapping[str, CapDefinition]
    warnings: tuple[Fault, ...]
    by_event: Mapping[str, Mapping[str, tuple[Rule, ...]]]
    digest: str
    depended_on: frozenset[str] = frozenset()
    """The rules whose grants other rules ask for."""
    has_rivals: bool = False
    """Whether of some rules only the more valuable is granted."""
    looks_back: bool = False
    """Whether the version, or the member's facts, of some rules are those of the day on which it happened."""
    _days: dict[tuple[int, date, date], RuleDay] = field(default_factory=dict, repr=False, compare=False)
    _candidates: dict[tuple[str, tuple[str, ...], date], tuple[Rule, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def rule_day(self, rule: Rule, on: date, happened_on: date) -> RuleDay:
        """Return what one of these rules gives on a day; its periods are those of ``happened_on``."""
        found = self._days.get((id(rule), on, happened_on))
        if found is None:
            if len(self._days) > MAX_CACHED_RULE_DAYS:
                self._days.clear()
            found = self._days[id(rule), on, happened_on] = compute_rule_day(rule, on, happened_on, self.caps)
        return found

    def candidates(self, event_type: str, code: str, day: date) -> tuple[Rule, ...]:
        """Return the versions in force on a day whose owner covers a code, by rule id.

        Of each rule the lowest owner's version is returned.
        """
        by_event = self.by_event.get(event_type)
        if by_event is None:
            return ()
        key = event_type, tuple([part for part in territory_prefixes(code) if part in by_event]), day
        found = self._candidates.get(key)
        if found is None:
            if len(self._candidates) > MAX_CACHED_RULE_DAYS:
                self._candidates.clear()
            found = self._candidates[key] = _in_force(by_event, key[1], day)
        return found

    def versions(self, rule_id: str) -> tuple[Rule, ...]:
        """Return all versions of one rule as its owner states them, the earliest first."""
        return tuple(rule for rule in self.rules if rule.id == rule_id and not rule.is_merged)


def _in_force(by_owner: Mapping[str, tuple[Rule, ...]], owners: Iterable[str], day: date) -> tuple[Rule, ...]:
    nearest = {
        rule.id: rule  # a lower level's merged rule comes later and replaces it
        for owner in owners
        for rule in by_owner[owner]
        if rule.definition.in_force.holds(day)
    }
    return tuple(nearest[rule_id] for rule_id in sorted(nearest))


def build_library(
    rules: Iterable[Rule], caps: Iterable[CapDefinition], warnings: Iterable[Fault] = ()
) -> RuleLibrary:
    """Build a library that doesn't depend on the order of the rules and caps."""
    ordered = tuple(sorted(rules, key=_order))
    by_event: dict[str, dict[str, list[Rule]]] = defaultdict(lambda: defaultdict(list))
    for rule in ordered:
        by_event[rule.definition.on][territory_prefix(rule.definition.owner)].append(rule)
    return RuleLibrary(
        ordered,
        MappingProxyType({cap.cap: cap for cap in sorted(caps, key=lambda cap: cap.cap)}),
        tuple(warnings),
        MappingProxyType({event: _frozen(owners) for event, owners in by_event.items()}),
        # with last days, which may come before those of the files
        sha256("".join(f"{r.hash}{r.definition.in_force.until or ''}" for r in ordered).encode()).hexdigest(),
        frozenset(
            dependency.after for rule in ordered for dependency in rule.definition.depends if dependency.after
        ),
        any(dependency.better_of for rule in ordered for dependency in rule.definition.depends),
        any(rule.definition.has_term or rule.definition.member_as_of for rule in ordered),
    )


def _order(rule: Rule) -> tuple[str, date, int, str]:
    owner = rule.definition.owner
    return rule.id, rule.definition.in_force.since, len(territory_prefix(owner)), owner


def _frozen(owners: Mapping[str, list[Rule]]) -> Mapping[str, tuple[Rule, ...]]:
    return MappingProxyType({owner: tuple(found) for owner, found in owners.items()})
