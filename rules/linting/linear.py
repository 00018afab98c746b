"""Numbers and days of an expression as a sum of multiples: ``a - 3 * b + 5``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from math import gcd

from rules.expressions.functions import FUNCTIONS
from rules.expressions.quoting import text_of
from rules.expressions.syntax import Call, Literal, Node, Product, Reading, Sum, walk

Factor = tuple[str, Node]
"""A fact or a call, by its text."""
MOST_TERMS = 40


@dataclass(frozen=True, slots=True)
class Linear:
    """A constant and multiples of products of factors; days count as their ordinals."""

    terms: Mapping[tuple[str, ...], int]
    constant: int
    factors: Mapping[str, Node]

    def plus(self, other: "Linear", times: int = 1) -> "Linear":
        """The sum with a multiple of another."""
        terms = dict(self.terms)
        for key, count in other.terms.items():
            terms[key] = terms.get(key, 0) + times * count
        return Linear(
            {key: count for key, count in terms.items() if count},
            self.constant + times * other.constant,
            {**self.factors, **other.factors},
        )

    def by(self, other: "Linear") -> "Linear":
        """The product."""
        made = Linear({}, 0, {**self.factors, **other.factors})
        for left, left_count in (*self.terms.items(), ((), self.constant)):
            for right, right_count in (*other.terms.items(), ((), other.constant)):
                key, count = tuple(sorted((*left, *right))), left_count * right_count
                made = made.plus(Linear({key: count} if key else {}, 0 if key else count, {}))
        return Linear({key: count for key, count in made.terms.items() if count}, made.constant, made.factors)

    def normal(self) -> tuple["Linear", int]:
        """The terms without common divisor and sign, and what all was divided by."""
        divisor = reduce(gcd, self.terms.values(), 0)
        first = min(self.terms)
        divisor = -divisor if self.terms[first] < 0 else divisor
        terms = {key: self.terms[key] // divisor for key in sorted(self.terms)}
        return Linear(terms, 0, self.factors), divisor

    @property
    def name(self) -> str:
        """The terms as a text: the same for the same sum."""
        return " + ".join(f"{count}·{'·'.join(key)}" for key, count in self.terms.items())


def linear(node: Node) -> Linear | None:
    """A number or a day as a sum; what has no sum of its own stands in it as a factor; None if too long."""
    match node:
        case Literal(value=bool() | str()):
            return None
        case Literal(value=int() as number):
            return Linear({}, number, {})
        case Literal(value=date() as day):
            return Linear({}, day.toordinal(), {})
        case Sum(terms=terms):
            made = Linear({}, 0, {})
            for sign, term in terms:
                part = linear(term)
                if part is None:
                    return None
                made = made.plus(part, 1 if sign == "+" else -1)
            return made
        case Product(factors=factors):
            return _product(factors)
        case Call(name="days_between", arguments=(start, end)):
            first, last = linear(start), linear(end)
            return last.plus(first, -1) if first and last else None
        case Call(name=name, arguments=arguments) if all(isinstance(a, Literal) for a in arguments):
            value = FUNCTIONS[name].compute(*(a.value for a in arguments if isinstance(a, Literal)))
            return Linear({}, value, {}) if type(value) is int else None
    text = text_of(node)
    return Linear({(text,): 1}, 0, {text: node})


def _product(factors: tuple[Node, ...]) -> Linear | None:
    made = Linear({}, 1, {})
    for factor in factors:
        part = linear(factor)
        if part is None or len(made.terms) * len(part.terms) > MOST_TERMS:
            return None
        made = made.by(part)
    return made


def facts_of(node: Node) -> frozenset[str]:
    """The facts that a node reads."""
    return frozenset(inner.path for inner in walk(node) if isinstance(inner, Reading))
