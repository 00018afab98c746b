"""Writes a tree back as an officer would write it, so that a message can quote the part that is wrong."""

from datetime import date

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
    Quotient,
    Reading,
    Sum,
    Within,
)
from rules.finding import shortened

# How tightly a node binds; an operand that binds less tightly than its place demands is bracketed.
_CHOICE, _OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _ATOM = range(8)


def quoted(node: Node) -> str:
    """The node's text, shortened."""
    return shortened(text_of(node))


def text_of(node: Node, binding: int = _CHOICE) -> str:
    """The node's text, bracketed where its place demands a tighter binding."""
    own, text = _written(node)
    return f"({text})" if own < binding else text


def _written(node: Node) -> tuple[int, str]:
    match node:
        case Literal(value=value):
            return _ATOM, _literal(value)
        case Reading(path=path):
            return _ATOM, path
        case Call(name=name, arguments=arguments):
            return _ATOM, f"{name}({', '.join(map(text_of, arguments))})"
        case Product(factors=factors):
            return _PRODUCT, " * ".join(text_of(factor, _ATOM) for factor in factors)
        case Quotient(numerator=numerator, denominator=denominator):
            return _PRODUCT, f"{text_of(numerator, _PRODUCT)} / {text_of(denominator, _ATOM)}"
        case Sum(terms=((sign, term),)):
            return _PRODUCT, sign + text_of(term, _ATOM)
        case Sum(terms=((_, first), *rest)):
            signed = "".join(f" {sign} {text_of(term, _PRODUCT)}" for sign, term in rest)
            return _SUM, text_of(first, _PRODUCT) + signed
        case Compare(operator=operator, left=left, right=right):
            return _COMPARISON, f"{text_of(left, _SUM)} {operator} {text_of(right, _SUM)}"
        case Within():
            return _COMPARISON, _membership(node, "in")
        case Not(operand=Within() as within):
            return _COMPARISON, _membership(within, "not in")
        case Not(operand=operand):
            return _NOT, "not " + text_of(operand, _COMPARISON)
        case And(parts=parts):
            return _AND, " and ".join(text_of(part, _NOT) for part in parts)
        case Or(parts=parts):
            return _OR, " or ".join(text_of(part, _AND) for part in parts)
        case Choice(condition=condition, then=then, otherwise=otherwise):
            return _CHOICE, f"{text_of(condition, _OR)} ? {text_of(then)} : {text_of(otherwise)}"
    raise AssertionError(f"{node} is no node")


def _membership(node: Within, word: str) -> str:
    options = node.options
    listed = f"[{', '.join(map(text_of, options))}]" if isinstance(options, tuple) else text_of(options)
    return f"{text_of(node.item, _SUM)} {word} {listed}"


def _literal(value: str | int | bool | date) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case date():
            return f"date('{value}')"
    return f'"{value}"' if "'" in value else f"'{value}'"
