"""Benchmark the opening states of 190,000 stations."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from statistics import median
from time import perf_counter

import numpy as np

from bench.measurement import Measurement
from core.calendars import Calendar
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
    detail = f"states of {STATIONS} stations with {len(schedules)} distinct hours at one instant"
    return Measurement.at_most("locator.hours", value, "ms", 5.0, detail)


def _new_date(schedules: Schedules, cold_ms: float) -> Measurement:
    instants = [START + timedelta(days=n) for n in range(1, 61)]
    taken = [_ms(lambda at=at: schedules.states(schedules.ids, at)) for at in instants]  # type: ignore[misc]
    detail = (
        f"the same, the first instant of a date; most {max(taken):.0f} ms, the very first {cold_ms:.0f} ms"
    )
    return Measurement.at_most("locator.hours_new_date", median(taken[7:]), "ms", 100.0, detail)


def _openings(schedules: Schedules) -> Measurement:
    ids = (7 * number % len(schedules) for number in count())
    for n in range(len(schedules)):
        schedules.opening(n, START)
    taken = [
        _ms(lambda: [schedules.opening(next(ids), START) for _ in range(OPENINGS_PER_CALL)])
        for _ in range(401)
    ]
    p95_us = np.percentile(taken, 95) * 1000
    detail = (
        f"state, next change, next opening or closing of {OPENINGS_PER_CALL} stations; p95 {p95_us:.0f} µs"
    )
    return Measurement.at_most("locator.hours_openings", median(taken) * 1000, "µs", 100.0, detail)


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


def _ms(call: Callable[[], object]) -> float:
    begin = perf_counter()
    call()
    return (perf_counter() - begin) * 1000
