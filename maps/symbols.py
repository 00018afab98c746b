"""The map symbol of each kind of place; the rider's page needs no more of maps."""

from collections.abc import Mapping
from dataclasses import dataclass

from geo.station import Kind


@dataclass(frozen=True, slots=True)
class KindSymbol:
    """The symbol of a kind of place: one character on a colour."""

    character: str
    colour: str


# Okabe and Ito's colours, darkened until white letters on them have a contrast of 4.5 : 1.
SYMBOLS: Mapping[Kind, KindSymbol] = {
    Kind.OUTDOOR_STATION: KindSymbol("驿", "#005f94"),
    Kind.MOTHER_ROOM: KindSymbol("母", "#a3336f"),
    Kind.CULTURAL_PALACE: KindSymbol("宫", "#a84300"),
}
OTHER_SYMBOL = KindSymbol("站", "#3d4852")


def symbol_for_kind(kind: Kind) -> KindSymbol:
    """Return the symbol of a kind; kinds without their own share OTHER_SYMBOL."""
    return SYMBOLS.get(kind, OTHER_SYMBOL)
