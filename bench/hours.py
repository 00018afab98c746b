"""Benchmark the opening states of 190,000 stations."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from statistics import median
from time import perf_counter

import numpy as np

from bench.measurement import Measurement
from geo.calendars import Calendar
from geo.hours import Schedules

STATIONS = 190_000  # 186,100 nationwide at the end of 2024
DISTINCT_TEXTS = 2_000
OPENINGS_PER_CALL = 5
START = datetime(2026, 3, 2, 2, tzinfo=UTC)  # a Monday, 10:00


def measure() -> Iterator[Measurement]:
    """Measure the states of all stations at an instant (warm, and on a new date), and openings of five."""
    schedules = _schedules()
    cold_ms = _ms(lambda: schedules.states(schedules.ids, START))
    yield _new_date(schedules, cold_ms)
    yield _warm(schedules)
    yield _openings(schedules)


def _warm(schedules: Schedules) -> Measurement:
    value = median(_ms(lambda: schedules.states(schedules.ids, START)) for _ in range(51))
    return _goal(
        "locator.hours", value, "ms", "<=", 5.0,
        f"states of {STATIONS} stations with {len(schedules)} distinct hours at one instant",
    )  # fmt: skip


def _new_date(schedules: Schedules, cold_ms: float) -> Measurement:
    instants = [START + timedelta(days=n) for n in range(1, 61)]
    taken = [_ms(lambda at=at: schedules.states(schedules.ids, at)) for at in instants]  # type: ignore[misc]
    return _goal(
        "locator.hours_new_date", median(taken[7:]), "ms", "<=", 100.0,
        f"the same, the first instant of a date; most {max(taken):.0f} ms, the very first {cold_ms:.0f} ms",
    )  # fmt: skip


def _openings(schedules: Schedules) -> Measurement:
    ids = _samples(len(schedules))
    for n in range(len(schedules)):
        schedules.opening(n, START)
    taken = [
        _ms(lambda: [schedules.opening(next(ids), START) for _ in range(OPENINGS_PER_CALL)])
        for _ in range(401)
    ]
    return _goal(
        "locator.hours_openings", median(taken) * 1000, "µs", "<=", 100.0,
        f"state, next change, next opening or closing of {OPENINGS_PER_CALL} stations; p95 {_p95(taken) * 1000:.0f} µs",
    )  # fmt: skip


def _schedules() -> Schedules:
    """Build hours as registers have them: most weekly, some by the work-day calendar, some never closed."""
    rng = np.random.default_rng(4)
    forms = (
        "周一至周五{0}-{1}", "周一至周日{0}-{1}", "{0}-{1}，周一闭馆", "工作日 {0}-{1}",
        "周一至周五{0}-12:00 13:30-{1}，节假日除外", "周一至周日{0}-{1}（16:30停止入场）", "24小时", "",
    )  # fmt: skip
    texts = [
        forms[n % len(forms)].format(
            f"{rng.integers(6, 10)}:{rng.integers(60):02d}", f"{17 + n % 6}:{n % 60:02d}"
        )
        for n in range(DISTINCT_TEXTS)
    ]
    chosen = rng.choice(DISTINCT_TEXTS, STATIONS)
    return Schedules.compile([(texts[n], Calendar.CN) for n in chosen.tolist()])


def _samples(n: int) -> Iterator[int]:
    return (7 * number % n for number in count())


def _goal(name: str, value: float, unit: str, op: str, goal: float, detail: str) -> Measurement:
    holds = value <= goal if op == "<=" else value >= goal
    return Measurement(name, value, unit, None, "<=" if op == "<=" else ">=", goal, holds, detail)


def _ms(call: Callable[[], object]) -> float:
    begin = perf_counter()
    call()
    return (perf_counter() - begin) * 1000


def _p95(values: list[float]) -> float:
    return float(np.percentile(values, 95))
