"""Evaluates an expression on a member of whom some facts aren't chosen yet.

A fact that isn't chosen leaves the answer open; a fact that isn't known leaves it unknown, by the logic
of Kleene. It is written apart from ZEN's rendering on purpose: each proves the other.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from math import prod
from typing import Final, Literal

from rules.expressions.functions import FUNCTIONS, KNOWN
from rules.expressions.syntax import (  # fmt: skip
    And,
    Call,
    Choice,
    Compare,
    Node,
    Not,
    Or,
    Product,
    Reading,
    Sum,
    Within,
)
from rules.expressions.syntax import Literal as Constant
from rules.facts import Value


class Open(Enum):
    """The answer depends on facts that aren't chosen yet."""

    OPEN = "open"


OPEN: Final = Open.OPEN
Answer = Value | Literal[Open.OPEN]
Answering = Callable[[Mapping[str, Value]], Answer]
"""Answers for the facts chosen so far; None among them is a fact that isn't known."""

_ORDER: Mapping[str, Callable[..., bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def answering(node: Node) -> Answering:
    """What a node answers: a value, None where it is unknown, OPEN where it isn't decided yet."""
    match node:
        case Constant(value=value):
            return lambda facts: value
        case Reading(path=path):
            return lambda facts: facts.get(path, OPEN)
        case Call(name=name, arguments=(Reading(path=path),)) if name == KNOWN:
            return lambda facts: OPEN if path not in facts else facts[path] is not None
        case Call(name=name, arguments=arguments):
            return _joined([answering(argument) for argument in arguments], FUNCTIONS[name].compute)
        case Compare(operator=sign, left=left, right=right):
            return _joined([answering(left), answering(right)], _ORDER[sign])
        case Within(item=item, options=Reading() as options):
            return _joined([answering(item), answering(options)], lambda value, listed: value in listed)
        case Within(item=item, options=tuple() as options):
            listed = frozenset(option.value for option in options if isinstance(option, Constant))
            return _joined([answering(item)], lambda value: value in listed)
        case Sum(terms=terms):
            signs = [1 if sign == "+" else -1 for sign, _ in terms]
            parts = [answering(term) for _, term in terms]
            return _joined(
                parts, lambda *values: sum(s * value for s, value in zip(signs, values, strict=True))
            )
        case Product(factors=factors):
            return _joined([answering(factor) for factor in factors], lambda *values: prod(values))
        case Not(operand=operand):
            return _negated(answering(operand))
        case And(parts=joined):
            return _decided([answering(part) for part in joined], by=False)
        case Or(parts=joined):
            return _decided([answering(part) for part in joined], by=True)
        case Choice(condition=condition, then=then, otherwise=otherwise):
            return _chosen(answering(condition), answering(then), answering(otherwise))
    raise AssertionError(f"{node} is no node")


def _joined(parts: Sequence[Answering], compute: Callable[..., Value]) -> Answering:
    def answer(facts: Mapping[str, Value]) -> Answer:
        values = [part(facts) for part in parts]
        if None in values:
            return None
        return OPEN if OPEN in values else compute(*values)

    return answer


def _negated(part: Answering) -> Answering:
    def answer(facts: Mapping[str, Value]) -> Answer:
        value = part(facts)
        return value if value is None or value is OPEN else not value

    return answer


def _decided(parts: Sequence[Answering], *, by: bool) -> Answering:
    """One part that is ``by`` decides; without one, an open part leaves all open."""

    def answer(facts: Mapping[str, Value]) -> Answer:
        values = [part(facts) for part in parts]
        if by in values:
            return by
        return OPEN if OPEN in values else None if None in values else not by

    return answer


def _chosen(condition: Answering, then: Answering, otherwise: Answering) -> Answering:
    def answer(facts: Mapping[str, Value]) -> Answer:
        asked = condition(facts)
        if asked is None or asked is OPEN:
            return asked
        return then(facts) if asked else otherwise(facts)

    return answer
