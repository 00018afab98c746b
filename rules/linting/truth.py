"""Evaluate an expression for a member some of whose facts are not chosen yet.

A fact that is not chosen leaves the answer undecided; an unknown fact makes it unknown, by Kleene's
logic. This code is deliberately independent of the rendering for ZEN, so that each checks the other.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from math import prod
from typing import Final, Literal

from rules.expressions.functions import FUNCTIONS, KNOWN_FUNCTION
from rules.expressions.syntax import (  # fmt: skip
    And,
    Call,
    Compare,
    FactReference,
    InTest,
    Node,
    Not,
    Or,
    Product,
    Sum,
    Ternary,
)
from rules.expressions.syntax import Literal as Constant
from rules.facts import FactValue


class UndecidedAnswer(Enum):
    """The answer depends on facts that are not chosen yet."""

    OPEN = "open"


UNDECIDED: Final = UndecidedAnswer.OPEN
PartialAnswer = FactValue | Literal[UndecidedAnswer.OPEN]
PartialEvaluator = Callable[[Mapping[str, FactValue]], PartialAnswer]
"""Answers for the facts chosen so far; None among them is a fact that isn't known."""

_ORDER: Mapping[str, Callable[..., bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def build_partial_evaluator(node: Node) -> PartialEvaluator:
    """Return a function that evaluates a node.

    It returns a value, None if the node is unknown, or UNDECIDED if it depends on facts not chosen yet.
    """
    match node:
        case Constant(value=value):
            return lambda facts: value
        case FactReference(path=path):
            return lambda facts: facts.get(path, UNDECIDED)
        case Call(name=name, arguments=(FactReference(path=path),)) if name == KNOWN_FUNCTION:
            return lambda facts: UNDECIDED if path not in facts else facts[path] is not None
        case Call(name=name, arguments=arguments):
            return _joined(
                [build_partial_evaluator(argument) for argument in arguments], FUNCTIONS[name].compute
            )
        case Compare(operator=sign, left=left, right=right):
            return _joined([build_partial_evaluator(left), build_partial_evaluator(right)], _ORDER[sign])
        case InTest(item=item, options=FactReference() as options):
            return _joined(
                [build_partial_evaluator(item), build_partial_evaluator(options)],
                lambda value, listed: value in listed,
            )
        case InTest(item=item, options=tuple() as options):
            listed = frozenset(option.value for option in options if isinstance(option, Constant))
            return _joined([build_partial_evaluator(item)], lambda value: value in listed)
        case Sum(terms=terms):
            signs = [1 if sign == "+" else -1 for sign, _ in terms]
            parts = [build_partial_evaluator(term) for _, term in terms]
            return _joined(
                parts, lambda *values: sum(s * value for s, value in zip(signs, values, strict=True))
            )
        case Product(factors=factors):
            return _joined(
                [build_partial_evaluator(factor) for factor in factors], lambda *values: prod(values)
            )
        case Not(operand=operand):
            return _negated(build_partial_evaluator(operand))
        case And(parts=joined):
            return _decided([build_partial_evaluator(part) for part in joined], by=False)
        case Or(parts=joined):
            return _decided([build_partial_evaluator(part) for part in joined], by=True)
        case Ternary(condition=condition, then=then, otherwise=otherwise):
            return _chosen(
                build_partial_evaluator(condition),
                build_partial_evaluator(then),
                build_partial_evaluator(otherwise),
            )
    raise AssertionError(f"{node} is no node")


def _joined(parts: Sequence[PartialEvaluator], compute: Callable[..., FactValue]) -> PartialEvaluator:
    def answer(facts: Mapping[str, FactValue]) -> PartialAnswer:
        values = [part(facts) for part in parts]
        if None in values:
            return None
        return UNDECIDED if UNDECIDED in values else compute(*values)

    return answer


def _negated(part: PartialEvaluator) -> PartialEvaluator:
    def answer(facts: Mapping[str, FactValue]) -> PartialAnswer:
        value = part(facts)
        return value if value is None or value is UNDECIDED else not value

    return answer


def _decided(parts: Sequence[PartialEvaluator], *, by: bool) -> PartialEvaluator:
    """Return an evaluator of ``and`` or ``or``.

    One part that equals ``by`` decides the answer; without one, an undecided part leaves it undecided.
    """

    def answer(facts: Mapping[str, FactValue]) -> PartialAnswer:
        values = [part(facts) for part in parts]
        if by in values:
            return by
        return UNDECIDED if UNDECIDED in values else None if None in values else not by

    return answer


def _chosen(
    condition: PartialEvaluator, then: PartialEvaluator, otherwise: PartialEvaluator
) -> PartialEvaluator:
    def answer(facts: Mapping[str, FactValue]) -> PartialAnswer:
        asked = condition(facts)
        if asked is None or asked is UNDECIDED:
            return asked
        return then(facts) if asked else otherwise(facts)

    return answer
