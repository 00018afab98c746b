"""The values of a rule file that remember where they stood, and what was found to be wrong with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from rules.expressions.syntax import Place
from rules.finding import Finding, Severity, shortened

N_ = str  # marks a text for the message catalogue

MOST_FAULTS = 100
Key = str | int
Path = tuple[Key, ...]
Plain = str | int | float | bool | date | None | tuple["Plain", ...] | dict[str, "Plain"]


class Spot(NamedTuple):
    """Where a value stands, and whether its text begins right there on a single line."""

    place: Place
    exact: bool
    start: int  # where its text begins and ends in the file, in characters
    end: int


@dataclass(slots=True)
class YamlDocument:
    """The values of one file, the places of values and of keys by path, what is wrong so far, and
    the paths whose value is lost by it."""

    file: str
    text: str = ""
    value: Plain = None
    spots: dict[Path, Spot] = field(default_factory=dict)
    key_spots: dict[Path, Place] = field(default_factory=dict)
    mappings: set[Path] = field(default_factory=set)
    spoiled: set[Path] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    failed: bool = False  # by what is wrong in a file that it names
    untold: int = 0  # faults beyond MOST_FAULTS that were only counted

    def written(self, path: Sequence[Key]) -> Path:
        """The path as it stands in the file: one mapping may stand in place of a list of one."""
        found: Path = ()
        for part in path:
            if part == 0 and found in self.spots and (*found, 0) not in self.spots and found in self.mappings:
                continue
            found = (*found, part)
        return found

    def place(self, path: Path) -> Place:
        """The place of a path, or of the nearest thing above it that exists."""
        path = self.written(path)
        while path and path not in self.spots:
            path = path[:-1]
        return self.spots[path].place if path in self.spots else Place(1, 1)

    def inside(self, path: Path, inner: Place) -> Place:
        """The place within a text; its first column where the text is folded over lines."""
        spot = self.spots[self.written(path)]
        if spot.exact and inner.line == 1:
            return Place(spot.place.line, spot.place.column + inner.column - 1)
        return Place(spot.place.line + (0 if spot.exact else inner.line), spot.place.column)

    def snippet(self, path: Path) -> str | None:
        """What stands at a path, on one line."""
        spot = self.spots.get(self.written(path))
        return shortened(self.text[spot.start : spot.end]) if spot and path else None

    def find(
        self,
        path: Path,
        code: str,
        message: str,
        remedy: str,
        *,
        why: str = "",
        params: Mapping[str, str] | None = None,
        terms: Mapping[str, str] | None = None,
        severity: Severity = "error",
        place: Place | None = None,
        value: str | None = None,
    ) -> None:
        """Adds a finding about what stands at a path; ``place`` and ``value`` where they are known better."""
        path = self.written(path)
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
                field=named(path) or None,
                value=self.snippet(path) if value is None else value,
            )
        )

    def told(self) -> list[Finding]:
        """The findings by line, those beyond MOST_FAULTS merely counted."""
        ordered = sorted(self.findings, key=lambda found: (found.line, found.column, found.code))
        kept, rest = ordered[:MOST_FAULTS], ordered[MOST_FAULTS:]
        count = len(rest) + self.untold
        if count:
            last = (rest or kept)[-1]
            severity: Severity = (
                "error" if self.untold or any(found.severity == "error" for found in rest) else "warning"
            )
            texts = (N_("{count} more faults follow"), "", N_("mend those above first"))
            place = (self.file, last.line, last.column)
            kept.append(Finding(*place, "more-faults", *texts, {"count": str(count)}, severity=severity))
        return kept


def named(path: Sequence[Key]) -> str:
    """A path as people read it: require[2].that is the condition of the second requirement."""
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
