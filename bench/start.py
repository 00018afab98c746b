"""Benchmark the start of commands and the size of the core.

A start is the processor time of a whole process on an empty database, its modules compiled. The size is that of
all files of the distributions which `pip install yihui` brings without an extra, as their records list them.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bench.measurement import Measurement

ROUNDS = 5
HELP_GOAL_S, START_GOAL_S, CORE_GOAL_MB = 0.3, 0.8, 300
# Each has next to nothing of its own to do on an empty database.
COMMANDS = (
    "stations nearest 117.0 36.65 --datum wgs84",
    "stations check",
    "benefits list --member nobody",
    "ledger verify",
    "ledger balances",
    "payout list",
    "doctor",
)


def measure() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            **os.environ,
            "YIHUI_DATA_FOLDER": folder,
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(Path(folder) / "compiled"),
        }
        helps = {"--version": HELP_GOAL_S, "--help": HELP_GOAL_S}
        starts = dict.fromkeys(COMMANDS, START_GOAL_S)
        for text, goal in (helps | starts).items():
            yield _measure_start(text, goal, environ)
    sizes = {name: _size_mb(name) for name in _list_core_distributions("yihui", set())}
    total = sum(sizes.values())
    largest = ", ".join(f"{name} {sizes[name]:.0f}" for name in sorted(sizes, key=lambda n: -sizes[n])[:4])
    detail = f"{len(sizes)} distributions: {largest}, …"
    yield Measurement("start.core_size", total, "MB", None, "<=", CORE_GOAL_MB, total <= CORE_GOAL_MB, detail)


def _list_core_distributions(name: str, found: set[str]) -> set[str]:
    for line in distribution(name).requires or ():
        requirement = Requirement(line)
        wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if wanted and (key := canonicalize_name(requirement.name)) not in found:
            found.add(key)
            _list_core_distributions(key, found)
    return found


def _size_mb(name: str) -> float:
    files = (Path(str(file.locate())) for file in distribution(name).files or ())
    return sum(file.stat().st_size for file in files if file.suffix != ".pyc" and file.exists()) / 1e6


def _measure_start(text: str, goal_s: float, environ: dict[str, str]) -> Measurement:
    best = min(_run(text, environ) for _ in range(1 + ROUNDS))
    name = "start." + text.removesuffix(" --help").removeprefix("--").replace(" ", "_")
    return Measurement(name, best, "s", None, "<=", goal_s, best <= goal_s, f"yihui {text}")


def _run(text: str, environ: dict[str, str]) -> float:
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "yihui", *text.split()],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
