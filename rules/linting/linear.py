"""Write the numbers and days of an expression as a sum of multiples: ``a - 3 * b + 5``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from math import gcd

from rules.expressions.functions import FUNCTIONS
from rules.expressions.quoting import format_expression
from rules.expressions.syntax import Call, FactReference, Literal, Node, Product, Sum, walk_nodes

"""A fact or a call, by its text."""
MAX_LINEAR_TERMS = 40


@dataclass(frozen=True, slots=True)
class LinearSum:
    """A constant plus multiples of products of factors; days count as their ordinals."""

    terms: Mapping[tuple[str, ...], int]
    constant: int
    factors: Mapping[str, Node]

    def plus(self, other: "LinearSum", times: int = 1) -> "LinearSum":
        """Return the sum with a multiple of another sum."""
        terms = dict(self.terms)
        for key, count in other.terms.items():
            terms[key] = terms.get(key, 0) + times * count
        return LinearSum(
            {key: count for key, count in terms.items() if count},
            self.constant + times * other.constant,
            {**self.factors, **other.factors},
        )

    def multiply(self, other: "LinearSum") -> "LinearSum":
        """Return the product with another sum."""
        made = LinearSum({}, 0, {**self.factors, **other.factors})
        for left, left_count in (*self.terms.items(), ((), self.constant)):
            for right, right_count in (*other.terms.items(), ((), other.constant)):
                key, count = tuple(sorted((*left, *right))), left_count * right_count
                made = made.plus(LinearSum({key: count} if key else {}, 0 if key else count, {}))
        return LinearSum(
            {key: count for key, count in made.terms.items() if count}, made.constant, made.factors
        )

    def normalise(self) -> tuple["LinearSum", int]:
        """Return the terms without common divisor and sign, and the divisor."""
        divisor = reduce(gcd, self.terms.values(), 0)
        first = min(self.terms)
        divisor = -divisor if self.terms[first] < 0 else divisor
        terms = {key: self.terms[key] // divisor for key in sorted(self.terms)}
        return LinearSum(terms, 0, self.factors), divisor

    @property
    def name(self) -> str:
        """Return the terms as text; equal sums have equal texts."""
        return " + ".join(f"{count}·{'·'.join(key)}" for key, count in self.terms.items())


def build_linear_sum(node: Node) -> LinearSum | None:
    """Return a number or a day as a sum; None if it is neither or the sum is too long.

    A node that cannot be expanded becomes a factor of the sum.
    """
    match node:
        case Literal(value=bool() | str()):
            return None
        case Literal(value=int() as number):
            return LinearSum({}, number, {})
        case Literal(value=date() as day):
            return LinearSum({}, day.toordinal(), {})
        case Sum(terms=terms):
            made = LinearSum({}, 0, {})
            for sign, term in terms:
                part = build_linear_sum(term)
                if part is None:
                    return None
                made = made.plus(part, 1 if sign == "+" else -1)
            return made
        case Product(factors=factors):
            return _product(factors)
        case Call(name="days_between", arguments=(start, end)):
            first, last = build_linear_sum(start), build_linear_sum(end)
            return last.plus(first, -1) if first and last else None
        case Call(name=name, arguments=arguments) if all(isinstance(a, Literal) for a in arguments):
            value = FUNCTIONS[name].compute(*(a.value for a in arguments if isinstance(a, Literal)))
            return LinearSum({}, value, {}) if type(value) is int else None
    text = format_expression(node)
    return LinearSum({(text,): 1}, 0, {text: node})


def _product(factors: tuple[Node, ...]) -> LinearSum | None:
    made = LinearSum({}, 1, {})
    for factor in factors:
        part = build_linear_sum(factor)
        if part is None or len(made.terms) * len(part.terms) > MAX_LINEAR_TERMS:
            return None
        made = made.multiply(part)
    return made


def fact_paths(node: Node) -> frozenset[str]:
    """Return the paths of the facts that a node reads."""
    return frozenset(inner.path for inner in walk_nodes(node) if isinstance(inner, FactReference))
