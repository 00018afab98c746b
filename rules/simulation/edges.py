"""Members at the edges: just inside and just outside of every threshold that a draft draws."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from operator import mul

from rules.engine.decision import Decision
from rules.engine.rule import Rule
from rules.event import EventFacts
from rules.expressions.functions import FUNCTIONS, KNOWN
from rules.expressions.syntax import Call, Choice, Compare, Literal, Node, Product, Reading, Sum, walk
from rules.facts import Value

KEPT = 3  # examples on each side
_ORDERS = {"<", "<=", ">", ">="}


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """A member at a threshold: how far from it, in the unit of what is compared (dates: days).

    ``lacking`` says how much else the member lacks: 0 means that only this threshold decides.
    """

    lacking: int
    distance: int
    day: date
    member: str
    value: int | date = field(compare=False)
    bound: int | date = field(compare=False)


@dataclass(slots=True)
class Threshold:
    """One comparison of a condition, with those who come nearest to it on either side."""

    rule: str
    condition: str
    compare: Compare
    inside: list[Edge] = field(default_factory=list)
    outside: list[Edge] = field(default_factory=list)


class Edges:
    """Watches the decisions of drafts."""

    def __init__(self, drafts: Iterable[Rule]) -> None:
        self._by_hash = {rule.hash: _thresholds(rule) for rule in drafts}

    @property
    def thresholds(self) -> tuple[Threshold, ...]:
        """All thresholds, by rule and in the order of the conditions."""
        return tuple(threshold for found in self._by_hash.values() for threshold in found)

    def look(self, event: EventFacts, decision: Decision) -> None:
        """Keep the member of a draft's decision where it comes nearer to a threshold than those before."""
        thresholds = self._by_hash[decision.rule_hash]
        if not thresholds or not decision.conditions:
            return
        values = decision.conditions[0].values
        missing = {checked.that for checked in decision.conditions if not checked.holds}
        for threshold in thresholds:
            _keep(threshold, event, values, missing)


def _keep(threshold: Threshold, event: EventFacts, values: Mapping[str, Value], missing: set[str]) -> None:
    compare = threshold.compare
    left, right = _number(compare.left, values), _number(compare.right, values)
    if left is None or right is None:
        return
    margin = _ordinal(left) - _ordinal(right)
    holds = _holds(compare.operator, margin)
    lacking = len(missing - {threshold.condition})
    side = threshold.inside if holds else threshold.outside
    edge = Edge(lacking, abs(margin), event.occurred_on, event.member, left, right)
    if len(side) < KEPT or edge < side[-1]:
        nearest = {other.member: other for other in sorted([*side, edge], reverse=True)}  # each member once
        side[:] = sorted(nearest.values())[:KEPT]


def _holds(operator: str, margin: int) -> bool:
    return {"<": margin < 0, "<=": margin <= 0, ">": margin > 0, ">=": margin >= 0}[operator]


def _thresholds(rule: Rule) -> list[Threshold]:
    from rules.expressions.grammar import parse  # lark takes 50 ms: only a simulation pays

    return [
        Threshold(rule.id, condition.that, node)
        for condition in rule.required
        for node in walk(parse(condition.that))
        if isinstance(node, Compare) and node.operator in _ORDERS
    ]


def _ordinal(value: int | date) -> int:
    return value.toordinal() if isinstance(value, date) else value


def _number(node: Node, values: Mapping[str, Value]) -> int | date | None:
    """What a side of a comparison comes to; None where it isn't known or no number."""
    match node:
        case Literal(value=value) if type(value) is not bool and isinstance(value, int | date):
            return value
        case Reading(path=path):
            read = values.get(path)
            return read if type(read) is not bool and isinstance(read, int | date) else None
        case Call(name=name, arguments=arguments) if name != KNOWN:
            return _called(name, arguments, values)
        case Sum(terms=terms):
            signed = [(sign, _number(term, values)) for sign, term in terms]
            parts = [-n if sign == "-" else n for sign, n in signed if type(n) is int]
            return sum(parts) if len(parts) == len(terms) else None
        case Product(factors=factors):
            numbers = [n for factor in factors if type(n := _number(factor, values)) is int]
            return reduce(mul, numbers) if len(numbers) == len(factors) else None
        case Choice():
            return None  # which branch it takes is its own condition's affair
    return None


def _called(name: str, arguments: tuple[Node, ...], values: Mapping[str, Value]) -> int | date | None:
    given = [values.get(a.path) if isinstance(a, Reading) else getattr(a, "value", None) for a in arguments]
    if None in given:
        return None
    made = FUNCTIONS[name].compute(*given)
    return made if type(made) is not bool and isinstance(made, int | date) else None
