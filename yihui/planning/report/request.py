"""The files of a coverage report, and which of them can be made."""

from dataclasses import dataclass, replace
from pathlib import Path

from core.faults import Fault


@dataclass(frozen=True, slots=True)
class ReportOutputs:
    """The files to write; None where one is not requested.

    ``png`` is a folder. ``map`` is the interactive map page.
    """

    html: Path | None = None
    pdf: Path | None = None
    xlsx: Path | None = None
    png: Path | None = None
    map: Path | None = None

    @property
    def needs_map_pictures(self) -> bool:
        """Whether an output contains map pictures."""
        return any((self.html, self.pdf, self.png))


def select_possible_outputs(outputs: ReportOutputs) -> tuple[ReportOutputs, tuple[Fault, ...]]:
    """Return the outputs for which this machine has fonts and libraries, and what the others lack."""
    from yihui.planning.report.pdf import ReportUnavailable, check_weasyprint, find_chinese_font

    possible = ReportOutputs(xlsx=outputs.xlsx, map=outputs.map)
    try:
        if outputs.needs_map_pictures:
            find_chinese_font()
        possible = replace(outputs, pdf=None)
        if outputs.pdf is not None:
            check_weasyprint()
    except ReportUnavailable as error:
        return possible, error.faults
    return outputs, ()
