"""The result of one benchmark, and a fair comparison of two implementations."""

from collections.abc import Callable
from dataclasses import dataclass
from time import process_time
from typing import Literal


@dataclass(frozen=True, slots=True)
class Measurement:
    """One entry of ``bench/results.json``.

    ``value`` is in ``unit``; ``ratio`` compares it with a peer that ``detail`` names. ``holds`` is
    whether ``ratio op goal`` (``value op goal`` without a peer), or None without a goal.
    """

    name: str
    value: float
    unit: str
    ratio: float | None
    op: Literal["<=", ">="] | None
    goal: float | None
    holds: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Seconds of one call of each side, and their ratio (ours ÷ theirs); the best of all rounds."""

    ours_s: float
    theirs_s: float
    ratio: float


def slowdown_measurement(
    name: str, compared: Comparison, goal: float, *, per: int, unit: str, detail: str
) -> Measurement:
    """Build a measurement whose ratio must be at most ``goal``; ``value`` is our time per item, in µs or ms."""
    scale = {"µs": 1e6, "ms": 1e3}[unit]
    return Measurement(
        name=name,
        value=compared.ours_s / per * scale,
        unit=unit,
        ratio=compared.ratio,
        op="<=",
        goal=goal,
        holds=compared.ratio <= goal,
        detail=f"{detail}: {compared.theirs_s / per * scale:.2f} {unit}",
    )


def speedup_measurement(
    name: str, compared: Comparison, goal: float, *, per: int, detail: str
) -> Measurement:
    """Build a measurement in which theirs must take at least ``goal`` times as long; ``value`` is our time in
    µs.
    """
    ratio = 1 / compared.ratio
    return Measurement(
        name=name,
        value=compared.ours_s / per * 1e6,
        unit="µs",
        ratio=ratio,
        op=">=",
        goal=goal,
        holds=ratio >= goal,
        detail=f"{detail}: {compared.theirs_s / per * 1e6:.2f} µs",
    )


def compare_interleaved(
    ours: Callable[[], object],
    theirs: Callable[[], object],
    *,
    rounds: int,
    calls: int = 1,
    clock: Callable[[], float] = process_time,
) -> Comparison:
    """Time both sides in turn, so that other load on the machine affects both alike.

    Disturbances only make a round longer, so the best round of each side is nearest to its real cost.
    The default clock, processor time, excludes other processes; pass a wall clock for a side that waits for a disk.
    """
    ours(), theirs()  # caches, imports
    pairs = [(_seconds(ours, calls, clock), _seconds(theirs, calls, clock)) for _ in range(rounds)]
    ours_s, theirs_s = (min(side) for side in zip(*pairs, strict=True))
    return Comparison(ours_s, theirs_s, ours_s / theirs_s)


def _seconds(call: Callable[[], object], calls: int, clock: Callable[[], float]) -> float:
    begin = clock()
    for _ in range(calls):
        call()
    return (clock() - begin) / calls
