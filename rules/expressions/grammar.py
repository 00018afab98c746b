"""Parse the text of an expression into a tree, and refuse everything outside the stated subset.

member.status == 'active' and age(member.birthday, event.occurred_on) >= 16
event.level in ['高级工', '技师'] ? 2 : 1
"""

import re
import unicodedata
from datetime import date
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.exceptions import UnexpectedEOF

from core.faults import Fault, FaultError
from core.source_text import SourcePosition, shorten_quote
from rules.expressions import syntax
from rules.expressions.faults import node_fault, place_fault
from rules.facts import MAX_INTEGER

MAX_EXPRESSION_LENGTH = 2_000
MAX_EXPRESSION_DEPTH = 20

GRAMMAR = r"""
?start: choice
?choice: either | either "?" choice ":" choice -> choose
?either: both (_OR both)*
?both: negation (_AND negation)*
?negation: comparison | _NOT comparison -> refuse
?comparison: total
    | total OPERATOR total -> compare
    | total _IN options -> contained
    | total _NOT _IN options -> missing
?options: "[" literal ("," literal)* "]" -> listed
    | path
?total: product | product (SIGN product)+ -> add
?product: factor | factor (POINT factor)+ -> multiply
?factor: atom | SIGN atom -> signed
?atom: literal | path | call | NAME -> word | "(" choice ")"
call: NAME "(" choice ("," choice)* ")"
path: PATH
?literal: INTEGER -> integer
    | TEXT  -> text
    | TRUE -> true
    | FALSE -> false
_OR.2: /or\b(?!\.)/
_AND.2: /and\b(?!\.)/
_NOT.2: /not\b(?!\.)/
_IN.2: /in\b(?!\.)/
TRUE.2: /true\b(?!\.)/
FALSE.2: /false\b(?!\.)/
PATH: /[A-Za-z_][A-Za-z_0-9]*(\.[A-Za-z_][A-Za-z_0-9]*)+/
NAME: /[A-Za-z_][A-Za-z_0-9]*/
INTEGER: /[0-9]+(?![\w.])/
TEXT: /'[^'"\\\n`]*'|"[^'"\\\n`]*"/
OPERATOR: "==" | "!=" | "<=" | ">=" | "<" | ">"
SIGN: "+" | "-"
POINT: "*" | "/"
%ignore /[ \t\r\n]+/
"""

_INSTEAD = {
    "=": "==", "&": "and", "|": "or", "!": "not", "，": ",", "（": "(", "）": ")", "“": "'", "”": "'",
    "‘": "'", "’": "'", "：": ":", "？": "?", "【": "[", "】": "]", "＝": "==", "≥": ">=", "≤": "<=", "≠": "!=",
    "＞": ">", "＜": "<", "、": ",", "。": ".", "×": "*",
}  # fmt: skip
_WORDS = {"AND": "and", "OR": "or", "NOT": "not", "IN": "in", "True": "true", "False": "false", "并且": "and"}


def parse_expression(text: str) -> syntax.Node:
    """Parse an expression into its tree.

    Raises: FaultError with the position and a suggestion.
    """
    _refuse_oversize(text)
    return _parse(text)


@lru_cache(maxsize=1024)  # a site loads its rules anew after each approval: most texts are the same
def _parse(text: str) -> syntax.Node:
    try:
        return _parser().parse(text)  # type: ignore[return-value]  # the transformer makes nodes
    except UnexpectedInput as error:
        raise FaultError(_unexpected(text, error)) from None


def _refuse_oversize(text: str) -> None:
    start, quote = SourcePosition(1, 1), shorten_quote(text)
    if not text.strip():
        raise FaultError(place_fault(start, "empty-expression"))
    if len(text) > MAX_EXPRESSION_LENGTH:
        raise FaultError(
            place_fault(
                start, "long-expression", quote, length=str(len(text)), limit=str(MAX_EXPRESSION_LENGTH)
            )
        )
    if not unicodedata.is_normalized("NFC", text):
        raise FaultError(place_fault(start, "not-nfc", quote))
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", text)
    depth = max(accumulate((c == "(") - (c == ")") for c in bare), default=0)
    if max(depth, bare.count("?")) > MAX_EXPRESSION_DEPTH:
        raise FaultError(place_fault(start, "deep-expression", quote, limit=str(MAX_EXPRESSION_DEPTH)))


