"""The charts of answers and reports: the week as a heat map, bars and lines."""

from collections.abc import Sequence
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


def draw_chart(chart: ShownChart, language: Language) -> dict[str, Any]:
    """Return the chart of an answer, as its job has stored it, with its SVG."""
    values: Any = chart["values"]
    title, unit = chart["title"], chart["of"]
    match chart["kind"]:
        case "heat":
            svg = render_heat_map(np.array(values, dtype=float), title, language)
        case "bars":
            sizes = [
                (str(name), round(demand_size(before, unit)), round(demand_size(after, unit)))
                for name, before, after in values
            ]
            svg = render_bar_chart(sizes, title, language.code)
        case "curve":
            svg = render_gain_curve_chart(values, unit, title, language)
        case _:
            svg = render_lorenz_chart(np.array(values), title, language)
    return {**chart, "svg": svg}


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
