"""The figures of a ledger of years: where they are written, what they show together, and what follows from them."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from math import log

import numpy as np

from bench.long import FIGURES_FILE
from bench.years_rounds import EventCost, WhyTimes

FAR = 100_000_000  # the size that is extrapolated
GOAL_WHY_MS, GOAL_SLOWER = 50.0, 1 / 0.6  # of a rate of 0.6: docs/capacity.md says why it was lowered
_KEY, _OPENING = "years", "years, a month opened under load"


@dataclass(frozen=True, slots=True)
class YearsFigure:
    """Measurements at one size: costs are medians of the rounds, ratios those of each round to the empty database."""

    decisions: int
    months: int
    members: int
    new: EventCost  # imports of new members and their birthdays
    known: EventCost  # birthdays of members who were there
    empty_new: EventCost
    empty_known: EventCost
    slower_new: tuple[float, ...]  # of the processor
    slower_known: tuple[float, ...]
    why: WhyTimes  # of members at random
    again: WhyTimes  # of the same members once more
    cold: WhyTimes  # of others, after a restart with nothing in memory
    locks: int  # that one batch holds
    sizes: Mapping[str, int]  # bytes by table

    @property
    def is_good(self) -> bool:
        """Whether the goals are met: “why” is quick, and an event takes little longer than in an empty database."""
        slower = max(self.new_ratio, self.known_ratio)
        return self.why.p99_ms < GOAL_WHY_MS and slower <= GOAL_SLOWER

    @property
    def new_ratio(self) -> float:
        return self.new.processor_us / self.empty_new.processor_us

    @property
    def known_ratio(self) -> float:
        return self.known.processor_us / self.empty_known.processor_us

    def format_line(self) -> str:
        return (
            f"{self.decisions:,} decisions, {self.members:,} members, {self.months} months: an event of a new member"
            f" {self.new.processor_us:,.0f} µs, {self.new_ratio:.2f} × as in an empty database"
            f" ({', '.join(f'{one:.2f}' for one in self.slower_new)}); of one who was there"
            f" {self.known.processor_us:,.0f} µs, {self.known_ratio:.2f} ×"
            f" ({', '.join(f'{one:.2f}' for one in self.slower_known)}); why p50 {self.why.p50_ms:.1f} ms,"
            f" p99 {self.why.p99_ms:.1f} ms ({self.why.decisions:.1f} decisions each), again p99"
            f" {self.again.p99_ms:.1f} ms, cold p99 {self.cold.p99_ms:.1f} ms; {sum(self.sizes.values()) / 1e9:.1f} GB,"
            f" {sum(self.sizes.values()) / self.decisions:,.0f} bytes a decision; {self.locks} locks"
        )


def read_figures() -> dict[int, YearsFigure]:
    """Return what was measured before, by the size that was aimed at."""
    kept = _read_file().get(_KEY, {})
    return {int(size): _figure(values) for size, values in kept.items()}


def _figure(values: dict[str, object]) -> YearsFigure:
    costs = {name: EventCost(**values[name]) for name in ("new", "known", "empty_new", "empty_known")}  # type: ignore[arg-type]
    times = {name: WhyTimes(**values[name]) for name in ("why", "again", "cold")}  # type: ignore[arg-type]
    return YearsFigure(**{**values, **costs, **times})  # type: ignore[arg-type]


def write_figures(figures: Mapping[int, YearsFigure]) -> None:
    """Write the figures into the file of ``bench.long``."""
    _write_file(_KEY, {str(size): asdict(figure) for size, figure in figures.items()})


def write_opening(figures: Mapping[str, float]) -> None:
    """Write what it took to open a month under load."""
    _write_file(_OPENING, figures)


def _read_file() -> dict[str, dict[str, dict[str, object]]]:
    if not FIGURES_FILE.exists():
        return {}
    found: dict[str, dict[str, dict[str, object]]] = json.loads(FIGURES_FILE.read_text(encoding="utf-8"))
    return found


def _write_file(key: str, value: Mapping[str, object]) -> None:
    FIGURES_FILE.parent.mkdir(parents=True, exist_ok=True)
    FIGURES_FILE.write_text(json.dumps({**_read_file(), key: value}, indent=1) + "\n", encoding="utf-8")


_METRICS: Mapping[str, Callable[[YearsFigure], float]] = {
    "new member's event, on the clock, µs": lambda one: one.new.whole_us,
    "… of the processor, ours, µs": lambda one: one.new.own_us,
    "… of the processor, the server's, µs": lambda one: one.new.server_us,
    "… the server's in an empty database, µs": lambda one: one.empty_new.server_us,
    "… times an empty database's": lambda one: one.new_ratio,
    "known member's event, on the clock, µs": lambda one: one.known.whole_us,
    "… of the processor, ours, µs ": lambda one: one.known.own_us,
    "… of the processor, the server's, µs ": lambda one: one.known.server_us,
    "… the server's in an empty database, µs ": lambda one: one.empty_known.server_us,
    "… times an empty database's ": lambda one: one.known_ratio,
    "why, p50, ms": lambda one: one.why.p50_ms,
    "why, p99, ms": lambda one: one.why.p99_ms,
    "why, p99 with waits for a core, ms": lambda one: one.why.whole_p99_ms,
    "why once more, p99, ms": lambda one: one.again.p99_ms,
    "why after a cold start, p99, ms": lambda one: one.cold.p99_ms,
    "locks of a batch": lambda one: float(one.locks),
    "GB": lambda one: sum(one.sizes.values()) / 1e9,
}


@dataclass(frozen=True, slots=True)
class GrowthFit:
    """What a line over the size and one over its logarithm give at another size."""

    linear: float
    logarithmic: float


def fit_growth(sizes: list[int], values: list[float], at: int) -> GrowthFit:
    """Fit both lines by least squares.

    >>> fit_growth([1, 2, 4], [3.0, 5.0, 9.0], 10).linear
    21.0
    """
    return GrowthFit(*(_fit(scale, sizes, values, at) for scale in (float, log)))


def _fit(scale: Callable[[float], float], sizes: list[int], values: list[float], at: int) -> float:
    line = np.polynomial.Polynomial.fit([scale(size) for size in sizes], values, 1)
    return round(float(line(scale(at))), 3)


def render_growth(figures: Mapping[int, YearsFigure]) -> Iterator[str]:
    """Yield a table of the growth, with what follows for 100 million decisions; then the sizes of tables."""
    ordered = [figures[size] for size in sorted(figures)]
    sizes = [one.decisions for one in ordered]
    yield (
        f"{'decisions':40}"
        + "".join(f"{size / 1e6:>10.2f} M" for size in sizes)
        + f"{FAR / 1e6:>10.0f} M, by the size or by its logarithm"
    )
    for name, metric in _METRICS.items():
        values = [metric(one) for one in ordered]
        line = f"{name:40}" + "".join(f"{value:>12.2f}" for value in values)
        if len(sizes) > 2:
            fit = fit_growth(sizes, values, FAR)
            line += f"{fit.linear:>12.2f} or {fit.logarithmic:.2f}"
        yield line
    last = ordered[-1]
    for table, size in sorted(last.sizes.items(), key=lambda one: -one[1])[:16]:
        yield f"{table:40}{size / 1e9:>10.2f} GB{size / last.decisions:>10.0f} bytes a decision"
