"""Titles, hints and labels with which a form asks a person for the fields of a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Prompt:
    """A field's title and, below it, a hint; both are texts of the catalogue.

    ``labels`` are those of its choices, by value. ``rows`` is the height of a text's box; 0 is one line. ``option``
    is the command's option where it isn't the field's name. ``unit`` stands behind the field.
    ``is_proposed``: its form begins with a proposal, so that nobody is told that it may stay empty.
    """

    title: str
    hint: str = ""
    labels: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    rows: int = 0
    option: str = ""
    unit: str = ""
    is_proposed: bool = False
