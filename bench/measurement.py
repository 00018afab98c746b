"""The result of one benchmark, and a fair comparison of two implementations."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Literal, Self


@dataclass(frozen=True, slots=True)
class Measurement:
    """One entry of ``bench/results.json``.

    ``value`` is in ``unit``; ``ratio`` compares it with a peer that ``detail`` names. ``holds`` is
    whether ``ratio op goal`` (``value op goal`` without a peer), or None without a goal. ``latency_s`` of a goal in
    seconds is what a network takes on any machine.
    """

    name: str
    value: float
    unit: str
    ratio: float | None
    op: Literal["<=", ">="] | None
    goal: float | None
    holds: bool | None
    detail: str
    latency_s: float = 0.0

    @classmethod
    def plain(cls, name: str, value: float, unit: str, detail: str, ratio: float | None = None) -> Self:
        """Build a measurement without a goal."""
        return cls(name, value, unit, ratio, None, None, None, detail)

    @classmethod
    def at_most(
        cls,
        name: str,
        value: float,
        unit: str,
        goal: float,
        detail: str,
        ratio: float | None = None,
        latency_s: float = 0.0,
    ) -> Self:
        """Build a measurement whose ratio, or else whose value, must be at most ``goal``."""
        holds = (value if ratio is None else ratio) <= goal
        return cls(name, value, unit, ratio, "<=", goal, holds, detail, latency_s)

    @classmethod
    def at_least(
        cls, name: str, value: float, unit: str, goal: float, detail: str, ratio: float | None = None
    ) -> Self:
        """Build a measurement whose ratio, or else whose value, must be at least ``goal``."""
        holds = (value if ratio is None else ratio) >= goal
        return cls(name, value, unit, ratio, ">=", goal, holds, detail)


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
    told = f"{detail}: {compared.theirs_s / per * scale:.2f} {unit}"
    return Measurement.at_most(name, compared.ours_s / per * scale, unit, goal, told, compared.ratio)


def speedup_measurement(
    name: str, compared: Comparison, goal: float, *, per: int, detail: str
) -> Measurement:
    """Build a measurement in which theirs must take at least ``goal`` times as long; ``value`` is our time in
    µs.
    """
    told = f"{detail}: {compared.theirs_s / per * 1e6:.2f} µs"
    return Measurement.at_least(name, compared.ours_s / per * 1e6, "µs", goal, told, 1 / compared.ratio)


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


def processor_s(pid: int, *, of_ended_children: bool = False) -> float:
    """Return the processor seconds that a process has used so far, or its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    user = 13 if of_ended_children else 11
    return (int(fields[user]) + int(fields[user + 1])) / os.sysconf("SC_CLK_TCK")


def peak_mb() -> float:
    """Return the peak memory of this process since its program began.

    ``ru_maxrss`` isn't that: a process that was started by a larger one begins with the other's peak.
    """
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def resident_mb(pid: int | str) -> float:
    """Return the memory that a process has now; 0 if it has just ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((float(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def tree_processor_s(pid: int) -> float:
    """Return the processor seconds of a process and of all that descend from it; 0 if it has just ended.

    What ended descendants used is included once their parents have waited for them.
    """
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
        own = processor_s(pid) + processor_s(pid, of_ended_children=True)
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return own + sum(tree_processor_s(int(child)) for child in children)
