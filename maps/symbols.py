"""How each kind of place is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from geo.station import Kind


@dataclass(frozen=True, slots=True)
class Symbol:
    """How a kind of place is drawn: one character on a colour."""

    character: str
    colour: str


# Okabe and Ito's colours, darkened until white letters on them have a contrast of 4.5 : 1.
SYMBOLS: Mapping[Kind, Symbol] = MappingProxyType(
    {
        Kind.OUTDOOR_STATION: Symbol("驿", "#005f94"),
        Kind.MOTHER_ROOM: Symbol("母", "#a3336f"),
        Kind.CULTURAL_PALACE: Symbol("宫", "#a84300"),
    }
)
OTHER = Symbol("站", "#3d4852")


def symbol(kind: Kind) -> Symbol:
    """How a kind is drawn; the rare kinds share one symbol."""
    return SYMBOLS.get(kind, OTHER)
