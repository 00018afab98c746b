"""The types of expressions, and the faults of comparing unlike types."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.faults import Fault
from core.text_marks import N_
from rules.expressions.faults import node_fault
from rules.expressions.quoting import quote_expression
from rules.expressions.syntax import Node
from rules.facts import MAX_INTEGER, FactKind

KIND_TITLES: Mapping[FactKind, str] = {
    "text": N_("a text"),
    "integer": N_("a whole number"),
    "fen": N_("an amount in fen"),
    "boolean": N_("yes or no"),
    "date": N_("a date"),
    "texts": N_("a list of texts"),
}


@dataclass(frozen=True, slots=True)
class ExpressionType:
    """The type of an expression; ``bound`` is the greatest magnitude that an integer may reach."""

    kind: FactKind
    unit: str | None = None
    bound: int = MAX_INTEGER


class TypedNode(NamedTuple):
    """One side of a comparison or one part of a calculation, with its type."""

    node: Node
    type: ExpressionType


def combined_kind_and_unit(types: Sequence[ExpressionType]) -> tuple[FactKind, str | None]:
    """Return the kind and unit of a calculation with several numbers."""
    kinds = {found.kind for found in types}
    unit = next((found.unit for found in types if found.unit), None)
    return ("fen" if kinds == {"integer", "fen"} else types[0].kind), unit


def find_comparison_fault(whole: Node, left: TypedNode, right: TypedNode) -> Fault | None:
    """Return the fault of comparing two kinds or units, or of comparing a list; None if there is none."""
    for side in (left, right):
        if side.type.kind == "texts":
            return node_fault(whole, "compared-list", path=quote_expression(side.node))
    kinds = {left.type.kind, right.type.kind}
    if len(kinds) == 2 and kinds != {"integer", "fen"}:
        return unlike_kinds_fault(whole, left, right)
    return find_unlike_units(whole, (left, right))


def unlike_kinds_fault(whole: Node, left: TypedNode, right: TypedNode) -> Fault:
    """Return the fault of comparing two different kinds."""
    kinds = {"text" if side.type.kind == "texts" else side.type.kind for side in (left, right)}
    variant = ".day" if kinds == {"text", "date"} else ".quotes" if kinds == {"text", "integer"} else ""
    titles = {"left": KIND_TITLES[left.type.kind], "right": KIND_TITLES[right.type.kind]}
    return node_fault(whole, f"unlike-types{variant}", terms=titles, severity="error", **_values(left, right))


def find_unlike_units(whole: Node, sides: Sequence[TypedNode]) -> Fault | None:
    """Return the fault of mixing units, or None if the units agree."""
    by_unit: dict[str, TypedNode] = {}
    for side in sides:
        if side.type.unit:
            by_unit.setdefault(side.type.unit, side)
    if len(by_unit) < 2:
        return None
    (left_unit, left), (right_unit, right), *_ = by_unit.items()
    units = {"left": left_unit, "right": right_unit}
    return node_fault(whole, "unlike-units", terms=units, severity="error", **_values(left, right))


def _values(left: TypedNode, right: TypedNode) -> dict[str, str]:
    return {"left_value": quote_expression(left.node), "right_value": quote_expression(right.node)}
