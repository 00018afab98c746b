"""One figure of the benchmarks, and how two sides are compared fairly."""

from collections.abc import Callable
from dataclasses import dataclass
from time import process_time
from typing import Literal


@dataclass(frozen=True, slots=True)
class Measurement:
    """One line of ``bench/results.json``.

    ``value`` is in ``unit``; ``ratio`` compares it with a peer that ``detail`` names. ``holds`` says
    whether ``ratio op goal`` (``value op goal`` where there is no peer), None without a goal.
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
    """Seconds of one call of each side, and how many times as long ours takes; the best of the rounds."""

    ours_s: float
    theirs_s: float
    ratio: float


def at_most(name: str, compared: Comparison, goal: float, *, per: int, unit: str, detail: str) -> Measurement:
    """A comparison whose ratio should stay at or below a goal; ``value`` is ours per item, in µs or ms."""
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


def times_faster(name: str, compared: Comparison, goal: float, *, per: int, detail: str) -> Measurement:
    """A comparison in which theirs should take at least ``goal`` times as long; ``value`` is ours in µs."""
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


def interleaved(
    ours: Callable[[], object],
    theirs: Callable[[], object],
    *,
    rounds: int,
    calls: int = 1,
    clock: Callable[[], float] = process_time,
) -> Comparison:
    """Both sides in turn, so that whatever else the machine does meets both alike.

    What disturbs a round only ever makes it longer: the best of each side is nearest to what it costs.
    Processor time leaves out the turns of others; a side that waits for a disk wants a clock on the wall.
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
