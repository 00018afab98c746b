"""Rewrite a sum with quotients as one quotient, so that it can be compared without division."""

from math import lcm

from rules.expressions.syntax import Literal, Node, Product, Quotient, SourcePosition, Sum, Ternary

_HERE = SourcePosition(1, 1)
_MOST = 10**9


def clear_denominators(node: Node) -> tuple[Node, int] | None:
    """Return a tree without division and its divisor; None if the tree divides by anything but a number."""
    match node:
        case Quotient(numerator=numerator, denominator=Literal(value=int() as divisor)) if divisor > 0:
            found = clear_denominators(numerator)
            return None if found is None or found[1] * divisor > _MOST else (found[0], found[1] * divisor)
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
            divisor = 1
            for _, own in known:
                divisor *= own
            if len(known) < len(parts) or divisor > _MOST:
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
    if len(known) < len(found) or divisor > _MOST:
        return None
    return [_times(part, divisor // own) for part, own in known], divisor


def _times(node: Node, number: int) -> Node:
    return node if number == 1 else Product((Literal(number, _HERE), node), _HERE)
