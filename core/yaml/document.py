"""Values of a YAML file with their positions and faults."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from core.faults import Fault, FaultTable
from core.source_text import SourcePosition, shorten_quote
from core.text_marks import N_

MAX_DOCUMENT_FAULTS = 100
_FAULTS = FaultTable(
    "yaml", {"more-faults": (N_("{count} more faults follow"), N_("mend those above first"))}
)
PathKey = str | int
DocumentPath = tuple[PathKey, ...]
PlainValue = str | int | float | bool | date | None | tuple["PlainValue", ...] | dict[str, "PlainValue"]


class TextSpot(NamedTuple):
    """Position of a value; ``exact`` if its text begins right there and stands on a single line."""

    place: SourcePosition
    exact: bool
    start: int  # where its text begins and ends in the file, in characters
    end: int


@dataclass(slots=True)
class YamlDocument:
    """The values of one file, the positions of values and keys by path, the faults so far, and
    the paths whose value was refused.
    """

    file: str
    text: str = ""
    value: PlainValue = None
    spots: dict[DocumentPath, TextSpot] = field(default_factory=dict)
    key_spots: dict[DocumentPath, SourcePosition] = field(default_factory=dict)
    mappings: set[DocumentPath] = field(default_factory=set)
    spoiled: set[DocumentPath] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    failed: bool = False  # because of an error in a file that it names
    overflow_count: int = 0  # faults beyond MAX_DOCUMENT_FAULTS that were only counted

    def copy(self) -> YamlDocument:
        """Return a document that shares nothing with this one that could be changed."""
        return replace(
            self,
            value=deepcopy(self.value),
            spots=dict(self.spots),
            key_spots=dict(self.key_spots),
            mappings=set(self.mappings),
            spoiled=set(self.spoiled),
            faults=list(self.faults),
        )

    def path_in_file(self, path: Sequence[PathKey]) -> DocumentPath:
        """Return the path as it is in the file: one mapping may stand in place of a list of one."""
        found: DocumentPath = ()
        for part in path:
            if part == 0 and found in self.spots and (*found, 0) not in self.spots and found in self.mappings:
                continue
            found = (*found, part)
        return found

    def place(self, path: DocumentPath) -> SourcePosition:
        """Return the position of a path, or of its nearest ancestor that exists."""
        path = self.path_in_file(path)
        while path and path not in self.spots:
            path = path[:-1]
        return self.spots[path].place if path in self.spots else SourcePosition(1, 1)

    def place_inside(self, path: DocumentPath, inner: SourcePosition) -> SourcePosition:
        """Return the position within a text; the text's first column if it is folded over several lines."""
        spot = self.spots[self.path_in_file(path)]
        if spot.exact and inner.line == 1:
            return SourcePosition(spot.place.line, spot.place.column + inner.column - 1)
        return SourcePosition(spot.place.line + (0 if spot.exact else inner.line), spot.place.column)

    def snippet(self, path: DocumentPath) -> str | None:
        """Return the text at a path, on one line."""
        spot = self.spots.get(self.path_in_file(path))
        return shorten_quote(self.text[spot.start : spot.end]) if spot and path else None

    @property
    def has_errors(self) -> bool:
        """Whether a fault makes the file unusable."""
        return any(fault.severity == "error" for fault in self.faults)

    def add_fault(self, path: DocumentPath, fault: Fault, place: SourcePosition | None = None) -> None:
        """Add a fault of the value at a path; ``place``, and the fault's own value, override what stands there."""
        path = self.path_in_file(path)
        row, column = place or self.place(path)
        value = self.snippet(path) if fault.value is None else fault.value
        here = replace(
            fault, file=self.file, row=row, column=column, field=format_path(path) or None, value=value
        )
        self.faults.append(here)

    def add_inner_faults(self, path: DocumentPath, faults: Sequence[Fault]) -> None:
        """Add faults whose row and column are positions within the text at a path."""
        for fault in faults:
            self.add_fault(
                path, fault, self.place_inside(path, SourcePosition(fault.row or 1, fault.column or 1))
            )

    def sorted_faults(self) -> list[Fault]:
        """Return the faults by row; those beyond MAX_DOCUMENT_FAULTS are only counted."""
        ordered = sorted(self.faults, key=lambda fault: (fault.row, fault.column, fault.short_code))
        shown, rest = ordered[:MAX_DOCUMENT_FAULTS], ordered[MAX_DOCUMENT_FAULTS:]
        count = len(rest) + self.overflow_count
        if count:
            last = (rest or shown)[-1]
            is_error = self.overflow_count or any(fault.severity == "error" for fault in rest)
            shown.append(
                _FAULTS.build(
                    "more-faults",
                    file=self.file,
                    row=last.row,
                    column=last.column,
                    severity="error" if is_error else "warning",
                    count=count,
                )
            )
        return shown


def format_path(path: Sequence[PathKey]) -> str:
    """Format a path for readers: require[2].that is the condition of the second requirement."""
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
