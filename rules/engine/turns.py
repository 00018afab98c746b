"""How often it is somebody's turn: the keys of limits, and the days on which other rules' grants matter."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Literal

from rules.engine.decision import Checked, Condition, Demand, Slots
from rules.engine.rule import PER_MEMBER, LimitTerm, Rule
from rules.event import EventFacts
from rules.facts import Value
from rules.model.definition import RuleDefinition
from rules.model.dependency import Dependency
from rules.model.period import earliest_start, period_days
from rules.model.span import Span

N_ = str  # marks a text for the message catalogue

LIMIT_NOT_KNOWN = N_("a fact by which the limit is counted isn't known")
_OUTSIDE = N_("the day lies outside of the period in which it is granted")
_OCCURRED_ON = "event.occurred_on"


def slots_of(
    rule: Rule,
    periods: Sequence[tuple[str, int | None]],
    event: EventFacts,
    values: Mapping[str, Value],
    conditions: list[Checked],
) -> tuple[Slots, ...]:
    """The limits of a grant in their periods; a rule without one grants once for each event and member."""
    if not rule.limits:
        named = (("source", event.source), ("event", event.id), (PER_MEMBER, event.member))
        return (Slots("&".join([part(path, value) for path, value in named]), "event", 1),)
    return tuple(
        [
            Slots(_key(limit, event, values, conditions), period, limit.times, days)
            for limit, (period, days) in zip(rule.limits, periods, strict=True)
        ]
    )


def _key(limit: LimitTerm, event: EventFacts, values: Mapping[str, Value], conditions: list[Checked]) -> str:
    """Whom the limit is for."""
    parts = []
    for path in limit.per:
        value = event.member if path == PER_MEMBER else values[path]
        if value is None:
            conditions.append(Checked(_known(path), False, True, values))
        parts.append(part(path, value))
    return "&".join(parts)


def _known(path: str) -> Condition:
    return Condition(f"known({path})", LIMIT_NOT_KNOWN, None, (path,))


def outside(every: Span, on: date) -> Checked:
    """A day outside of a period that a rule has stated."""
    that = f"{_OCCURRED_ON} >= date('{every.since}') and {_OCCURRED_ON} <= date('{every.until}')"
    return Checked(Condition(that, _OUTSIDE, None, (_OCCURRED_ON,)), False, False, {_OCCURRED_ON: on})


def part(path: str, value: Value) -> str:
    """One part of a key."""
    return f"{path}={_escaped(value)}"


def _escaped(value: Value) -> str:
    text = value if type(value) is str else "、".join(value) if isinstance(value, tuple) else str(value)
    return text if text.isalnum() else text.replace("%", "%25").replace("&", "%26").replace("=", "%3D")


def demands_of(definition: RuleDefinition, on: date) -> tuple[Demand, ...]:
    """What is asked of other rules' grants to the member."""
    return tuple(_demands(definition, on))


def _demands(definition: RuleDefinition, on: date) -> Iterator[Demand]:
    for dependency in definition.depends:
        if dependency.after:
            first = earliest_start(on, dependency.within) if dependency.within else date.min
            used = dependency.state == "used"
            yield _demand(dependency, "after", dependency.after, (first, on), used)
        elif dependency.not_with:
            days = period_days(definition.period(dependency.every), on, definition.programme_span)
            yield _demand(dependency, "not_with", dependency.not_with, days, False)


def _demand(
    dependency: Dependency, kind: Literal["after", "not_with"], rule: str, days: tuple[date, date], used: bool
) -> Demand:
    return Demand(kind, rule, used, *days, dependency.otherwise, dependency.remedy)
