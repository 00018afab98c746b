"""Write the numbers and days of an expression as a sum of multiples: ``a - 3 * b + 5``, without quotients."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, reduce
from math import gcd, lcm, prod

from core.source_text import SourcePosition
from rules.expressions.functions import FUNCTIONS
from rules.expressions.quoting import format_expression
from rules.expressions.syntax import (
    Call,
    FactReference,
    Literal,
    Node,
    Product,
    Quotient,
    Sum,
    Ternary,
    walk_nodes,
)

MAX_LINEAR_TERMS = 40
_MAX_DIVISOR = 10**9
_HERE = SourcePosition(1, 1)


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


@lru_cache(maxsize=1000)  # of a rule's conditions, which are asked about again and again
def fact_paths(node: Node) -> frozenset[str]:
    """Return the paths of the facts that a node reads."""
    return frozenset(inner.path for inner in walk_nodes(node) if isinstance(inner, FactReference))


def clear_denominators(node: Node) -> tuple[Node, int] | None:
    """Return a tree without division and its divisor; None if the tree divides by anything but a number."""
    match node:
        case Quotient(numerator=numerator, denominator=Literal(value=int() as divisor)) if divisor > 0:
            found = clear_denominators(numerator)
            return (
                None if found is None or found[1] * divisor > _MAX_DIVISOR else (found[0], found[1] * divisor)
            )
        case Quotient():
            return None
        case Sum(terms=terms, place=place):
            found_all = _common([term for _, term in terms])
            if found_all is None:
                return None
            nodes, divisor = found_all
            signs = [sign for sign, _ in terms]
            return Sum(tuple(zip(signs, nodes, strict=True)), place), divisor
        case Product(factors=factors, place=place):
            parts = [clear_denominators(factor) for factor in factors]
            known = [part for part in parts if part is not None]
            divisor = prod(own for _, own in known)
            if len(known) < len(parts) or divisor > _MAX_DIVISOR:
                return None
            return Product(tuple(part for part, _ in known), place), divisor
        case Ternary(condition=condition, then=then, otherwise=otherwise, place=place):
            both = _common([then, otherwise])
            if both is None:
                return None
            (left, right), divisor = both
            return Ternary(condition, left, right, place), divisor
    return node, 1


def _common(nodes: list[Node]) -> tuple[list[Node], int] | None:
    """Rewrite the nodes with one common divisor."""
    found = [clear_denominators(node) for node in nodes]
    known = [part for part in found if part is not None]
    divisor = lcm(*(own for _, own in known))
    if len(known) < len(found) or divisor > _MAX_DIVISOR:
        return None
    return [_times(part, divisor // own) for part, own in known], divisor


def _times(node: Node, number: int) -> Node:
    return node if number == 1 else Product((Literal(number, _HERE), node), _HERE)
