"""Faults of inputs: where the fault is, what is wrong, and how to mend it.

Texts are English templates (``{value}`` style) and the keys of the message catalogue; the edges
translate them (see ``yihui/runtime/language.py``) and fill in ``params``.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one input. ``row`` counts lines of the file from 1, the header being row 1."""

    message: str
    remedy: str
    file: str | None = None
    row: int | None = None
    field: str | None = None
    value: str | None = None
    severity: Literal["error", "warning"] = "error"
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def values(self) -> Mapping[str, object]:
        """The values for the placeholders of message and remedy."""
        place = {"file": self.file, "row": self.row, "field": self.field, "value": self.value}
        return {**place, **self.params}

    def at(self, *, file: str | None = None, row: int | None = None) -> "Fault":
        """Return the same fault with its file and row filled in."""
        return replace(self, file=file or self.file, row=row if row is not None else self.row)


class InputFaults(Exception):
    """Raised for an input that can't be used; it holds all faults of the input."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.message.format_map(fault.values) for fault in self.faults[:5]))
