"""Members just inside and just outside of each threshold of a draft."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from operator import mul

from rules.engine.decision import Decision
from rules.engine.rule import Rule
from rules.expressions.functions import FUNCTIONS, KNOWN_FUNCTION
from rules.expressions.syntax import (
    Call,
    Compare,
    FactReference,
    Literal,
    Node,
    Product,
    Sum,
    Ternary,
    walk_nodes,
)
from rules.facts import EventFacts, FactValue

MAX_EXAMPLES_PER_SIDE = 3  # examples on each side
_ORDERS = {"<", "<=", ">", ">="}


@dataclass(frozen=True, slots=True, order=True)
class EdgeMember:
    """A member near a threshold: the distance from it, in the unit of the compared value (dates: days).

    ``lacking`` counts the other conditions that the member fails: at 0 only this threshold decides.
    """

    lacking: int
    distance: int
    day: date
    member: str
    value: int | date = field(compare=False)
    bound: int | date = field(compare=False)


@dataclass(slots=True)
class RuleThreshold:
    """One comparison of a condition, with the members nearest to it on either side."""

    rule: str
    condition: str
    compare: Compare
    inside: list[EdgeMember] = field(default_factory=list)
    outside: list[EdgeMember] = field(default_factory=list)


class EdgeRecorder:
    """Record the members nearest to each threshold from the decisions of drafts."""

    def __init__(self, drafts: Iterable[Rule]) -> None:
        self._by_hash = {rule.hash: _thresholds(rule) for rule in drafts}

    @property
    def thresholds(self) -> tuple[RuleThreshold, ...]:
        """All thresholds, by rule and in the order of the conditions."""
        return tuple(threshold for found in self._by_hash.values() for threshold in found)

    def record(self, event: EventFacts, decision: Decision) -> None:
        """Record the member of a draft's decision if nearer to a threshold than those recorded before."""
        thresholds = self._by_hash[decision.rule_hash]
        if not thresholds or not decision.conditions:
            return
        values = decision.conditions[0].values
        missing = {checked.that for checked in decision.conditions if not checked.holds}
        for threshold in thresholds:
            _keep(threshold, event, values, missing)


def _keep(
    threshold: RuleThreshold, event: EventFacts, values: Mapping[str, FactValue], missing: set[str]
) -> None:
    compare = threshold.compare
    left, right = _number(compare.left, values), _number(compare.right, values)
    if left is None or right is None:
        return
    margin = _ordinal(left) - _ordinal(right)
    holds = _holds(compare.operator, margin)
    lacking = len(missing - {threshold.condition})
    side = threshold.inside if holds else threshold.outside
    edge = EdgeMember(lacking, abs(margin), event.occurred_on, event.member, left, right)
    if len(side) < MAX_EXAMPLES_PER_SIDE or edge < side[-1]:
        nearest = {other.member: other for other in sorted([*side, edge], reverse=True)}  # each member once
        side[:] = sorted(nearest.values())[:MAX_EXAMPLES_PER_SIDE]


def _holds(operator: str, margin: int) -> bool:
    return {"<": margin < 0, "<=": margin <= 0, ">": margin > 0, ">=": margin >= 0}[operator]


def _thresholds(rule: Rule) -> list[RuleThreshold]:
    from rules.expressions.grammar import (
        parse_expression,  # importing lark takes 50 ms, so only a simulation does it
    )

    return [
        RuleThreshold(rule.id, condition.that, node)
        for condition in rule.required
        for node in walk_nodes(parse_expression(condition.that))
        if isinstance(node, Compare) and node.operator in _ORDERS
    ]


def _ordinal(value: int | date) -> int:
    return value.toordinal() if isinstance(value, date) else value


def _number(node: Node, values: Mapping[str, FactValue]) -> int | date | None:
    """Return the value of one side of a comparison; None if it is unknown or no number."""
    match node:
        case Literal(value=value) if type(value) is not bool and isinstance(value, int | date):
            return value
        case FactReference(path=path):
            read = values.get(path)
            return read if type(read) is not bool and isinstance(read, int | date) else None
        case Call(name=name, arguments=arguments) if name != KNOWN_FUNCTION:
            return _called(name, arguments, values)
        case Sum(terms=terms):
            signed = [(sign, _number(term, values)) for sign, term in terms]
            parts = [-n if sign == "-" else n for sign, n in signed if type(n) is int]
            return sum(parts) if len(parts) == len(terms) else None
        case Product(factors=factors):
            numbers = [n for factor in factors if type(n := _number(factor, values)) is int]
            return reduce(mul, numbers) if len(numbers) == len(factors) else None
        case Ternary():
            return None  # the branch depends on another condition
    return None


def _called(name: str, arguments: tuple[Node, ...], values: Mapping[str, FactValue]) -> int | date | None:
    given = [
        values.get(a.path) if isinstance(a, FactReference) else getattr(a, "value", None) for a in arguments
    ]
    if None in given:
        return None
    made = FUNCTIONS[name].compute(*given)
    return made if type(made) is not bool and isinstance(made, int | date) else None
