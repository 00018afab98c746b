"""Compile the tree of an expression into nested functions that evaluate it exactly.

Whole numbers and fractions, never floats, and Kleene's three-valued logic: None is unknown. A fact that is
not chosen yet (the prover chooses one after another) makes the answer UNDECIDED.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from fractions import Fraction
from math import prod
from typing import Any, Final, Literal

from rules.expressions import syntax
from rules.expressions.functions import FUNCTIONS, KNOWN_FUNCTION
from rules.facts import FactValue

Evaluator = Callable[[Mapping[str, Any]], Any]
"""Returns the answer for the facts by path: a value, None if it is unknown, or UNDECIDED."""

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""Like with like: the types were checked."""


class UndecidedAnswer(Enum):
    """The answer depends on facts that are not chosen yet."""

    OPEN = "open"


UNDECIDED: Final = UndecidedAnswer.OPEN
Answer = FactValue | Fraction | Literal[UndecidedAnswer.OPEN]


class PartialFacts(dict[str, FactValue]):
    """Facts some of which are not chosen yet; reading such a fact gives UNDECIDED."""

    def __missing__(self, path: str) -> UndecidedAnswer:
        return UNDECIDED


def compile_evaluator(node: syntax.Node) -> Evaluator:
    """Return a function that evaluates a type-checked tree. It raises ZeroDivisionError, and KeyError for a
    fact that is not given.
    """
    match node:
        case syntax.Literal(value=value):
            return lambda facts: value
        case syntax.FactReference(path=path):
            return operator.itemgetter(path)
        case syntax.Call(name=name, arguments=(syntax.FactReference(path=path),)) if name == KNOWN_FUNCTION:
            return lambda facts: _is_known(facts[path])
        case syntax.Call(name=name, arguments=arguments):
            return _build_calculation([*map(compile_evaluator, arguments)], FUNCTIONS[name].compute)
        case syntax.Compare(
            operator=sign, left=syntax.FactReference(path=path), right=syntax.Literal(value=value)
        ):
            return _build_fact_comparison(path, _COMPARE[sign], value)
        case syntax.Compare(operator=sign, left=left, right=syntax.Literal(value=value)):
            compare = _COMPARE[sign]
            return _build_test(compile_evaluator(left), lambda known: compare(known, value))
        case syntax.Compare(operator=sign, left=left, right=right):
            return _build_calculation([compile_evaluator(left), compile_evaluator(right)], _COMPARE[sign])
        case syntax.InTest(item=item, options=tuple() as options):
            listed = frozenset(option.value for option in options if isinstance(option, syntax.Literal))
            return _build_test(compile_evaluator(item), listed.__contains__)
        case syntax.InTest(item=item, options=syntax.FactReference() as fact):
            parts = [compile_evaluator(item), compile_evaluator(fact)]
            return _build_calculation(parts, lambda value, among: value in among)
        case syntax.Not(operand=operand):
            return _build_test(compile_evaluator(operand), operator.not_)
        case syntax.And(parts=joined):
            return _build_junction([*map(compile_evaluator, joined)], decisive=False)
        case syntax.Or(parts=joined):
            return _build_junction([*map(compile_evaluator, joined)], decisive=True)
        case syntax.Ternary(condition=condition, then=then, otherwise=otherwise):
            return _build_choice(*map(compile_evaluator, (condition, then, otherwise)))
    return _compile_arithmetic(node)


def _compile_arithmetic(node: syntax.Node) -> Evaluator:
    match node:
        case syntax.Sum(terms=terms):
            signs = [1 if sign == "+" else -1 for sign, _ in terms]
            parts = [compile_evaluator(term) for _, term in terms]
            return _build_calculation(parts, lambda *numbers: sum(map(operator.mul, signs, numbers)))
        case syntax.Product(factors=factors):
            return _build_calculation([*map(compile_evaluator, factors)], lambda *numbers: prod(numbers))
        case syntax.Quotient(numerator=numerator, denominator=denominator):
            parts = [compile_evaluator(numerator), compile_evaluator(denominator)]
            return _build_calculation(parts, lambda above, below: Fraction(above) / below)
    raise AssertionError(f"{node} is no node")


def _is_known(value: Any) -> Any:
    return value if value is UNDECIDED else value is not None


def _build_fact_comparison(path: str, compare: Callable[[Any, Any], bool], constant: Any) -> Evaluator:
    """Return an evaluator of the commonest condition, without a call to read the fact."""

    def answer(facts: Mapping[str, Any]) -> Any:
        value = facts[path]
        return value if value is None or value is UNDECIDED else compare(value, constant)

    return answer


def _build_test(part: Evaluator, compute: Callable[[Any], bool]) -> Evaluator:
    def answer(facts: Mapping[str, Any]) -> Any:
        value = part(facts)
        return value if value is None or value is UNDECIDED else compute(value)

    return answer


def _build_calculation(parts: Sequence[Evaluator], compute: Callable[..., Any]) -> Evaluator:
    def answer(facts: Mapping[str, Any]) -> Any:
        values = [part(facts) for part in parts]
        if None in values:
            return None
        return UNDECIDED if UNDECIDED in values else compute(*values)

    return answer


def _build_junction(parts: Sequence[Evaluator], *, decisive: bool) -> Evaluator:
    """Return an evaluator of ``and`` or ``or``: one part that equals ``decisive`` decides the answer."""

    def answer(facts: Mapping[str, Any]) -> Any:
        found: Any = not decisive
        for part in parts:
            value = part(facts)
            if value is decisive:
                return decisive
            if value is UNDECIDED or (value is None and found is not UNDECIDED):
                found = value
        return found

    return answer


def _build_choice(condition: Evaluator, then: Evaluator, otherwise: Evaluator) -> Evaluator:
    def answer(facts: Mapping[str, Any]) -> Any:
        asked = condition(facts)
        if asked is None or asked is UNDECIDED:
            return asked
        return then(facts) if asked else otherwise(facts)

    return answer
