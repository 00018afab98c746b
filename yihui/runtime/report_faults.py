"""Faults that prevent a report from being written on this machine."""

from core.faults import Fault
from core.text_marks import N_


class ReportUnavailable(Exception):
    """A library or a font that the report needs is not installed on this machine."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.faults = (fault,)


def weasyprint_missing_fault(said: str) -> Fault:
    """Build the fault for a missing WeasyPrint or Pango; ``said`` is the import error."""
    return Fault(
        N_("PDF files need WeasyPrint and the Pango libraries: {value}"),
        N_(
            "install yihui[report], and on Debian or Ubuntu apt-get install libpango-1.0-0 libpangoft2-1.0-0; --html and --xlsx need neither"
        ),
        field="--pdf",
        value=said,
    )


def chinese_font_missing_fault(families: str) -> Fault:
    """Build the fault for a missing Chinese font; ``families`` lists the accepted ones."""
    return Fault(
        N_("no Chinese font was found for the pictures; looked for {value}"),
        N_("on Debian or Ubuntu: apt-get install fonts-noto-cjk; --xlsx and --json need no font"),
        value=families,
    )
