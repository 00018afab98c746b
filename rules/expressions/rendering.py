"""Writes an expression for ZEN so that nothing is silently null: two texts, when it holds and when it fails.

Where neither is true, the condition is unknown. Every part is bracketed, so that no precedence is
relied upon, and guarded, so that ZEN never compares a null.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from rules.expressions.functions import KNOWN
from rules.expressions.syntax import (
    And,
    Call,
    Choice,
    Compare,
    Literal,
    Node,
    Not,
    Or,
    Product,
    Reading,
    Sum,
    Within,
)

_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@dataclass(frozen=True, slots=True)
class Rendering:
    """Renders trees; ``name`` gives a fact or a call its name in ZEN's context."""

    name: Callable[[Reading | Call], str]

    def holds(self, node: Node) -> str:
        """ZEN text that is true exactly when the node is true."""
        return self._truth(node, wanted=True)

    def fails(self, node: Node) -> str:
        """ZEN text that is true exactly when the node is false."""
        return self._truth(node, wanted=False)

    def _truth(self, node: Node, *, wanted: bool) -> str:
        match node:
            case Not(operand=operand):
                return self._truth(operand, wanted=not wanted)
            case And(parts=parts):
                return _join("and" if wanted else "or", [self._truth(part, wanted=wanted) for part in parts])
            case Or(parts=parts):
                return _join("or" if wanted else "and", [self._truth(part, wanted=wanted) for part in parts])
            case Choice(condition=condition, then=then, otherwise=otherwise):
                left = _join("and", [self.holds(condition), self._truth(then, wanted=wanted)])
                right = _join("and", [self.fails(condition), self._truth(otherwise, wanted=wanted)])
                return _join("or", [left, right])
            case Compare(operator=operator, left=left_side, right=right_side):
                sign = operator if wanted else _OPPOSITE[operator]
                return self._guarded(
                    (left_side, right_side), f"{self._value(left_side)} {sign} {self._value(right_side)}"
                )
            case Within():
                return self._membership(node, wanted=wanted)
            case Call(name=name, arguments=(Reading() as fact,)) if name == KNOWN:
                return f"({self.name(fact)} {'!=' if wanted else '=='} null)"
        return f"({self._value(node)} == {'true' if wanted else 'false'})"

    def _membership(self, node: Within, *, wanted: bool) -> str:
        if isinstance(node.options, Reading):
            options: str = self.name(node.options)
            operands: tuple[Node, ...] = (node.item, node.options)
        else:
            options, operands = "[" + ", ".join(map(self._value, node.options)) + "]", (node.item,)
        return self._guarded(operands, f"{self._value(node.item)} {'in' if wanted else 'not in'} {options}")

    def _guarded(self, operands: tuple[Node, ...], text: str) -> str:
        guards = dict.fromkeys(guard for operand in operands for guard in self._known(operand))
        return _join("and", [*guards, f"({text})"])

    def _known(self, node: Node) -> list[str]:
        """Texts that are all true exactly when the value of the node is known."""
        match node:
            case Reading() | Call():
                return [f"({self.name(node)} != null)"]
            case Sum(terms=terms):
                return [guard for _, term in terms for guard in self._known(term)]
            case Product(factors=factors):
                return [guard for factor in factors for guard in self._known(factor)]
            case Choice(condition=condition, then=then, otherwise=otherwise):
                left = _join("and", [self.holds(condition), *self._known(then)])
                right = _join("and", [self.fails(condition), *self._known(otherwise)])
                return [_join("or", [left, right])]
        return []

    def _value(self, node: Node) -> str:
        """ZEN text of a value that is known."""
        match node:
            case Literal(value=value):
                return _literal(value)
            case Reading() | Call():
                return self.name(node)
            case Sum(terms=terms):
                return "(0" + "".join(f" {sign} {self._value(term)}" for sign, term in terms) + ")"
            case Product(factors=factors):
                return "(" + " * ".join(map(self._value, factors)) + ")"
            case Choice(condition=condition, then=then, otherwise=otherwise):
                return f"({self.holds(condition)} ? {self._value(then)} : {self._value(otherwise)})"
        return self.holds(node)


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
