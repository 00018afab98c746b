"""Read and write bench/baseline.json, the measurements of earlier runs, and compare new ones with them."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from bench.measurement import Measurement
from bench.parts import Part
from bench.yardsticks import REFERENCE_S, Yardstick

BASELINE_FILE = Path(__file__).with_name("baseline.json")
MOST_WORSE = 0.1
_RUNS = 3
_TIMES = ("µs", "ms", "s")


@dataclass(frozen=True, slots=True)
class Change:
    """How far a measurement lies from the baseline: ``worse`` is a share of it, negative where it got better."""

    worse: float
    spread: float

    @property
    def is_worse(self) -> bool:
        """Return whether it is worse by more than a tenth, and by more than the runs of the baseline differ."""
        return self.worse > max(MOST_WORSE, self.spread)


class Baseline:
    """The rows of the baseline by the name of the measure."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._rows = {str(row["name"]): row for row in rows}

    @classmethod
    def load(cls, path: Path = BASELINE_FILE) -> "Baseline":
        """Read the baseline; an empty one where there is no file."""
        return cls(json.loads(path.read_text(encoding="utf-8")) if path.exists() else [])

    @property
    def part_of(self) -> Mapping[str, str]:
        """The part that made each measure."""
        return {name: str(row["part"]) for name, row in self._rows.items()}

    def compare(self, result: Measurement, compared: float) -> Change | None:
        """Return the change against the median of the baseline's runs; None where none was made on as many cores.

        Where the median is 0 (what is off, or late) the difference itself counts.
        """
        row = self._rows.get(result.name, {})
        runs = row.get("runs", [])
        if not runs or row["cores"] != os.cpu_count():
            return None
        before = median(runs)
        unit = abs(before) or 1.0
        change = (compared - before) / unit
        return Change(-change if is_more_better(result) else change, (max(runs) - min(runs)) / unit)

    def record(self, part: Part, result: Measurement, compared: float) -> None:
        """Keep a measurement; the last three runs stay for the spread."""
        runs = self._rows.get(result.name, {}).get("runs", [])
        self._rows[result.name] = {
            "name": result.name, "part": part.name, "value": result.value, "unit": result.unit, "ratio": result.ratio,
            "op": result.op, "goal": result.goal, "yardstick": find_yardstick(part, result) if needs_yardstick(result) else None,
            "runs": [*runs, compared][-_RUNS:], "cores": os.cpu_count(), "commit": _read_commit(),
        }  # fmt: skip

    def save(self, path: Path = BASELINE_FILE) -> None:
        """Write the baseline, a row on each line."""
        rows = sorted(self._rows.values(), key=lambda row: str(row["name"]))
        lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        write_whole(path, f"[\n{lines}\n]\n")


def needs_yardstick(result: Measurement) -> bool:
    """Return whether a measurement depends on the machine: times and rates do, ratios, sizes and shares don't."""
    return result.ratio is None and (result.unit in _TIMES or result.unit.endswith("/s"))


def find_yardstick(part: Part, result: Measurement) -> Yardstick:
    """Return the yardstick of a measure: that of its part, otherwise of the server in its name."""
    if part.yardstick is not None:
        return part.yardstick
    if "postgresql" in result.name or "kafka" in result.name:
        return Yardstick.POSTGRESQL
    return Yardstick.SQLITE if "sqlite" in result.name else Yardstick.PYTHON


def compute_compared(result: Measurement, part: Part, yardsticks: Mapping[Yardstick, float]) -> float | None:
    """Return what is compared: a ratio as it is, a time or a rate by its yardstick; None where that wasn't timed."""
    if result.ratio is not None:
        return result.ratio
    yardstick = find_yardstick(part, result)
    if not needs_yardstick(result) or yardstick is Yardstick.NONE:
        return result.value
    if yardstick not in yardsticks:
        return None
    seconds = yardsticks[yardstick]
    return result.value * seconds if result.unit.endswith("/s") else result.value / seconds


def scale_goal(result: Measurement, part: Part, yardsticks: Mapping[Yardstick, float]) -> Measurement:
    """Return a measurement whose goal in seconds or per second is as easy here as on the machine where it was set.

    A faster machine has the same goal, since what people wait for is no shorter; no network's latency is longer.
    """
    yardstick = find_yardstick(part, result)
    if result.goal is None or not needs_yardstick(result) or yardstick not in yardsticks:
        return result
    slower = max(1.0, yardsticks[yardstick] / REFERENCE_S[yardstick])
    fixed_s = result.latency_s
    goal = result.goal / slower if result.unit.endswith("/s") else fixed_s + (result.goal - fixed_s) * slower
    holds = result.value <= goal if result.op == "<=" else result.value >= goal
    return replace(result, goal=goal, holds=holds)


def is_more_better(result: Measurement) -> bool:
    """Return whether a larger value is better: the measure's operator says so, or it is a rate."""
    return result.op == ">=" or (result.op is None and result.unit.endswith("/s"))


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _read_commit() -> str:
    told = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return told.stdout.strip()
