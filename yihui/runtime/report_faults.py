"""Faults that prevent a report from being written on this machine."""

from core.faults import FaultError, FaultTable
from core.text_marks import N_

REPORT_FAULTS = FaultTable(
    "report_tools",
    {
        "no_weasyprint": (
            N_("PDF files need WeasyPrint and the Pango libraries: {value}"),
            N_(
                "install yihui[report], and on Debian or Ubuntu apt-get install libpango-1.0-0 libpangoft2-1.0-0; --html and --xlsx need neither"
            ),
        ),
        "no_chinese_font": (
            N_("no Chinese font was found for the pictures; looked for {value}"),
            N_("on Debian or Ubuntu: apt-get install fonts-noto-cjk; --xlsx and --json need no font"),
        ),
    },
)


class ReportUnavailable(FaultError):
    """A library or a font that the report needs is not installed on this machine."""
