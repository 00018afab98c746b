"""Convert a cell of a decision table (JDM) into a condition on its column's fact, in our expression language.

"" or "-" → anything; "'a', 'b'" → one of them; "> 5 and <= 10"; "[5..10)"; "not in ['a']"; and, with $ for
the fact, any condition.
"""

import re

from core.text_marks import N_
from rules.expressions.flaw import Flaw, FlawError
from rules.expressions.syntax import SourcePosition

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"|-?[0-9]+|true|false")
_RANGE = re.compile(r"([\[(\]])\s*([^\[\]()]+?)\s*\.\.\s*([^\[\]()]+?)\s*([\])\[])")
_OPERATOR = re.compile(r"==|!=|<=|>=|<|>|(not\s+)?in\b")


def build_cell_condition(field: str, cell: str) -> str:
    """Return the condition that a cell states about a fact; empty if any value is accepted.

    Raises: FlawError for a faulty cell, such as an empty part between commas.
    """
    text = cell.strip()
    if text in ("", "-"):
        return ""
    if not field.strip():
        return text
    parts = _split(text, ",")
    if len(parts) > 1 and all(_LITERAL.fullmatch(part) for part in parts):
        return f"{field} in [{', '.join(parts)}]"
    return (
        " or ".join(f"({_asked(field, part)})" for part in parts) if len(parts) > 1 else _asked(field, text)
    )


def _asked(field: str, text: str) -> str:
    if "$" in _QUOTED.sub("", text):
        return _outside_quotes(text, "$", field)
    if not text:
        raise FlawError(
            Flaw(
                SourcePosition(1, 1),
                "empty-expression",
                N_("a part of the cell is empty"),
                N_("leave out the comma"),
            )
        )
    if found := _RANGE.fullmatch(text):
        opening, low, high, closing = found.groups()
        above, below = ">=" if opening == "[" else ">", "<=" if closing == "]" else "<"
        return f"{field} {above} {low} and {field} {below} {high}"
    words = re.split(r"\s+(and|or)\s+", text)
    if _OPERATOR.match(text):
        return " ".join(word if word in ("and", "or") else _compared(field, word) for word in words)
    return f"{field} == {text}"


def _compared(field: str, text: str) -> str:
    return f"{field} {text}" if _OPERATOR.match(text) else text


def _outside_quotes(text: str, sign: str, instead: str) -> str:
    pieces, last = [], 0
    for quoted in _QUOTED.finditer(text):
        pieces += [text[last : quoted.start()].replace(sign, instead), quoted[0]]
        last = quoted.end()
    return "".join([*pieces, text[last:].replace(sign, instead)])


def _split(text: str, sign: str) -> list[str]:
    """Split at a sign that stands neither in quotes nor in brackets."""
    parts, depth, quote = [""], 0, ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "[]()":
            depth += 1 if letter in "[(" else -1
        if letter == sign and not quote and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]
