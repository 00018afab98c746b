"""Define how a GIS draws a layer: by categories, by classes, or in one colour; `qml` and `sld` render it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_NO_ALIASES: Mapping[str, str] = MappingProxyType({})


class LayerShape(StrEnum):
    """The geometry that a style draws."""

    POINT = "point"
    AREA = "area"


@dataclass(frozen=True, slots=True)
class StyleCategory:
    """The features whose field equals ``value``."""

    value: str
    label: str
    colour: str


@dataclass(frozen=True, slots=True)
class StyleRange:
    """The features with ``low <= field < high``; the last range of a style includes its upper end."""

    low: float
    high: float
    label: str
    colour: str


@dataclass(frozen=True, slots=True)
class CategorisedColours:
    """One colour for each value of a text field; other values share ``other``."""

    field: str
    categories: tuple[StyleCategory, ...]
    other: StyleCategory


@dataclass(frozen=True, slots=True)
class GraduatedColours:
    """One colour for each class of a number; features without one get ``missing``.

    *Raises*: ValueError if the ranges aren't contiguous.
    """

    field: str
    ranges: tuple[StyleRange, ...]
    missing: StyleCategory

    def __post_init__(self) -> None:
        for one, other in zip(self.ranges, self.ranges[1:], strict=False):
            if one.high != other.low or one.low >= one.high:
                raise ValueError(f"classes of {self.field} must follow one another: {one}, {other}")


@dataclass(frozen=True, slots=True)
class SingleColour:
    """All features in one colour."""

    label: str
    colour: str


@dataclass(frozen=True, slots=True)
class LayerStyle:
    """How a layer is drawn; ``aliases`` are the column names shown to people.

    ``caption`` is the column whose values label the features, empty for none. *Units*: ``size_mm`` of
    points, ``opacity`` of areas 0..1. *Raises*: ValueError for a colour that isn't #rrggbb.
    """

    name: str
    shape: LayerShape
    by: CategorisedColours | GraduatedColours | SingleColour
    aliases: Mapping[str, str] = field(default_factory=lambda: _NO_ALIASES)
    caption: str = ""
    size_mm: float = 2.2
    opacity: float = 0.75

    def __post_init__(self) -> None:
        for colour in self.colours:
            if not _COLOUR.fullmatch(colour):
                raise ValueError(f"{colour!r} is no colour; write it as #005f94")

    @property
    def colours(self) -> tuple[str, ...]:
        """All colours of the style."""
        if isinstance(self.by, SingleColour):
            return (self.by.colour,)
        if isinstance(self.by, CategorisedColours):
            return (*(category.colour for category in self.by.categories), self.by.other.colour)
        return (*(each.colour for each in self.by.ranges), self.by.missing.colour)
