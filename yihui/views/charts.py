"""Draw charts: small SVGs coloured by the page, with all text escaped."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from core.text_marks import N_
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from benefits import RunRate

WIDTH, HEIGHT = 400, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 10, 12, 26
_GAPS = 4  # grid lines above the base line


@dataclass(frozen=True, slots=True)
class UsageCurve:
    """Cumulative use by the end of each day. ``kind`` is the line's CSS class, ``ends`` the day it ran out."""

    kind: str  # present, proposed
    points: tuple[tuple[date, int], ...]
    ends: date | None = None


@dataclass(frozen=True, slots=True)
class AxisScale:
    """A vertical axis with round steps."""

    top: int
    step: int

    def y(self, value: float) -> float:
        """Return the vertical position of a value."""
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / self.top


def build_axis_scale(largest: int) -> AxisScale:
    """Return an axis that holds a value, in steps of 1, 2 or 5 times a power of ten."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if step * factor * _GAPS >= largest:
                size = step * factor
                return AxisScale(size * max(1, -(-largest // size)), size)
        step *= 10


def format_short_number(value: int, language: str) -> str:
    """Format a number for an axis: 12万 in Chinese, 120k in English."""
    units = (
        ((10**8, "亿"), (10**4, "万")) if language == "zh" else ((10**9, "bn"), (10**6, "m"), (10**3, "k"))
    )
    for size, name in units:
        if value >= size:
            return f"{value / size:.4g}{name}"
    return f"{value:,}"


def short_label(title: str) -> str:
    """Return a title as it fits below a bar."""
    return title if len(title) <= 7 else title[:6] + "…"


def empty_chart(reason: str, language: Language) -> Markup:
    """Return the reason why there is nothing to draw, in place of a chart."""
    return Markup('<p class="empty">{}</p>').format(language.translate(reason))


def render_bar_chart(groups: Sequence[tuple[str, int, int]], title: str, language: str) -> Markup:
    """Draw two bars for each label: in force, and with the draft."""
    scale = build_axis_scale(max((max(a, b) for _, a, b in groups), default=0) or 1)
    width = (WIDTH - _LEFT - _RIGHT) / max(1, len(groups))
    every = -(-len(groups) * 62 // (WIDTH - _LEFT - _RIGHT))  # labels that would overlap are omitted
    parts = [*_grid(scale, language)]
    for index, (label, present, proposed) in enumerate(groups):
        left, bar = _LEFT + index * width, min(26.0, width * 0.36)
        middle = left + width / 2
        for kind, value, x in (("present", present, middle - bar - 1), ("proposed", proposed, middle + 1)):
            y = scale.y(value)
            parts.append(
                f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{bar:.1f}" height="{scale.y(0) - y:.1f}"/>'
            )
        if index % every == 0:
            parts.append(_label(label, middle, HEIGHT - 8))
    return _svg(parts, title)


def render_usage_chart(lines: Sequence[UsageCurve], ceiling: int | None, title: str, language: str) -> Markup:
    """Draw cumulative use over the days, the ceiling, and the days on which it ran out."""
    days = [day for line in lines for day, _ in line.points] + [line.ends for line in lines if line.ends]
    if not days:
        return Markup("")
    first, last = min(days), max(days)
    largest = max([ceiling or 0, *(value for line in lines for _, value in line.points)])
    scale = build_axis_scale(largest or 1)
    span = max(1, (last - first).days)

    def x(day: date) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * (day - first).days / span

    parts = [*_grid(scale, language)]
    if ceiling is not None:
        parts.append(_line("ceiling", _LEFT, scale.y(ceiling), WIDTH - _RIGHT, scale.y(ceiling)))
    for line in lines:
        parts.append(_steps(line, x, scale, last))
        if line.ends is not None:
            at = x(line.ends)
            parts.append(_line(f"end {line.kind}", at, _TOP, at, scale.y(0)))
    parts.append(_label(first.isoformat(), _LEFT, HEIGHT - 8, "start"))
    if last > first:
        parts.append(_label(last.isoformat(), WIDTH - _RIGHT, HEIGHT - 8, "end"))
    return _svg(parts, title)


def render_budget_chart(rate: "RunRate", title: str, language: Language) -> Markup:
    """Draw what was in use of a budget at the end of each day, its amount, and the day on which it will be empty."""
    points = tuple((day, fen // 100) for day, fen in rate.curve)
    if not points:
        return empty_chart(N_("Nothing was ever promised out of this budget."), language)
    ceiling = None if rate.ceiling_fen is None else rate.ceiling_fen // 100
    return render_usage_chart([UsageCurve("proposed", points, rate.empty_on)], ceiling, title, language.code)


def render_line_chart(points: Sequence[tuple[str, int]], title: str, language: str) -> Markup:
    """Draw a line through the values at the labels."""
    scale = build_axis_scale(max((value for _, value in points), default=0) or 1)
    width = (WIDTH - _LEFT - _RIGHT) / max(1, len(points))
    longest = 16 + 10 * max((len(label) for label, _ in points), default=0)  # units of a label and its room
    every = -(-len(points) * longest // (WIDTH - _LEFT - _RIGHT))
    places = [(_LEFT + (n + 0.5) * width, scale.y(value)) for n, (_, value) in enumerate(points)]
    parts = [*_grid(scale, language)]
    parts += [_line("proposed line", *a, *b) for a, b in pairwise(places)]
    for index, ((label, _), (x, y)) in enumerate(zip(points, places, strict=True)):
        parts.append(f'<circle class="proposed" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
        if index % every == 0:
            parts.append(_label(label, x, HEIGHT - 8))
    return _svg(parts, title)


def _steps(line: UsageCurve, x: Callable[[date], float], scale: AxisScale, last: date) -> str:
    """Return a path that rises on each day of use and stays level in between."""
    if not line.points:
        return ""
    day, value = line.points[0]
    path = [f"M{x(day):.1f} {scale.y(0):.1f}V{scale.y(value):.1f}"]
    path += [f"H{x(day):.1f}V{scale.y(value):.1f}" for day, value in line.points[1:]]
    path.append(f"H{x(last):.1f}")
    return f'<path class="{line.kind} line" d="{"".join(path)}"/>'


def _grid(scale: AxisScale, language: str) -> Iterator[str]:
    for value in range(0, scale.top + 1, scale.step):
        y = scale.y(value)
        yield _line("grid", _LEFT, y, WIDTH - _RIGHT, y)
        yield _label(format_short_number(value, language), _LEFT - 6, y + 4, "end")


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _label(text: str, x: float, y: float, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(parts: Sequence[str], title: str) -> Markup:
    head = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
    return Markup(head + "".join(parts) + "</svg>")  # all text in it passed through escape()
