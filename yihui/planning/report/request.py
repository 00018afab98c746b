"""The files of a coverage report."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ReportOutputs:
    """The files to write; None where one is not requested. ``png`` is a folder. ``map`` is the interactive map page."""

    html: Path | None = None
    pdf: Path | None = None
    xlsx: Path | None = None
    png: Path | None = None
    map: Path | None = None

    @property
    def needs_map_pictures(self) -> bool:
        """Whether an output contains map pictures."""
        return any((self.html, self.pdf, self.png))
