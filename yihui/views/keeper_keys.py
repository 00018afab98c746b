"""Render a keeper's key for printing on A6: the station's name, the key's purpose, and a QR code."""

import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from core.civil_time import format_civil_instant
from core.text_marks import N_
from geo.registry import KeeperKey
from yihui.runtime.language import Language

WIDTH_MM, HEIGHT_MM = 105.0, 148.0
_MARGIN_MM, _CODE_MM, _CODE_TOP_MM = 10.0, 72.0, 46.0
_DPI = 300
_MM_PER_POINT = 25.4 / 72
# As on the web pages; the printing program takes the first font that it has.
_FONTS = "'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif"


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of text. *Units*: mm from the top to the baseline, and in height."""

    text: str
    foot_mm: float
    size_mm: float
    bold: bool = False


@dataclass(frozen=True, slots=True)
class KeyPrintout:
    """A key to print; ``key`` is also printed as text below the code, for phones without a camera."""

    name: str
    link: str
    key: str
    purpose: str
    warning: str

    @classmethod
    def build(cls, name: str, link: str, key: str, language: Language) -> "KeyPrintout":
        """Build the printout with its texts in the reader's language."""
        return cls(
            name,
            link,
            key,
            language.translate(
                N_("For the keeper: scan, and tell riders when it is closed, what is broken, how it is.")
            ),
            language.translate(
                N_(
                    "Whoever has this sheet speaks for the station. Don't hang it where the public can scan it."
                )
            ),
        )

    def render_svg(self) -> str:
        """Render the printout as SVG."""
        texts = "".join(
            f'<text x="{WIDTH_MM / 2}" y="{line.foot_mm:g}" font-size="{line.size_mm:g}"'
            f"{' font-weight=' + chr(34) + 'bold' + chr(34) if line.bold else ''}>{escape(line.text)}</text>"
            for line in self._lines()
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_MM:g}mm" height="{HEIGHT_MM:g}mm" '
            f'viewBox="0 0 {WIDTH_MM:g} {HEIGHT_MM:g}"><rect width="100%" height="100%" fill="#fff"/>'
            f'<path d="{self._path()}" fill="#000"/>'
            f'<g font-family="{_FONTS}" text-anchor="middle" fill="#000">{texts}</g></svg>\n'
        )

    def render_png(self) -> bytes:
        """Render the printout as PNG. *Raises*: NoReport if no Chinese font is installed."""
        from matplotlib import rc_context
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.patches import Rectangle

        from yihui.planning.report.pdf import find_chinese_font

        with rc_context({"font.family": find_chinese_font(), "text.parse_math": False}):
            figure = Figure(figsize=(WIDTH_MM / 25.4, HEIGHT_MM / 25.4), dpi=_DPI, facecolor="white")
            canvas: Any = FigureCanvasAgg(figure)
            axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH_MM), ylim=(HEIGHT_MM, 0))
            axes.set_axis_off()
            for x, y, width, height in self._bars():
                axes.add_patch(
                    Rectangle((x, y), width, height, color="black", linewidth=0, antialiased=False)
                )
            for line in self._lines():
                axes.text(
                    WIDTH_MM / 2, line.foot_mm, line.text, ha="center", va="baseline",
                    fontsize=line.size_mm / _MM_PER_POINT, fontweight="bold" if line.bold else "normal",
                )  # fmt: skip
            out = io.BytesIO()
            canvas.print_png(out)
        return out.getvalue()

    def _lines(self) -> list[_Line]:
        lines = _set(self.name, 14.0, 7.0, bold=True, most=2)
        lines += _set(self.purpose, 32.0, 4.2, most=3)
        foot = _CODE_TOP_MM + _CODE_MM
        lines += _set(key_in_fours(self.key), foot + 5.0, 3.6)
        lines += _set(self.link.partition("#")[0], foot + 10.5, 3.6)
        return lines + _set(self.warning, foot + 17.0, 3.4, most=3)

    def _bars(self) -> Iterator[tuple[float, float, float, float]]:
        """The dark modules, row by row, as x, y, width, height. *Units*: mm."""
        import segno

        rows = segno.make(self.link, error="m", micro=False).matrix
        quiet = 4  # modules of white border, which readers need to find the code (ISO/IEC 18004)
        module = _CODE_MM / (len(rows) + 2 * quiet)
        left = (WIDTH_MM - _CODE_MM) / 2 + quiet * module
        top = _CODE_TOP_MM + quiet * module
        for y, row in enumerate(rows):
            for start, length in _runs(row):
                yield left + start * module, top + y * module, length * module, module

    def _path(self) -> str:
        return "".join(f"M{x:.3f} {y:.3f}h{w:.3f}v{h:.3f}h-{w:.3f}z" for x, y, w, h in self._bars())


def key_in_fours(key: str) -> str:
    """Split the secret of a key into groups of four characters for typing; blanks don't matter."""
    id, _, secret = key.partition("-")
    return " ".join([id, *(secret[start : start + 4] for start in range(0, len(secret), 4))])


def _runs(row: bytes | bytearray) -> Iterator[tuple[int, int]]:
    """Yield the start and the length of each run of dark modules."""
    start = None
    for x, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            yield start, x - start
            start = None


def _set(text: str, foot_mm: float, size_mm: float, *, bold: bool = False, most: int = 1) -> list[_Line]:
    """Lay out the text in at most ``most`` lines; the size shrinks until it fits."""
    room_mm = WIDTH_MM - 2 * _MARGIN_MM
    while True:
        found = _broken(text, room_mm / size_mm)
        if len(found) <= most or size_mm < 1:
            break
        size_mm *= 0.92
    return [_Line(part, foot_mm + n * size_mm * 1.3, size_mm, bold) for n, part in enumerate(found)]


def _broken(text: str, room: float) -> list[str]:
    """Break a text into lines of at most ``room`` ems: between Chinese characters, else at blanks if possible."""
    lines, line, width = [], "", 0.0
    for character in text:
        size = 1.0 if unicodedata.east_asian_width(character) in "WF" else 0.58
        if width + size > room:
            head, blank, tail = line.rpartition(" ")
            lines.append(head if blank else line)
            line = tail if blank else ""
            width = sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.58 for c in line)
        line += character
        width += size
    return [*lines, line]


def keeper_key_json(key: KeeperKey) -> dict[str, object]:
    """Return a key without its secret as JSON data."""
    return {
        "id": key.id,
        "station": key.station,
        "created_at": format_civil_instant(key.created_at),
        "revoked_at": format_civil_instant(key.revoked_at) if key.revoked_at else None,
    }


def keeper_key_line(key: KeeperKey, language: Language) -> str:
    """Return a line with the key's name, its station, and when it was issued and revoked."""
    revoked = key.revoked_at
    ended = language.render(N_("revoked {time}"), time=format_civil_instant(revoked)) if revoked else ""
    return "  ".join(filter(None, (key.id, key.station, format_civil_instant(key.created_at), ended)))
