"""Check before an expression is compiled that its facts exist and that it compares like with like.

A misspelt fact or a comparison of unlike types would otherwise silently be unknown or false.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import prod
from typing import NamedTuple

from core.faults import Fault
from core.text_marks import N_
from rules.expressions import syntax
from rules.expressions.faults import (
    find_impossible_value,
    node_fault,
    unknown_fact_fault,
    unknown_function_fault,
)
from rules.expressions.functions import FUNCTIONS, KNOWN_FUNCTION, ExpressionFunction
from rules.expressions.quoting import quote_expression
from rules.facts import MAX_INTEGER, Fact, FactKind

KIND_TITLES: Mapping[FactKind, str] = {
    "text": N_("a text"),
    "integer": N_("a whole number"),
    "fen": N_("an amount in fen"),
    "boolean": N_("yes or no"),
    "date": N_("a date"),
    "texts": N_("a list of texts"),
}
MAX_EXACT_RESULT = 10**28
"""The greatest result of a condition; a product that may pass it is refused."""


@dataclass(frozen=True, slots=True)
class ExpressionType:
    """The type of an expression; ``bound`` is the greatest magnitude that an integer may reach."""

    kind: FactKind
    unit: str | None = None
    bound: int = MAX_INTEGER


class TypedNode(NamedTuple):
    """One side of a comparison or one part of a calculation, with its type."""

    node: syntax.Node
    type: ExpressionType


def combine_kinds_and_units(types: Sequence[ExpressionType]) -> tuple[FactKind, str | None]:
    """Return the kind and unit of a calculation with several numbers."""
    kinds = {found.kind for found in types}
    unit = next((found.unit for found in types if found.unit), None)
    return ("fen" if kinds == {"integer", "fen"} else types[0].kind), unit


def find_comparison_fault(whole: syntax.Node, left: TypedNode, right: TypedNode) -> Fault | None:
    """Return the fault of comparing two kinds or units, or of comparing a list; None if there is none."""
    for side in (left, right):
        if side.type.kind == "texts":
            return node_fault(whole, "compared-list", path=quote_expression(side.node))
    kinds = {left.type.kind, right.type.kind}
    if len(kinds) == 2 and kinds != {"integer", "fen"}:
        return unlike_kinds_fault(whole, left, right)
    return find_unlike_units(whole, (left, right))


def unlike_kinds_fault(whole: syntax.Node, left: TypedNode, right: TypedNode) -> Fault:
    """Return the fault of comparing two different kinds."""
    kinds = {"text" if side.type.kind == "texts" else side.type.kind for side in (left, right)}
    variant = ".day" if kinds == {"text", "date"} else ".quotes" if kinds == {"text", "integer"} else ""
    titles = {"left": KIND_TITLES[left.type.kind], "right": KIND_TITLES[right.type.kind]}
    return node_fault(whole, f"unlike-types{variant}", terms=titles, severity="error", **_values(left, right))


def find_unlike_units(whole: syntax.Node, sides: Sequence[TypedNode]) -> Fault | None:
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


_BOOLEAN = ExpressionType("boolean")


@dataclass(slots=True)
class TypeChecker:
    """Walk one tree and collect every fault; a node that already has a fault has the type ``None``."""

    facts: Mapping[str, Fact]
    is_number: bool  # may divide, since it is computed exactly
    faults: list[Fault] = field(default_factory=list)

    def check(self, tree: syntax.Node) -> tuple[Fault, ...]:
        """Return the faults of a tree that must give a number, or else yes or no."""
        if self.is_number:
            self._numbers([tree])
        else:
            self._boolean(tree, "not-boolean")
        return tuple(self.faults)

    def type_of(self, node: syntax.Node) -> ExpressionType | None:
        """Return the type of a node, or None if it has a fault."""
        match node:
            case syntax.Literal():
                return _literal(node)
            case syntax.FactReference():
                return self._reading(node)
            case syntax.Call():
                return self._call(node)
            case syntax.Compare():
                return self._compare(node)
            case syntax.InTest():
                return self._within(node)
            case syntax.Sum() | syntax.Product():
                return self._arithmetic(node)
            case syntax.Quotient():
                return self._quotient(node)
            case syntax.Ternary():
                return self._choice(node)
        return self._logic(node)

    def _add(self, fault: Fault | None) -> bool:
        if fault:
            self.faults.append(fault)
        return fault is not None

    def _boolean(self, node: syntax.Node, code: str) -> None:
        found = self.type_of(node)
        if found and found.kind != "boolean":
            self._add(node_fault(node, code, terms=_kind(found)))

    def _reading(self, node: syntax.FactReference) -> ExpressionType | None:
        fact = self.facts.get(node.path)
        if fact:
            return ExpressionType(fact.kind, fact.unit)
        self._add(unknown_fact_fault(node, self.facts))
        return None

    def _call(self, node: syntax.Call) -> ExpressionType | None:
        types = [self.type_of(argument) for argument in node.arguments]
        if node.name == KNOWN_FUNCTION:
            if len(types) != 1:
                self._add(_wrong_count(node, 1))
            elif not isinstance(node.arguments[0], syntax.FactReference):
                self._add(node_fault(node.arguments[0], "wrong-argument.known", function=KNOWN_FUNCTION))
            return _BOOLEAN
        function = FUNCTIONS.get(node.name)
        if function is None:
            self._add(unknown_function_fault(node))
            return None
        if len(types) != len(function.takes):
            self._add(_wrong_count(node, len(function.takes)))
        self._arguments(node, types, function)
        return ExpressionType(function.gives, function.unit)

    def _arguments(
        self, node: syntax.Call, types: Sequence[ExpressionType | None], function: ExpressionFunction
    ) -> None:
        for argument, found, wanted in zip(node.arguments, types, function.takes, strict=False):
            if found and found.kind != wanted:
                titles = {"wanted": KIND_TITLES[wanted], "found": KIND_TITLES[found.kind]}
                self._add(node_fault(argument, "wrong-argument", terms=titles, function=node.name))
            elif not isinstance(argument, syntax.FactReference | syntax.Literal):
                self._add(node_fault(argument, "wrong-argument.calculated", function=node.name))

    def _compare(self, node: syntax.Compare) -> ExpressionType:
        left, right = self.type_of(node.left), self.type_of(node.right)
        if not left or not right:
            return _BOOLEAN
        if not self._add(
            find_comparison_fault(node, TypedNode(node.left, left), TypedNode(node.right, right))
        ):
            self._add(_no_order(node, left) or _compared_conditions(node, left))
            self._add(find_impossible_value(node.left, node.right, self.facts))
            self._add(find_impossible_value(node.right, node.left, self.facts))
        return _BOOLEAN

    def _within(self, node: syntax.InTest) -> ExpressionType:
        item = self.type_of(node.item)
        if isinstance(node.options, syntax.FactReference):
            self._in_fact(node, item, node.options)
            return _BOOLEAN
        for option in node.options:
            found = self.type_of(option)
            if item and found and not _may_be_in_list(item, found):
                self._add(unlike_kinds_fault(option, TypedNode(node.item, item), TypedNode(option, found)))
            else:
                self._add(find_impossible_value(node.item, option, self.facts))
        return _BOOLEAN

    def _in_fact(
        self, node: syntax.InTest, item: ExpressionType | None, options: syntax.FactReference
    ) -> None:
        found = self.type_of(options)
        if found and found.kind != "texts":
            self._add(node_fault(options, "not-a-list"))
        elif found and item and item.kind != "text":
            self._add(unlike_kinds_fault(node, TypedNode(node.item, item), TypedNode(options, found)))
        else:
            self._add(find_impossible_value(options, node.item, self.facts))

    def _logic(self, node: syntax.Not | syntax.And | syntax.Or) -> ExpressionType:
        for part in (node.operand,) if isinstance(node, syntax.Not) else node.parts:
            self._boolean(part, "not-boolean.joined")
        return _BOOLEAN

    def _arithmetic(self, node: syntax.Sum | syntax.Product) -> ExpressionType | None:
        parts = node.factors if isinstance(node, syntax.Product) else [term for _, term in node.terms]
        types = self._numbers(parts)
        if types is None or self._add(find_unlike_units(node, list(map(TypedNode, parts, types)))):
            return None
        bounds = [max(found.bound, 1) for found in types]
        bound = prod(bounds) if isinstance(node, syntax.Product) else sum(bounds)
        if bound > MAX_EXACT_RESULT and not self.is_number:  # amounts have bounds of their own
            self._add(node_fault(node, "large-number.result"))
            return None
        return ExpressionType(*combine_kinds_and_units(types), bound=bound)

    def _quotient(self, node: syntax.Quotient) -> ExpressionType | None:
        if not self.is_number:
            self._add(node_fault(node, "syntax.division"))
        types = self._numbers([node.numerator, node.denominator])
        if types is None:
            return None
        if any(isinstance(inner, syntax.Quotient) for inner in syntax.walk_nodes(node.denominator)):
            self._add(node_fault(node, "nested-division"))
        above, below = types
        return above if below.kind != "fen" else ExpressionType("integer", bound=above.bound)

    def _numbers(self, nodes: Sequence[syntax.Node]) -> list[ExpressionType] | None:
        types = [self.type_of(node) for node in nodes]
        for node, found in zip(nodes, types, strict=True):
            if found and found.kind not in ("integer", "fen"):
                self._add(node_fault(node, "not-a-number", terms=_kind(found)))
        numbers = [found for found in types if found and found.kind in ("integer", "fen")]
        return numbers if len(numbers) == len(types) else None

    def _choice(self, node: syntax.Ternary) -> ExpressionType | None:
        self._boolean(node.condition, "not-boolean.choice")
        if any(isinstance(inner, syntax.Ternary) for inner in syntax.walk_nodes(node.condition)):
            self._add(node_fault(node.condition, "nested-choice"))
        then, otherwise = self.type_of(node.then), self.type_of(node.otherwise)
        if not then or not otherwise:
            return None
        if self._add(
            find_comparison_fault(node, TypedNode(node.then, then), TypedNode(node.otherwise, otherwise))
        ):
            return None
        return ExpressionType(
            *combine_kinds_and_units((then, otherwise)), bound=max(then.bound, otherwise.bound)
        )


def _literal(node: syntax.Literal) -> ExpressionType:
    match node.value:
        case bool():
            return _BOOLEAN
        case int():
            return ExpressionType("integer", bound=abs(node.value))
        case date():
            return ExpressionType("date")
    return ExpressionType("text")


def _kind(found: ExpressionType) -> dict[str, str]:
    return {"kind": KIND_TITLES[found.kind]}


def _wrong_count(node: syntax.Call, count: int) -> Fault:
    given = str(len(node.arguments))
    return node_fault(node, "wrong-argument.count", function=node.name, count=str(count), given=given)


def _no_order(node: syntax.Compare, compared: ExpressionType) -> Fault | None:
    if node.operator in ("==", "!=") or compared.kind not in ("text", "boolean"):
        return None
    left = quote_expression(node.left)
    return node_fault(node, "no-order", terms=_kind(compared), operator=node.operator, left_value=left)


def _compared_conditions(node: syntax.Compare, compared: ExpressionType) -> Fault | None:
    if compared.kind != "boolean" or all(
        isinstance(side, syntax.FactReference | syntax.Literal) for side in (node.left, node.right)
    ):
        return None
    return node_fault(node, "compared-conditions", operator=node.operator)


def _may_be_in_list(item: ExpressionType, option: ExpressionType) -> bool:
    if item.kind in ("texts", "boolean"):
        return False
    return item.kind == option.kind or (item.kind, option.kind) == ("fen", "integer")
