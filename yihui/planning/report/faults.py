"""What keeps a report from being made here."""

from core.faults import Fault

N_ = str  # marks a text for the message catalogue


class NoReport(Exception):
    """A library or a font that the report needs isn't on this machine."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.faults = (fault,)


def no_weasyprint(said: str) -> Fault:
    return Fault(
        N_("PDF files need WeasyPrint and the Pango libraries: {value}"),
        N_(
            "install yihui[report], and on Debian or Ubuntu apt-get install libpango-1.0-0 libpangoft2-1.0-0; --html and --xlsx need neither"
        ),
        field="--pdf",
        value=said,
    )


def no_chinese_font(families: str) -> Fault:
    return Fault(
        N_("no Chinese font was found for the pictures; looked for {value}"),
        N_("on Debian or Ubuntu: apt-get install fonts-noto-cjk; --xlsx and --json need no font"),
        value=families,
    )
