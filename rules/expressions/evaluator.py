"""Evaluate a tree exactly, with whole numbers, fractions and three-valued logic, without floats or ZEN.

ZEN evaluates conditions faster, but it computes in decimals, and there 1/0 is null.
"""

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from rules.expressions.functions import FUNCTIONS, KNOWN_FUNCTION
from rules.expressions.syntax import (
    And,
    Call,
    Compare,
    FactReference,
    InTest,
    Literal,
    Node,
    Not,
    Or,
    Product,
    Quotient,
    Sum,
    Ternary,
)
from rules.facts import FactValue

ExactValue = Fraction | str | bool | date | tuple[str, ...] | None
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}
"""Like with like: the types were checked."""


def evaluate_exactly(node: Node, values: Mapping[str, FactValue]) -> ExactValue:
    """Return the value of a type-checked tree; None if it depends on an unknown fact.

    Raises: ZeroDivisionError.
    """
    match node:
        case Literal(value=value):
            return _exact(value)
        case FactReference(path=path):
            return _exact(values[path])
        case Call():
            return _call(node, values)
        case Compare(operator=operator, left=left, right=right):
            sides = evaluate_exactly(left, values), evaluate_exactly(right, values)
            return None if None in sides else _COMPARE[operator](*sides)
        case InTest():
            return _within(node, values)
        case Not(operand=operand):
            found = evaluate_exactly(operand, values)
            return None if found is None else not found
        case And(parts=parts):
            return _joined([evaluate_exactly(part, values) for part in parts], decisive=False)
        case Or(parts=parts):
            return _joined([evaluate_exactly(part, values) for part in parts], decisive=True)
        case Ternary(condition=condition, then=then, otherwise=otherwise):
            chosen = evaluate_exactly(condition, values)
            return None if chosen is None else evaluate_exactly(then if chosen else otherwise, values)
    return _arithmetic(node, values)


def _arithmetic(node: Sum | Product | Quotient, values: Mapping[str, FactValue]) -> Fraction | None:
    if isinstance(node, Quotient):
        return _divided(evaluate_exactly(node.numerator, values), evaluate_exactly(node.denominator, values))
    parts = [term for _, term in node.terms] if isinstance(node, Sum) else list(node.factors)
    found = [evaluate_exactly(part, values) for part in parts]
    numbers = [number for number in found if isinstance(number, Fraction)]
    if len(numbers) < len(found):
        return None
    if isinstance(node, Sum):
        signed = zip(node.terms, numbers, strict=True)
        return sum((-number if sign == "-" else number for (sign, _), number in signed), Fraction(0))
    total = Fraction(1)
    for number in numbers:
        total *= number
    return total


def _divided(numerator: ExactValue, denominator: ExactValue) -> Fraction | None:
    if isinstance(numerator, Fraction) and isinstance(denominator, Fraction):
        return numerator / denominator
    return None


def _joined(found: list[ExactValue], *, decisive: bool) -> bool | None:
    if decisive in found:
        return decisive
    return None if None in found else not decisive


def _within(node: InTest, values: Mapping[str, FactValue]) -> bool | None:
    item = evaluate_exactly(node.item, values)
    if isinstance(node.options, tuple):
        return None if item is None else item in [evaluate_exactly(option, values) for option in node.options]
    options = values[node.options.path]
    return item in options if item is not None and isinstance(options, tuple) else None


def _call(node: Call, values: Mapping[str, FactValue]) -> ExactValue:
    given = [
        argument.value if isinstance(argument, Literal) else values[argument.path]
        for argument in node.arguments
        if isinstance(argument, Literal | FactReference)
    ]
    if node.name == KNOWN_FUNCTION:
        return given[0] is not None
    return None if None in given else _exact(FUNCTIONS[node.name].compute(*given))


def _exact(value: FactValue) -> ExactValue:
    return Fraction(value) if type(value) is int else value  # type: ignore[return-value]  # no other int is left
