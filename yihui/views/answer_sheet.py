"""One A4 sheet of an answer as an SVG: its question, three figures, map, chart, first rows, and what it can't say."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import escape

from core.text_marks import N_
from yihui.runtime.language import Language

_CLASS = re.compile(r'class="([^"]*)"')
WIDTH, HEIGHT, _EDGE = 840, 1188, 40
_ROWS = 5
_WIDEST = 19  # Chinese characters of a column
_LARGE, _SMALL, _TABLE, _TABLE_END = 14, 8, 975, 1125
_LINE = 46  # Chinese characters of one line at 16 units
_FONTS = "Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"
_TEXT, _SOFT = "#161c22", "#4b5660"
# Each class of a chart as attributes: no page and not every viewer lets an SVG have a style sheet.
_LOOKS = {
    "in": f'font-size="9.5" fill="{_TEXT}"',
    "in dark": 'font-size="9.5" fill="#fff"',
    "grid": 'stroke="#c4cbd1" stroke-width="0.6"',
    "present": 'fill="#c4cbd1"',
    "proposed": 'fill="#0b57a4"',
    "present line": 'stroke="#8a949d" stroke-width="2.2" fill="none"',
    "proposed line": 'stroke="#0b57a4" stroke-width="2.2" fill="none"',
}


def render_sheet(
    title: str, question: str, picture: str, result: Mapping[str, Any], language: Language
) -> str:
    """Render the sheet of an answer's texts; ``picture`` is the SVG of the map, and its chart has one, too."""
    limits = language.join_clauses(result["limits"])
    headline = _wrap(result["headline"]) if result.get("headline") else []
    rows = [*_layout_rows(result["tables"][0])] if result["tables"] else []
    lower, higher = 24 * len(headline), max(0, _TABLE + sum(high for _, high, _ in rows) - _TABLE_END)
    parts = [
        *_texts([title], 40, 24, "700"),
        *_texts(_wrap(question), 74, 16),
        *_texts(headline, 122, 16, "700"),
        *_figures(result["figures"], 122 + lower),
        _placed(picture, _EDGE, 200 + lower, WIDTH - 2 * _EDGE, 500 - lower - higher),
    ]
    if (chart := result.get("chart")) and chart["svg"].startswith("<svg"):
        svg = _CLASS.sub(lambda one: _LOOKS.get(one[1], ""), chart["svg"])
        parts += [
            *_texts([chart["title"]], 730 - higher, 15, "700"),
            f'<g font-size="12" fill="{_SOFT}">{_placed(svg, _EDGE, 742 - higher, WIDTH - 2 * _EDGE, 215)}</g>',
        ]
    parts += _draw_rows(rows, _TABLE - higher)
    if rows and (count := len(result["tables"][0]["rows"])) > _ROWS:
        told = language.render(N_("{shown} of {count} rows"), shown=_ROWS, count=count)
        parts += _texts([told], _TABLE_END - 6, 12, "400", _SOFT)
    if limits:
        told = language.render(N_("What can't be said here: {limits}"), limits=limits)
        parts += _texts(_wrap(told, 54), 1140, 13, "400", _SOFT)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="{_FONTS}">'
    return f'{head}<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>{"".join(parts)}</svg>'


def _placed(svg: str, x: int, y: int, width: int, height: int) -> str:
    return f'<svg x="{x}" y="{y}" width="{width}" height="{height}"{svg.removeprefix("<svg")}'


def _measure(text: str) -> float:
    """Return the width of a text: a Latin character takes half of a Chinese one."""
    return sum(0.55 if one.isascii() else 1 for one in text)


def _wrap(text: str, most: float = _LINE) -> list[str]:
    """Cut a text into lines by the width of its characters."""
    lines, width = [""], 0.0
    for one in text:
        width += _measure(one)
        if width > most:
            lines, width = [*lines, ""], 1.0
        lines[-1] += one
    return lines


def _texts(
    lines: Sequence[str], y: int, size: int, weight: str = "400", ink: str = _TEXT, x: int = _EDGE
) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield f'<text x="{x}" y="{y + number * size * 1.4:.0f}" font-size="{size}" font-weight="{weight}" fill="{ink}">{escape(line)}</text>'


def _figures(figures: Sequence[Sequence[str]], y: int) -> Iterator[str]:
    """Yield the figures beside each other; a long value is written smaller."""
    step = (WIDTH - 2 * _EDGE) // 3
    for number, (title, value, beside) in enumerate(figures):
        x = _EDGE + number * step
        size = min(26, int((step - 10) / max(_measure(value), 1)))
        yield from _texts([title], y, 14, "400", _SOFT, x)
        yield from _texts([value], y + 30, size, "700", x=x)
        yield from _texts(_wrap(beside, 17)[:2], y + 52, 13, "400", _SOFT, x)


_Cells = Sequence[tuple[int, Sequence[str]]]


def _layout_rows(table: Mapping[str, Any]) -> Iterator[tuple[int, int, _Cells]]:
    """Yield the head and the first rows, each as the size of its letters, its height, and its cells' lines by their left edge.

    The columns share the width by their longest texts, and each text is wrapped in its own.
    """
    rows = [table["columns"], *table["rows"][:_ROWS]]
    ems = [min(max(map(_measure, column)), _WIDEST) + 1 for column in zip(*rows, strict=True)]
    per_em = (WIDTH - 2 * _EDGE) / sum(ems)
    size = round(max(min(_LARGE, per_em), _SMALL))
    for row in rows:
        cells = [_wrap(text, em * per_em / size - 1) for text, em in zip(row, ems, strict=True)]
        edges = [round(_EDGE + sum(ems[:column]) * per_em) for column in range(len(ems))]
        yield size, round(max(map(len, cells)) * size * 1.4) + 4, [*zip(edges, cells, strict=True)]


def _draw_rows(rows: Sequence[tuple[int, int, _Cells]], y: int) -> Iterator[str]:
    """Yield the rows of a table below each other, its head first."""
    for number, (size, high, cells) in enumerate(rows):
        for x, lines in cells:
            yield from _texts(lines, y, size, "400" if number else "700", x=x)
        y += high
