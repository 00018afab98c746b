"""Render the coverage report as PDF on A4 by WeasyPrint (extra ``report``); find a font for its pictures."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import ModuleType

from core.faults import FaultError, FaultTable
from core.text_marks import N_

REPORT_FAULTS = FaultTable(
    "report_tools",
    {
        "no_weasyprint": (
            N_("PDF files need WeasyPrint and the Pango libraries: {value}"),
            N_(
                "install yihui[report], and on Debian or Ubuntu apt-get install libpango-1.0-0 libpangoft2-1.0-0; {option_html} and {option_xlsx} need neither"
            ),
        ),
        "no_chinese_font": (
            N_("no Chinese font was found for the pictures; looked for {value}"),
            N_(
                "on Debian or Ubuntu: apt-get install fonts-noto-cjk; {option_xlsx} and {option_json} need no font"
            ),
        ),
    },
)
# WeasyPrint does not apply the page's style to inline SVG, so each SVG gets its print colours inside.
_STYLE = (
    "<style>"
    "text{fill:#333;font-size:11.5px;font-family:'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif}"
    "text.in{font-size:9.5px}"
    ".grid{stroke:#bbb;stroke-width:1}rect.present{fill:#888}rect.proposed,circle.proposed{fill:#0b57a4}"
    ".line{fill:none;stroke-width:2;stroke:#0b57a4}.present.line{stroke:#888}"
    "</style>"
)
# Files and the faces in them, in order of preference: fonts of Linux first, then those of macOS and Windows.
CHINESE_FONTS = (
    ("NotoSansCJK-Regular.ttc", 2),
    *((f"{name}-Regular.otf", 0) for name in ("NotoSansSC", "SourceHanSansSC", "SourceHanSansCN")),
    *((name, 0) for name in ("wqy-microhei.ttc", "wqy-zenhei.ttc", "PingFang.ttc", "Hiragino Sans GB.ttc")),
    *((name, 0) for name in ("msyh.ttc", "simhei.ttf")),
)


class ReportUnavailable(FaultError):
    """A library or a font that the report needs is not installed on this machine."""


def render_report_pdf(page: str, made_id: bytes = b"yihui") -> bytes:
    """Render the page as PDF. WeasyPrint fetches nothing: the page contains everything.

    *Raises*: ReportUnavailable if WeasyPrint or Pango is missing.
    """
    weasyprint = _weasyprint()
    inside = page.replace('role="img"', 'role="img" xmlns="http://www.w3.org/2000/svg"')
    styled = _with_style(inside)
    only_inside = weasyprint.urls.URLFetcher(allowed_protocols=("data",))
    document = weasyprint.HTML(string=styled, url_fetcher=only_inside)
    with _quiet():
        content: bytes = document.write_pdf(pdf_identifier=made_id)
    return content


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence WeasyPrint, which warns of every CSS rule that is only for screens."""
    logger = logging.getLogger("weasyprint")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def check_weasyprint() -> None:
    """Check that WeasyPrint can be used.

    *Raises*: ReportUnavailable if WeasyPrint or Pango is missing.
    """
    _weasyprint()


def _with_style(page: str) -> str:
    """Insert the style after the opening tag of each picture."""
    head, *rest = page.split("<svg ")
    styled = [head]
    for part in rest:
        tag, _, inner = part.partition(">")
        styled.append(f"<svg {tag}>{_STYLE}{inner}")
    return "".join(styled)


def _weasyprint() -> ModuleType:
    try:
        import weasyprint
    except (ImportError, OSError) as error:  # OSError: Pango's libraries are missing
        missing = str(error).splitlines()[0]
        raise ReportUnavailable(REPORT_FAULTS.build("no_weasyprint", field="--pdf", value=missing)) from error
    module: ModuleType = weasyprint
    return module


def find_chinese_font(fonts: Sequence[tuple[str, int]] = CHINESE_FONTS) -> tuple[str, int]:
    """Return the file of the preferred font among the installed ones, and the face in it.

    *Raises*: ReportUnavailable if none is installed, because names would be drawn as empty boxes.
    """
    from PIL import ImageFont

    for file, face in fonts:
        with suppress(OSError):
            return str(ImageFont.truetype(file, index=face).path), face
    files = "、".join(file for file, _ in fonts)
    raise ReportUnavailable(REPORT_FAULTS.build("no_chinese_font", value=files))
