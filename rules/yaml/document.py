"""Values of a rule file with their positions and findings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from core.text_marks import N_
from rules.expressions.syntax import SourcePosition
from rules.finding import Finding, Severity, shorten_quote

MAX_FINDINGS = 100
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
    """The values of one file, the positions of values and keys by path, the findings so far, and
    the paths whose value was refused.
    """

    file: str
    text: str = ""
    value: PlainValue = None
    spots: dict[DocumentPath, TextSpot] = field(default_factory=dict)
    key_spots: dict[DocumentPath, SourcePosition] = field(default_factory=dict)
    mappings: set[DocumentPath] = field(default_factory=set)
    spoiled: set[DocumentPath] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    failed: bool = False  # because of an error in a file that it names
    overflow_count: int = 0  # faults beyond MAX_FINDINGS that were only counted

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

    def add_finding(
        self,
        path: DocumentPath,
        code: str,
        message: str,
        remedy: str,
        *,
        why: str = "",
        params: Mapping[str, str] | None = None,
        terms: Mapping[str, str] | None = None,
        severity: Severity = "error",
        place: SourcePosition | None = None,
        value: str | None = None,
    ) -> None:
        """Add a finding about the value at a path; ``place`` and ``value`` override the position and the text."""
        path = self.path_in_file(path)
        line, column = place or self.place(path)
        self.findings.append(
            Finding(
                self.file,
                line,
                column,
                code,
                message,
                why,
                remedy,
                params or {},
                terms or {},
                severity,
                field=format_path(path) or None,
                value=self.snippet(path) if value is None else value,
            )
        )

    def sorted_findings(self) -> list[Finding]:
        """Return the findings by line; those beyond MAX_FINDINGS are only counted."""
        ordered = sorted(self.findings, key=lambda found: (found.line, found.column, found.code))
        kept, rest = ordered[:MAX_FINDINGS], ordered[MAX_FINDINGS:]
        count = len(rest) + self.overflow_count
        if count:
            last = (rest or kept)[-1]
            severity: Severity = (
                "error"
                if self.overflow_count or any(found.severity == "error" for found in rest)
                else "warning"
            )
            texts = (N_("{count} more faults follow"), "", N_("mend those above first"))
            place = (self.file, last.line, last.column)
            kept.append(Finding(*place, "more-faults", *texts, {"count": str(count)}, severity=severity))
        return kept


def format_path(path: Sequence[PathKey]) -> str:
    """Format a path for readers: require[2].that is the condition of the second requirement."""
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
