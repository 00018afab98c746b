"""The files of a coverage report, and what is checked before it is computed."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.civil_time import CIVIL_TIME

DEFAULT_REPORT_HOUR = 10  # o'clock in China; most stations are open then


def default_report_instant(now: datetime) -> datetime:
    """Return ten o'clock of the day: the report describes the day, and compares it with the night."""
    return now.astimezone(CIVIL_TIME).replace(hour=DEFAULT_REPORT_HOUR, minute=0, second=0, microsecond=0)


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


def check_report_outputs(outputs: ReportOutputs) -> None:
    """Check fonts and libraries before the study, which takes seconds."""
    if outputs.needs_map_pictures:
        from yihui.planning.report.pdf import find_chinese_font

        find_chinese_font()
    if outputs.pdf is not None:
        from yihui.planning.report.pdf import check_weasyprint

        check_weasyprint()
