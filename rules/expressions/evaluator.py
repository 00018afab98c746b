"""Evaluates a tree exactly: whole numbers and ratios of them, three-valued logic, no floats, no ZEN.

ZEN answers conditions faster; it reckons in decimals, and 1/0 is null there.
"""

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from rules.expressions.functions import FUNCTIONS, KNOWN
from rules.expressions.syntax import (
    And,
    Call,
    Choice,
    Compare,
    Literal,
    Node,
    Not,
    Or,
    Product,
    Quotient,
    Reading,
    Sum,
    Within,
)
from rules.facts import Value

Result = Fraction | str | bool | date | tuple[str, ...] | None
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}
"""Like with like: the types were checked."""


def reckon(node: Node, values: Mapping[str, Value]) -> Result:
    """The value of a sound tree; None where something that it needs isn't known.

    Raises: ZeroDivisionError.
    """
    match node:
        case Literal(value=value):
            return _exact(value)
        case Reading(path=path):
            return _exact(values[path])
        case Call():
            return _call(node, values)
        case Compare(operator=operator, left=left, right=right):
            sides = reckon(left, values), reckon(right, values)
            return None if None in sides else _COMPARE[operator](*sides)
        case Within():
            return _within(node, values)
        case Not(operand=operand):
            found = reckon(operand, values)
            return None if found is None else not found
        case And(parts=parts):
            return _joined([reckon(part, values) for part in parts], decisive=False)
        case Or(parts=parts):
            return _joined([reckon(part, values) for part in parts], decisive=True)
        case Choice(condition=condition, then=then, otherwise=otherwise):
            chosen = reckon(condition, values)
            return None if chosen is None else reckon(then if chosen else otherwise, values)
    return _arithmetic(node, values)


def _arithmetic(node: Sum | Product | Quotient, values: Mapping[str, Value]) -> Fraction | None:
    if isinstance(node, Quotient):
        return _divided(reckon(node.numerator, values), reckon(node.denominator, values))
    parts = [term for _, term in node.terms] if isinstance(node, Sum) else list(node.factors)
    found = [reckon(part, values) for part in parts]
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


def _divided(numerator: Result, denominator: Result) -> Fraction | None:
    if isinstance(numerator, Fraction) and isinstance(denominator, Fraction):
        return numerator / denominator
    return None


def _joined(found: list[Result], *, decisive: bool) -> bool | None:
    if decisive in found:
        return decisive
    return None if None in found else not decisive


def _within(node: Within, values: Mapping[str, Value]) -> bool | None:
    item = reckon(node.item, values)
    if isinstance(node.options, tuple):
        return None if item is None else item in [reckon(option, values) for option in node.options]
    options = values[node.options.path]
    return item in options if item is not None and isinstance(options, tuple) else None


def _call(node: Call, values: Mapping[str, Value]) -> Result:
    given = [
        argument.value if isinstance(argument, Literal) else values[argument.path]
        for argument in node.arguments
        if isinstance(argument, Literal | Reading)
    ]
    if node.name == KNOWN:
        return given[0] is not None
    return None if None in given else _exact(FUNCTIONS[node.name].compute(*given))


def _exact(value: Value) -> Result:
    return Fraction(value) if type(value) is int else value  # type: ignore[return-value]  # no other int is left
