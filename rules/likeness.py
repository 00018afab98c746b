"""What an expression gives, and whether two things may be compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rules.facts import GREATEST_INTEGER, Kind
from rules.flaw import Flaw
from rules.syntax import Place

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


@dataclass(frozen=True, slots=True)
class Type:
    """What an expression gives: ``bound`` is the greatest magnitude that an integer may reach."""

    kind: Kind
    unit: str | None = None
    bound: int = GREATEST_INTEGER


def kind_and_unit(types: Sequence[Type]) -> tuple[Kind, str | None]:
    """Kind and unit of what several numbers make together."""
    kinds = {found.kind for found in types}
    unit = next((found.unit for found in types if found.unit), None)
    return ("fen" if kinds == {"integer", "fen"} else types[0].kind), unit


def unlike(place: Place, left: Type, right: Type) -> Flaw | None:
    """The flaw of comparing two things of different kinds or units, or a list with anything."""
    if "texts" in (left.kind, right.kind):
        return Flaw(
            place,
            "compared-list",
            N_("a list can't be compared"),
            N_("ask whether a text is in it: '…' in member.honours"),
        )
    if left.kind != right.kind and {left.kind, right.kind} != {"integer", "fen"}:
        return unlike_kinds(place, left, right)
    return unlike_units(place, (left, right))


def unlike_kinds(place: Place, left: Type, right: Type) -> Flaw:
    """The flaw of comparing two kinds."""
    remedy = _ALIKE
    if {left.kind, right.kind} == {"text", "date"}:
        remedy = N_("write the day as date('2026-01-31')")
    elif {left.kind, right.kind} == {"text", "integer"}:
        remedy = N_("write numbers without quotes and texts in quotes")
    terms = {"left": KIND_TITLES[left.kind], "right": KIND_TITLES[right.kind]}
    return Flaw(place, "unlike-types", N_("{left} is compared with {right}"), remedy, _WHY, terms=terms)


def unlike_units(place: Place, types: Sequence[Type]) -> Flaw | None:
    """The flaw of mixing units."""
    units = sorted({found.unit for found in types if found.unit})
    if len(units) < 2:
        return None
    params = {"left": units[0], "right": units[1]}
    return Flaw(place, "unlike-units", N_("{left} and {right} are different units"), _ALIKE, _WHY, params)
