"""Titles, hints and labels with which a form asks a person for the fields of a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Prompt:
    """A field's title and, below it, a hint; both are texts of the catalogue.

    ``labels`` are those of its choices, by value. ``rows`` is the height of a text's box; 0 is one line. ``option``
    is the command's option where it isn't the field's name. ``unit`` stands behind the field.
    ``is_proposed``: its form begins with a proposal, so that nobody is told that it may stay empty. ``is_further``:
    few need the field. A command's help shows ``help`` in place of the title, and ``metavar`` for what is written.
    ``only`` is the door that has the field, page or command, where the other one doesn't.
    """

    title: str
    hint: str = ""
    labels: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    rows: int = 0
    option: str = ""
    unit: str = ""
    is_proposed: bool = False
    is_further: bool = False
    help: str = ""
    metavar: str = ""
    only: Literal["", "page", "command"] = ""


class Placeholders(dict[str, object]):
    """The values for the placeholders of a text: an option without a value is named as a command has it.

    Any other is left unchanged, so that a message can always be shown.
    """

    def __missing__(self, key: str) -> str:
        return _write_option(key) or "{" + key + "}"


def _write_option(placeholder: str) -> str | None:
    """Return what a command's texts say for a placeholder that names an option; None for any other.

    ``option_leave_out__totals`` is --leave-out totals, ``option_p`` -p, and ``command_plan_demand`` yihui plan demand.
    """
    kind, _, named = placeholder.partition("_")
    if kind == "command":
        return f"yihui {named.replace('_', ' ')}"
    name, _, value = named.replace("__", " ").partition(" ")
    option = f"{'--' if len(name) > 1 else '-'}{name.replace('_', '-')}"
    return f"{option} {value}".strip() if kind == "option" else None
