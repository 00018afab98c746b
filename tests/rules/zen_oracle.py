"""ZEN as the oracle of our evaluator: render an expression as ZEN text, and let ZEN answer it.

Two texts are rendered: one is true when the expression holds, the other when it is false. If neither is
true, the condition is unknown. Every part is put in brackets, so that the text does not depend on ZEN's
precedence, and guarded, so that ZEN never compares a null.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import zen

from rules import FactValue
from rules.expressions import syntax
from rules.expressions.functions import FUNCTIONS, KNOWN_FUNCTION

_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@dataclass(frozen=True, slots=True)
class ZenRenderer:
    """Render trees as ZEN text; ``name`` returns the name of a fact or a call in ZEN's context."""

    name: Callable[[syntax.FactReference | syntax.Call], str]

    def render_true(self, node: syntax.Node) -> str:
        """Return ZEN text that is true exactly when the node is true."""
        return self._truth(node, wanted=True)

    def render_false(self, node: syntax.Node) -> str:
        """Return ZEN text that is true exactly when the node is false."""
        return self._truth(node, wanted=False)

    def _truth(self, node: syntax.Node, *, wanted: bool) -> str:
        match node:
            case syntax.Not(operand=operand):
                return self._truth(operand, wanted=not wanted)
            case syntax.And(parts=parts):
                return _join("and" if wanted else "or", [self._truth(part, wanted=wanted) for part in parts])
            case syntax.Or(parts=parts):
                return _join("or" if wanted else "and", [self._truth(part, wanted=wanted) for part in parts])
            case syntax.Ternary(condition=condition, then=then, otherwise=otherwise):
                left = _join("and", [self.render_true(condition), self._truth(then, wanted=wanted)])
                right = _join("and", [self.render_false(condition), self._truth(otherwise, wanted=wanted)])
                return _join("or", [left, right])
            case syntax.Compare(operator=operator, left=left_side, right=right_side):
                sign = operator if wanted else _OPPOSITE[operator]
                return self._guarded(
                    (left_side, right_side), f"{self._value(left_side)} {sign} {self._value(right_side)}"
                )
            case syntax.InTest():
                return self._membership(node, wanted=wanted)
            case syntax.Call(name=name, arguments=(syntax.FactReference() as fact,)) if (
                name == KNOWN_FUNCTION
            ):
                return f"({self.name(fact)} {'!=' if wanted else '=='} null)"
        return f"({self._value(node)} == {'true' if wanted else 'false'})"

    def _membership(self, node: syntax.InTest, *, wanted: bool) -> str:
        if isinstance(node.options, syntax.FactReference):
            options: str = self.name(node.options)
            operands: tuple[syntax.Node, ...] = (node.item, node.options)
        else:
            options, operands = "[" + ", ".join(map(self._value, node.options)) + "]", (node.item,)
        return self._guarded(operands, f"{self._value(node.item)} {'in' if wanted else 'not in'} {options}")

    def _guarded(self, operands: tuple[syntax.Node, ...], text: str) -> str:
        guards = dict.fromkeys(guard for operand in operands for guard in self._known(operand))
        return _join("and", [*guards, f"({text})"])

    def _known(self, node: syntax.Node) -> list[str]:
        """Return ZEN texts that are all true exactly when the value of the node is known."""
        match node:
            case syntax.FactReference() | syntax.Call():
                return [f"({self.name(node)} != null)"]
            case syntax.Sum(terms=terms):
                return [guard for _, term in terms for guard in self._known(term)]
            case syntax.Product(factors=factors):
                return [guard for factor in factors for guard in self._known(factor)]
            case syntax.Ternary(condition=condition, then=then, otherwise=otherwise):
                left = _join("and", [self.render_true(condition), *self._known(then)])
                right = _join("and", [self.render_false(condition), *self._known(otherwise)])
                return [_join("or", [left, right])]
        return []

    def _value(self, node: syntax.Node) -> str:
        """Return ZEN text for a value that is known."""
        match node:
            case syntax.Literal(value=value):
                return _literal(value)
            case syntax.FactReference() | syntax.Call():
                return self.name(node)
            case syntax.Sum(terms=terms):
                return "(0" + "".join(f" {sign} {self._value(term)}" for sign, term in terms) + ")"
            case syntax.Product(factors=factors):
                return "(" + " * ".join(map(self._value, factors)) + ")"
            case syntax.Ternary(condition=condition, then=then, otherwise=otherwise):
                return f"({self.render_true(condition)} ? {self._value(then)} : {self._value(otherwise)})"
        return self.render_true(node)


def _literal(value: str | int | bool | date) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case date():
            return str(value.toordinal())
    return f'"{value}"' if "'" in value else f"'{value}'"


def _join(word: str, parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else "(" + f" {word} ".join(parts) + ")"


def zen_answer(tree: syntax.Node, values: Mapping[str, FactValue]) -> bool | None:
    """Return what ZEN answers for a condition: true, false, or None if it is unknown."""
    names: dict[object, str] = {}
    context: dict[str, object] = {}

    def name(node: syntax.FactReference | syntax.Call) -> str:
        key = (
            node.path
            if isinstance(node, syntax.FactReference)
            else (node.name, tuple(map(_argument, node.arguments)))
        )
        if key not in names:
            names[key] = f"n{len(names)}"
            context[names[key]] = _zen(_value(node, values))
        return names[key]

    renderer = ZenRenderer(name)
    holds, fails = renderer.render_true(tree), renderer.render_false(tree)
    for node in syntax.walk_nodes(tree):
        if isinstance(node, syntax.FactReference):
            name(node)
    is_true, is_false = (_holds(text, context) for text in (holds, fails))
    assert not (is_true and is_false)
    return True if is_true else False if is_false else None


def _holds(text: str, context: dict[str, object]) -> bool:
    try:
        return bool(zen.compile_expression(text).evaluate(context))
    except RuntimeError:
        return False  # neither true nor false: unknown


def _argument(node: syntax.Node) -> tuple[bool, object]:
    return (
        (True, node.path) if isinstance(node, syntax.FactReference) else (False, getattr(node, "value", None))
    )


def _value(node: syntax.FactReference | syntax.Call, values: Mapping[str, FactValue]) -> FactValue:
    if isinstance(node, syntax.FactReference):
        return values.get(node.path)
    given = [
        values.get(str(found)) if is_fact else found for is_fact, found in map(_argument, node.arguments)
    ]
    return None if None in given else FUNCTIONS[node.name].compute(*given)


def _zen(value: FactValue) -> object:
    if isinstance(value, date):
        return value.toordinal()
    return list(value) if isinstance(value, tuple) else value
