"""The tree of an expression."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple


class Place(NamedTuple):
    """Line and column within the expression, from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, an integer, true or false, or a date."""

    value: str | int | bool | date
    place: Place


@dataclass(frozen=True, slots=True)
class Reading:
    """A fact that is read."""

    path: str
    place: Place


@dataclass(frozen=True, slots=True)
class Call:
    """A function of facts and literals."""

    name: str
    arguments: tuple["Node", ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Compare:
    """``left operator right``."""

    operator: str
    left: "Node"
    right: "Node"
    place: Place


@dataclass(frozen=True, slots=True)
class Within:
    """``item in options``: a list of literals, or a fact that is a list."""

    item: "Node"
    options: "tuple[Node, ...] | Reading"
    place: Place


@dataclass(frozen=True, slots=True)
class Not:
    """``not operand``."""

    operand: "Node"
    place: Place


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold."""

    parts: tuple["Node", ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: tuple["Node", ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms with their signs."""

    terms: tuple[tuple[str, "Node"], ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Product:
    """Factors."""

    factors: tuple["Node", ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Quotient:
    """``numerator / denominator``: in amounts only; its place is the stroke's."""

    numerator: "Node"
    denominator: "Node"
    place: Place


@dataclass(frozen=True, slots=True)
class Choice:
    """``condition ? then : otherwise``."""

    condition: "Node"
    then: "Node"
    otherwise: "Node"
    place: Place


Node = Literal | Reading | Call | Compare | Within | Not | And | Or | Sum | Product | Quotient | Choice


def children(node: Node) -> tuple[Node, ...]:
    """The parts of a node, from left to right."""
    match node:
        case Call(arguments=parts) | And(parts=parts) | Or(parts=parts) | Product(factors=parts):
            return parts
        case Compare(left=left, right=right):
            return (left, right)
        case Within(item=item, options=options):
            return (item, *options) if isinstance(options, tuple) else (item, options)
        case Not(operand=operand):
            return (operand,)
        case Quotient(numerator=numerator, denominator=denominator):
            return (numerator, denominator)
        case Sum(terms=terms):
            return tuple(term for _, term in terms)
        case Choice(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
    return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    for child in children(node):
        yield from walk(child)
