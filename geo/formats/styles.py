"""How a layer is drawn in a GIS: by kinds, by classes of a figure, or all alike; written by `qml` and `sld`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_NO_ALIASES: Mapping[str, str] = MappingProxyType({})


class Shape(StrEnum):
    """What is drawn."""

    POINT = "point"
    AREA = "area"


@dataclass(frozen=True, slots=True)
class Category:
    """Features whose field equals ``value``."""

    value: str
    label: str
    colour: str


@dataclass(frozen=True, slots=True)
class Range:
    """Features with ``low <= field < high``; the last range of a style holds its upper end too."""

    low: float
    high: float
    label: str
    colour: str


@dataclass(frozen=True, slots=True)
class Categorised:
    """One colour for each value of a text field; other values share ``other``."""

    field: str
    categories: tuple[Category, ...]
    other: Category


@dataclass(frozen=True, slots=True)
class Graduated:
    """One colour for each class of a number; features without one get ``missing``.

    *Raises*: ValueError where the ranges don't follow one another.
    """

    field: str
    ranges: tuple[Range, ...]
    missing: Category

    def __post_init__(self) -> None:
        for one, other in zip(self.ranges, self.ranges[1:], strict=False):
            if one.high != other.low or one.low >= one.high:
                raise ValueError(f"classes of {self.field} must follow one another: {one}, {other}")


@dataclass(frozen=True, slots=True)
class Alike:
    """All features in one colour."""

    label: str
    colour: str


@dataclass(frozen=True, slots=True)
class Style:
    """How a layer is drawn. ``aliases`` are what its columns are called where people read them.

    ``caption`` is the column whose values are written beside the features, empty for none. *Units*:
    ``size_mm`` of points, ``opacity`` of areas 0..1. *Raises*: ValueError for a colour that isn't #rrggbb.
    """

    name: str
    shape: Shape
    by: Categorised | Graduated | Alike
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
        """All colours that are drawn."""
        if isinstance(self.by, Alike):
            return (self.by.colour,)
        if isinstance(self.by, Categorised):
            return (*(category.colour for category in self.by.categories), self.by.other.colour)
        return (*(each.colour for each in self.by.ranges), self.by.missing.colour)
