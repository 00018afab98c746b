"""Benchmark `make demo` in a fresh clone, and the size of the environment that it makes."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

from bench.measurement import Measurement

GOAL_S, GOAL_MB = 60.0, 1000.0
_NOT_INHERITED = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")


def measure() -> Iterator[Measurement]:
    """Measure the last commit; packages come from the installer's cache or the network, as they do for a newcomer."""
    environ = {
        name: value
        for name, value in os.environ.items()
        if name not in _NOT_INHERITED and not name.startswith(("YIHUI_", "OMP_"))
    }
    with tempfile.TemporaryDirectory(prefix="yihui-bench-") as folder:
        clone = Path(folder) / "yihui"
        subprocess.run(["git", "clone", "--quiet", ".", str(clone)], check=True)
        begin = monotonic()
        subprocess.run(
            ["make", "demo"],
            cwd=clone,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        taken = monotonic() - begin
        size = sum(file.lstat().st_blocks for file in (clone / ".venv").rglob("*")) * 512 / 1e6
    detail = "make demo in a fresh clone, installing and building all that it needs"
    yield Measurement.at_most("start.demo_cold", taken, "s", GOAL_S, detail)
    detail = "the disk that the environment of make demo takes"
    yield Measurement.at_most("start.demo_environment", size, "MB", GOAL_MB, detail)
