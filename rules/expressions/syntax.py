"""The syntax tree of an expression."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from core.source_text import SourcePosition


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, an integer, true or false, or a date."""

    value: str | int | bool | date
    place: SourcePosition


@dataclass(frozen=True, slots=True)
class FactReference:
    """A fact, by its path."""

    path: str
    place: SourcePosition


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function with facts and literals."""

    name: str
    arguments: tuple["Node", ...]
    place: SourcePosition


@dataclass(frozen=True, slots=True)
class Compare:
    """``left operator right``."""

    operator: str
    left: "Node"
    right: "Node"
    place: SourcePosition


@dataclass(frozen=True, slots=True)
class InTest:
    """``item in options``; the options are a list of literals or a fact that is a list."""

    item: "Node"
    options: "tuple[Node, ...] | FactReference"
    place: SourcePosition


@dataclass(frozen=True, slots=True)
class Not:
    """``not operand``."""

    operand: "Node"
    place: SourcePosition


@dataclass(frozen=True, slots=True)
class And:
    """A condition that holds if all parts hold."""

    parts: tuple["Node", ...]
    place: SourcePosition


@dataclass(frozen=True, slots=True)
class Or:
    """A condition that holds if at least one part holds."""

    parts: tuple["Node", ...]
    place: SourcePosition


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum of terms with their signs."""

    terms: tuple[tuple[str, "Node"], ...]
    place: SourcePosition


@dataclass(frozen=True, slots=True)
class Product:
    """A product of factors."""

    factors: tuple["Node", ...]
    place: SourcePosition


@dataclass(frozen=True, slots=True)
class Quotient:
    """``numerator / denominator``, in amounts only; its place is that of the slash."""

    numerator: "Node"
    denominator: "Node"
    place: SourcePosition


@dataclass(frozen=True, slots=True)
class Ternary:
    """``condition ? then : otherwise``."""

    condition: "Node"
    then: "Node"
    otherwise: "Node"
    place: SourcePosition


Node = Literal | FactReference | Call | Compare | InTest | Not | And | Or | Sum | Product | Quotient | Ternary


def child_nodes(node: Node) -> tuple[Node, ...]:
    """Return the direct parts of a node, from left to right."""
    match node:
        case Call(arguments=parts) | And(parts=parts) | Or(parts=parts) | Product(factors=parts):
            return parts
        case Compare(left=left, right=right):
            return (left, right)
        case InTest(item=item, options=options):
            return (item, *options) if isinstance(options, tuple) else (item, options)
        case Not(operand=operand):
            return (operand,)
        case Quotient(numerator=numerator, denominator=denominator):
            return (numerator, denominator)
        case Sum(terms=terms):
            return tuple(term for _, term in terms)
        case Ternary(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
    return ()


def replace_child_nodes(node: Node, change: Callable[[Node], Node]) -> Node:
    """Return a node with every direct part changed."""

    def change_part(part: object) -> object:
        if isinstance(part, Node):
            return change(part)
        return tuple(map(change_part, part)) if type(part) is tuple else part  # not the place, a named tuple

    parts: dict[str, Any] = {name: change_part(getattr(node, name)) for name in node.__slots__}
    return replace(node, **parts)


def walk_nodes(node: Node) -> Iterator[Node]:
    """Yield a node and all nodes below it."""
    yield node
    for child in child_nodes(node):
        yield from walk_nodes(child)