def _unexpected(text: str, error: UnexpectedInput) -> Fault:
    if isinstance(error, UnexpectedEOF) or getattr(getattr(error, "token", None), "type", "") == "$END":
        lines = text.split("\n")
        end = SourcePosition(len(lines), len(lines[-1]) + 1)
        return place_fault(end, "unfinished", shorten_quote(text))
    found = str(getattr(error, "token", "") or text[error.pos_in_stream or 0])
    instead = _INSTEAD.get(found) or _WORDS.get(found) or ""
    code = "syntax"
    if instead:
        code = "syntax.instead"
    elif found in "'\"\\`":
        code = "syntax.quote"
    elif found in ("%", "^"):
        code = "syntax.percent"
    place = SourcePosition(error.line, error.column)
    return place_fault(place, code, found[:60], found=found[:60], instead=instead)


def _place(token: Token) -> SourcePosition:
    return SourcePosition(token.line or 1, token.column or 1)


@v_args(inline=True)
class _Tree(Transformer[Token, syntax.Node]):
    """Makes nodes while the parser runs, so that no input can exhaust the stack."""

    def choose(self, condition: syntax.Node, then: syntax.Node, otherwise: syntax.Node) -> syntax.Node:
        return syntax.Ternary(condition, then, otherwise, condition.place)

    def either(self, *parts: syntax.Node) -> syntax.Node:
        return syntax.Or(parts, parts[0].place)

    def both(self, *parts: syntax.Node) -> syntax.Node:
        return syntax.And(parts, parts[0].place)

    def refuse(self, operand: syntax.Node) -> syntax.Node:
        return syntax.Not(operand, operand.place)

    def compare(self, left: syntax.Node, operator: Token, right: syntax.Node) -> syntax.Node:
        return syntax.Compare(str(operator), left, right, left.place)

    def contained(
        self, item: syntax.Node, options: tuple[syntax.Node, ...] | syntax.FactReference
    ) -> syntax.Node:
        return syntax.InTest(item, options, item.place)

    def missing(
        self, item: syntax.Node, options: tuple[syntax.Node, ...] | syntax.FactReference
    ) -> syntax.Node:
        return syntax.Not(syntax.InTest(item, options, item.place), item.place)

    def listed(self, *options: syntax.Node) -> tuple[syntax.Node, ...]:
        return options

    def add(self, first: syntax.Node, *rest: Any) -> syntax.Node:
        terms = tuple((str(sign), term) for sign, term in zip(rest[::2], rest[1::2], strict=True))
        return syntax.Sum((("+", first), *terms), first.place)

    def signed(self, sign: Token, operand: syntax.Node) -> syntax.Node:
        return syntax.Sum(((str(sign), operand),), _place(sign))

    def multiply(self, first: syntax.Node, *rest: Any) -> syntax.Node:
        factors: tuple[syntax.Node, ...] = (first,)
        for point, factor in zip(rest[::2], rest[1::2], strict=True):
            if point == "*":
                factors = (*factors, factor)
            else:
                factors = (syntax.Quotient(_product(factors), factor, _place(point)),)
        return _product(factors)

    def call(self, name: Token, *arguments: syntax.Node) -> syntax.Node:
        if name == "date":
            return _date(name, arguments)
        return syntax.Call(str(name), arguments, _place(name))

    def word(self, name: Token) -> syntax.Node:
        raise FaultError(_bare_word(name))

    def path(self, token: Token) -> syntax.Node:
        return syntax.FactReference(str(token), _place(token))

    def integer(self, token: Token) -> syntax.Node:
        if len(token) > 16 or int(token) > MAX_INTEGER:
            quote = shorten_quote(str(token))
            raise FaultError(place_fault(_place(token), "large-number", quote, limit=str(MAX_INTEGER)))
        return syntax.Literal(int(token), _place(token))

    def text(self, token: Token) -> syntax.Node:
        return syntax.Literal(str(token)[1:-1], _place(token))

    def true(self, token: Token) -> syntax.Node:
        return syntax.Literal(True, _place(token))

    def false(self, token: Token) -> syntax.Node:
        return syntax.Literal(False, _place(token))


def _product(factors: tuple[syntax.Node, ...]) -> syntax.Node:
    return factors[0] if len(factors) == 1 else syntax.Product(factors, factors[0].place)


def _bare_word(name: Token) -> Fault:
    instead = _WORDS.get(name, f"'{name}'")[:60]
    return place_fault(
        _place(name), "bare-word", shorten_quote(str(name)), found=str(name)[:60], instead=instead
    )


def _date(name: Token, arguments: tuple[syntax.Node, ...]) -> syntax.Node:
    match arguments:
        case (syntax.Literal(value=str() as text),) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            try:
                return syntax.Literal(date.fromisoformat(text), _place(name))
            except ValueError:
                pass  # there is no such day: the fault is raised below
    raise FaultError(node_fault(syntax.Call(str(name), arguments, _place(name)), "bad-date"))


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="basic", transformer=_Tree())
