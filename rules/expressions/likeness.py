"""What an expression gives, and whether two things may be compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rules.expressions.flaw import Flaw, Text, flaw_of
from rules.expressions.quoting import quoted
from rules.expressions.syntax import Node
from rules.facts import GREATEST_INTEGER, Kind

N_ = str  # marks a text for the message catalogue

KIND_TITLES: Mapping[Kind, str] = {
    "text": N_("a text"),
    "integer": N_("a whole number"),
    "fen": N_("an amount in fen"),
    "boolean": N_("yes or no"),
    "date": N_("a date"),
    "texts": N_("a list of texts"),
}
_WHY = N_("A comparison of unlike things would silently be false.")
_ALIKE = N_("compare like with like")
_COMPARED_LIST = Text(
    "compared-list",
    N_("{path} is a list and can't be compared"),
    N_("ask whether a text is in it: '…' in member.honours"),
)
_UNLIKE_UNITS = Text(
    "unlike-units",
    N_("{left_value} ({left}) and {right_value} ({right}) are of different units"),
    _ALIKE,
    _WHY,
)


@dataclass(frozen=True, slots=True)
class Type:
    """What an expression gives: ``bound`` is the greatest magnitude that an integer may reach."""

    kind: Kind
    unit: str | None = None
    bound: int = GREATEST_INTEGER


class Side(NamedTuple):
    """One side of a comparison, or one part of a calculation."""

    node: Node
    type: Type


def kind_and_unit(types: Sequence[Type]) -> tuple[Kind, str | None]:
    """Kind and unit of what several numbers make together."""
    kinds = {found.kind for found in types}
    unit = next((found.unit for found in types if found.unit), None)
    return ("fen" if kinds == {"integer", "fen"} else types[0].kind), unit


def unlike(whole: Node, left: Side, right: Side) -> Flaw | None:
    """The flaw of comparing two things of different kinds or units, or a list with anything."""
    for side in (left, right):
        if side.type.kind == "texts":
            return flaw_of(whole, _COMPARED_LIST, {"path": quoted(side.node)})
    kinds = {left.type.kind, right.type.kind}
    if len(kinds) == 2 and kinds != {"integer", "fen"}:
        return unlike_kinds(whole, left, right)
    return unlike_units(whole, (left, right))


def unlike_kinds(whole: Node, left: Side, right: Side) -> Flaw:
    """The flaw of comparing two kinds."""
    kinds = {"text" if side.type.kind == "texts" else side.type.kind for side in (left, right)}
    remedy = _ALIKE
    if kinds == {"text", "date"}:
        remedy = N_("write the day as date('2026-01-31')")
    elif kinds == {"text", "integer"}:
        remedy = N_("write numbers without quotes and texts in quotes")
    message = N_("{left_value} ({left}) can't be compared with {right_value} ({right})")
    titles = {"left": KIND_TITLES[left.type.kind], "right": KIND_TITLES[right.type.kind]}
    return flaw_of(whole, Text("unlike-types", message, remedy, _WHY), _values(left, right), titles)


def unlike_units(whole: Node, sides: Sequence[Side]) -> Flaw | None:
    """The flaw of mixing units."""
    by_unit: dict[str, Side] = {}
    for side in sides:
        if side.type.unit:
            by_unit.setdefault(side.type.unit, side)
    if len(by_unit) < 2:
        return None
    (left_unit, left), (right_unit, right), *_ = by_unit.items()
    return flaw_of(whole, _UNLIKE_UNITS, _values(left, right), {"left": left_unit, "right": right_unit})


def _values(left: Side, right: Side) -> dict[str, str]:
    return {"left_value": quoted(left.node), "right_value": quoted(right.node)}
