"""Keys of limits, and the days on which other rules' grants matter."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Literal

from core.text_marks import N_
from rules.engine.decision import Condition, ConditionResult, GrantDependency, LimitSlots
from rules.engine.rule import PER_MEMBER, ResolvedLimit, Rule
from rules.event import EventFacts
from rules.facts import FactValue
from rules.model.definition import RuleDefinition
from rules.model.dependency import Dependency
from rules.model.period import earliest_start_day, period_days
from rules.model.span import Span

LIMIT_FACT_UNKNOWN = N_("a fact by which the limit is counted isn't known")
_OUTSIDE = N_("the day lies outside of the period in which it is granted")
_OCCURRED_ON = "event.occurred_on"


def build_limit_slots(
    rule: Rule,
    periods: Sequence[tuple[str, int | None]],
    event: EventFacts,
    values: Mapping[str, FactValue],
    conditions: list[ConditionResult],
) -> tuple[LimitSlots, ...]:
    """Return the limits of a grant in their periods; a rule without one grants once per event and member."""
    if not rule.limits:
        named = (("source", event.source), ("event", event.id), (PER_MEMBER, event.member))
        return (LimitSlots("&".join([format_key_part(path, value) for path, value in named]), "event", 1),)
    return tuple(
        [
            LimitSlots(_key(limit, event, values, conditions), period, limit.times, days)
            for limit, (period, days) in zip(rule.limits, periods, strict=True)
        ]
    )


def _key(
    limit: ResolvedLimit,
    event: EventFacts,
    values: Mapping[str, FactValue],
    conditions: list[ConditionResult],
) -> str:
    """Return the key of the slots: the values by which the limit counts."""
    parts = []
    for path in limit.per:
        value = event.member if path == PER_MEMBER else values[path]
        if value is None:
            conditions.append(ConditionResult(_known(path), False, True, values))
        parts.append(format_key_part(path, value))
    return "&".join(parts)


def _known(path: str) -> Condition:
    return Condition(f"known({path})", LIMIT_FACT_UNKNOWN, None, (path,))


def outside_period_result(every: Span, on: date) -> ConditionResult:
    """Return the failed condition for a day outside of a period that the rule states."""
    that = f"{_OCCURRED_ON} >= date('{every.since}') and {_OCCURRED_ON} <= date('{every.until}')"
    return ConditionResult(Condition(that, _OUTSIDE, None, (_OCCURRED_ON,)), False, False, {_OCCURRED_ON: on})


def format_key_part(path: str, value: FactValue) -> str:
    """Format one part of a key."""
    return f"{path}={_escaped(value)}"


def _escaped(value: FactValue) -> str:
    text = value if type(value) is str else "、".join(value) if isinstance(value, tuple) else str(value)
    return text if text.isalnum() else text.replace("%", "%25").replace("&", "%26").replace("=", "%3D")


def build_grant_dependencies(definition: RuleDefinition, on: date) -> tuple[GrantDependency, ...]:
    """Return the requirements on other rules' grants to the member."""
    return tuple(_demands(definition, on))


def _demands(definition: RuleDefinition, on: date) -> Iterator[GrantDependency]:
    for dependency in definition.depends:
        if dependency.after:
            first = earliest_start_day(on, dependency.within) if dependency.within else date.min
            used = dependency.state == "used"
            yield _demand(dependency, "after", dependency.after, (first, on), used)
        elif dependency.not_with:
            days = period_days(definition.resolve_period(dependency.every), on, definition.programme_span)
            yield _demand(dependency, "not_with", dependency.not_with, days, False)


def _demand(
    dependency: Dependency, kind: Literal["after", "not_with"], rule: str, days: tuple[date, date], used: bool
) -> GrantDependency:
    return GrantDependency(kind, rule, used, *days, dependency.otherwise, dependency.remedy)
