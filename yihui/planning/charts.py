"""The charts of answers and reports: the week as a heat map, bars and lines; and one A4 sheet of an answer as an SVG."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup, escape
from numpy import fmax, isfinite

from core.text_marks import N_
from geo.coverage.floating import lorenz_percentiles
from geo.geodesy import Floats
from maps.classes import YELLOW_TO_BLUE, ColourClasses
from yihui.planning.answer_texts import ShownChart
from yihui.planning.study.study import Study
from yihui.planning.text import demand_size, distance_text, format_share, hour_of_week_text, weekday_name
from yihui.runtime.language import Language
from yihui.views.charts import empty_chart, render_bar_chart, render_line_chart

_WIDTH, _LEFT, _TOP, _SIDE, _HIGH = 660, 52, 20, 25, 26
_STEPS = (1, 2, 5)
_DARK = frozenset(YELLOW_TO_BLUE[2:])  # colours on which figures are white


def heat_classes(share: Floats) -> ColourClasses:
    """Return five classes of equal, round width from 0 to above the largest share."""
    largest = max(float(fmax.reduce(share, initial=0.0)), 0.0005)  # leaves out unknown hours
    power = 1e-4
    while True:
        for step in _STEPS:
            if step * power * len(YELLOW_TO_BLUE) >= largest:
                return ColourClasses(
                    tuple(round(n * step * power, 6) for n in range(len(YELLOW_TO_BLUE) + 1))
                )
        power *= 10


def render_heat_map(share: Floats, title: str, language: Language) -> Markup:
    """Render seven days by 24 hours as SVG, with the per cent of each hour.

    NaN is an hour that is not known: it has no colour and a question mark. *Shape*: (168,).
    """
    classes = heat_classes(share)
    parts = [_text(f"{hour:02d}", _LEFT + (hour + 0.5) * _SIDE, _TOP - 6) for hour in range(24)]
    for day in range(7):
        y = _TOP + day * _HIGH
        parts.append(_text(weekday_name(day, language), _LEFT - 8, y + _HIGH / 2 + 4, "end"))
        for hour in range(24):
            told = f"<title>{escape(hour_of_week_text(24 * day + hour, language))} {format_share(float(share[24 * day + hour]))}</title>"
            cell = _cell(float(share[day * 24 + hour]), classes, _LEFT + hour * _SIDE, y)
            parts += [f'<g data-hour="{24 * day + hour}">{told}', *cell, "</g>"]
    height = _TOP + 7 * _HIGH + 4
    head = f'<svg class="heat" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">'
    return Markup(head + "".join(parts) + "</svg>")  # all text in it is escaped


def _cell(share: float, classes: ColourClasses, x: float, y: float) -> list[str]:
    if not isfinite(share):
        return [
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{_SIDE - 1}" height="{_HIGH - 1}" fill="none" stroke="#8a949e" '
            'stroke-width="0.5" stroke-dasharray="2 2"/>',
            _text("?", x + _SIDE / 2 - 0.5, y + _HIGH / 2 + 3.5),
        ]
    colour = classes.colour(share)
    ink = "in dark" if colour in _DARK else "in"
    return [
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{_SIDE - 1}" height="{_HIGH - 1}" fill="{colour}"/>',
        f'<text class="{ink}" x="{x + _SIDE / 2 - 0.5:.1f}" y="{y + _HIGH / 2 + 3.5:.1f}" '
        f'text-anchor="middle">{100 * share:.0f}</text>',
    ]


def render_answer_chart(chart: ShownChart, language: Language) -> Markup:
    """Render the chart of an answer as its job has stored it."""
    values: Any = chart["values"]
    match chart["kind"]:
        case "heat":
            return render_heat_map(np.array(values, dtype=float), chart["title"], language)
        case "bars":
            sizes = [(name, [round(demand_size(one, chart["of"])) for one in both]) for name, *both in values]
            return render_bar_chart(
                [(str(name), a, b) for name, (a, b) in sizes], chart["title"], language.code
            )
        case "curve":
            return render_gain_curve_chart(values, chart["of"], chart["title"], language)
        case _:
            return render_lorenz_chart(np.array(values), chart["title"], language)


def class_legend_entries(classes: ColourClasses) -> list[tuple[str, str]]:
    """Return the colour and the breaks of each class."""
    return [(colour, f"{format_share(low)} – {format_share(high)}") for colour, low, high in classes.bands()]


def render_day_chart(study: Study, title: str, language: Language) -> Markup:
    """Render the demand served at each hour of the day, as mean of the week, or why there is none."""
    if not study.hours.clock_share.any():
        return empty_chart(N_("At no hour of the week is a place open within reach of anybody."), language)
    served = study.hours.served.reshape(-1, 24).mean(axis=0)
    sizes = [round(demand_size(float(value), study.demand.unit)) for value in served]
    points = [(f"{hour:02d}:00", size) for hour, size in enumerate(sizes)]
    return render_line_chart(points, title, language.code)


def render_distance_chart(study: Study, title: str, language: Language) -> Markup:
    """Render the demand by distance to the nearest open place, at night beside by day."""
    unit = study.demand.unit
    both = zip(study.night.distances, study.now.distances, strict=True)
    groups = []
    for night, day in both:  # an axis has room for the upper end alone
        end = distance_text(day.to_m, language).replace("公里", "km").replace("米", "m")
        by_night, by_day = (round(demand_size(one.demand, unit)) for one in (night, day))
        groups.append((end if isfinite(day.to_m) else "100+", by_night, by_day))
    return render_bar_chart(groups, title, language.code)


def render_gain_curve_chart(
    points: Sequence[tuple[int, float]], unit: str, title: str, language: Language
) -> Markup:
    """Render the total demand that each number of new sites newly serves, or why there is none."""
    if not any(gained > 0 for _, gained in points):
        return empty_chart(N_("No further place would serve anybody who is not served yet."), language)
    return render_line_chart(
        [(str(sites), round(demand_size(gained, unit))) for sites, gained in points], title, language.code
    )


def render_lorenz_chart(curve: Floats, title: str, language: Language) -> Markup:
    """Render the Lorenz curve below the line of equal shares, or why there is none."""
    if not isfinite(curve).all() or not len(curve):
        return empty_chart(
            N_("No place is open within reach of anybody: there is nothing to share."), language
        )
    side, left, top = 190, 40, 10
    places = [(left + x * side, top + (1 - y) * side) for x, y in lorenz_percentiles(curve)]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    parts = [
        f'<path class="grid" d="M{left} {top}V{top + side}H{left + side}" fill="none"/>',
        f'<path class="present line" d="M{left} {top + side}L{left + side} {top}" stroke-dasharray="4 4"/>',
        f'<path class="proposed line" d="{path}"/>',
        *(_text(f"{n}%", left + n / 100 * side, top + side + 16) for n in (0, 50, 100)),
        *(_text(f"{n}%", left - 6, top + (1 - n / 100) * side + 4, "end") for n in (50, 100)),
    ]
    head = f'<svg class="lorenz" viewBox="0 0 {left + side + 20} {top + side + 24}" role="img" aria-label="{escape(title)}">'
    # the only variable text in it is the title, which is escaped
    return Markup(head + "".join(parts) + "</svg>")


def _text(text: str, x: float, y: float, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


_CLASS = re.compile(r'class="([^"]*)"')
WIDTH, HEIGHT, _EDGE = 840, 1188, 40
_ROWS = 5
_WIDEST = 19  # Chinese characters of a column
_LARGE, _SMALL, _TABLE, _TABLE_END = 14, 8, 985, 1135
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
    """Render the sheet. ``picture`` is the SVG of the map."""
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
    if chart := result.get("chart"):
        svg = _CLASS.sub(lambda one: _LOOKS.get(one[1], ""), render_answer_chart(chart, language))
        if svg.startswith("<svg"):
            parts += [
                *_texts([chart["title"]], 730 - higher, 15, "700"),
                f'<g font-size="12" fill="{_SOFT}">{_placed(svg, _EDGE, 742 - higher, WIDTH - 2 * _EDGE, 215)}</g>',
            ]
    parts += _draw_rows(rows, _TABLE - higher)
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
