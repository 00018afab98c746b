"""Format a tree in the syntax that officers write, so that a message can quote the faulty part."""

from datetime import date

from core.source_text import shorten_quote
from rules.expressions import syntax

# Binding of each node, loosest first; an operand is put in brackets if it binds more loosely than required.
_CHOICE, _OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _ATOM = range(8)


def quote_expression(node: syntax.Node) -> str:
    """Return the text of a node, shortened for a message."""
    return shorten_quote(format_expression(node))


def format_expression(node: syntax.Node, binding: int = _CHOICE) -> str:
    """Return the text of a node, in brackets if ``binding`` requires a tighter binding than its own."""
    own, text = _format_with_binding(node)
    return f"({text})" if own < binding else text


def _format_with_binding(node: syntax.Node) -> tuple[int, str]:
    match node:
        case syntax.Literal(value=value):
            return _ATOM, _literal(value)
        case syntax.FactReference(path=path):
            return _ATOM, path
        case syntax.Call(name=name, arguments=arguments):
            return _ATOM, f"{name}({', '.join(map(format_expression, arguments))})"
        case syntax.Product(factors=factors):
            return _PRODUCT, " * ".join(format_expression(factor, _ATOM) for factor in factors)
        case syntax.Quotient(numerator=numerator, denominator=denominator):
            return (
                _PRODUCT,
                f"{format_expression(numerator, _PRODUCT)} / {format_expression(denominator, _ATOM)}",
            )
        case syntax.Sum(terms=((sign, term),)):
            return _PRODUCT, sign + format_expression(term, _ATOM)
        case syntax.Sum(terms=((_, first), *rest)):
            signed = "".join(f" {sign} {format_expression(term, _PRODUCT)}" for sign, term in rest)
            return _SUM, format_expression(first, _PRODUCT) + signed
        case syntax.Compare(operator=operator, left=left, right=right):
            return _COMPARISON, f"{format_expression(left, _SUM)} {operator} {format_expression(right, _SUM)}"
        case syntax.InTest():
            return _COMPARISON, _membership(node, "in")
        case syntax.Not(operand=syntax.InTest() as within):
            return _COMPARISON, _membership(within, "not in")
        case syntax.Not(operand=operand):
            return _NOT, "not " + format_expression(operand, _COMPARISON)
        case syntax.And(parts=parts):
            return _AND, " and ".join(format_expression(part, _NOT) for part in parts)
        case syntax.Or(parts=parts):
            return _OR, " or ".join(format_expression(part, _AND) for part in parts)
        case syntax.Ternary(condition=condition, then=then, otherwise=otherwise):
            return (
                _CHOICE,
                f"{format_expression(condition, _OR)} ? {format_expression(then)} : {format_expression(otherwise)}",
            )
    raise AssertionError(f"{node} is no node")


def _membership(node: syntax.InTest, word: str) -> str:
    options = node.options
    listed = (
        f"[{', '.join(map(format_expression, options))}]"
        if isinstance(options, tuple)
        else format_expression(options)
    )
    return f"{format_expression(node.item, _SUM)} {word} {listed}"


def _literal(value: str | int | bool | date) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case date():
            return f"date('{value}')"
    return f'"{value}"' if "'" in value else f"'{value}'"
