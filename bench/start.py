"""Benchmark the start of commands and the size of the core.

A start is the processor time of a whole process, its modules compiled, on the demo's data; beside it stands the time of importing the libraries that a command of its kind may load
(tests/yihui/test_lean_core.py). The size is that of all files of the distributions which `pip install yihui`
brings without an extra, as their records list them.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bench.measurement import Measurement
from bench.yardsticks import REFERENCE_S, Yardstick, time_yardstick

ROUNDS = 4
HELP_GOAL_S, START_GOAL, CORE_GOAL_MB = 0.3, 1.25, 300
HELPS = ("--version", "--help", "plan --help")
_DATABASE = "typer, typer._adapters, pydantic, sqlalchemy"
_RULES = f"{_DATABASE}, lark, yaml"
_NEAREST = f"{_DATABASE}, numpy, pykdtree.kdtree, pyproj"
_NOW = "2026-10-03T23:10+08:00"  # as the demo


@dataclass(frozen=True, slots=True)
class StartedCommand:
    """A command, the libraries that its kind may load, and the seconds that its answer may take on the reference machine."""

    name: str
    arguments: str
    libraries: str = _DATABASE
    work_s: float = 0.0
    goal: float = START_GOAL


COMMANDS = (
    StartedCommand("nearest", "stations nearest 117.0 36.65 --datum wgs84", _NEAREST, 0.2),
    StartedCommand("why", "benefits why --member m-000001", work_s=0.2),
    StartedCommand("hotline_list", "hotline list", goal=1.7),
    StartedCommand("ledger_balances", "ledger balances"),
    StartedCommand("payout_list", "payout list"),
    StartedCommand("rules_lint", "rules lint {demo}/own-rule.yaml", _RULES, goal=2.3),
    StartedCommand("doctor", "doctor", f"{_NEAREST}, shapely, alembic.runtime.migration", goal=1.5),
)


def measure() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory() as name:
        demo = Path(name, "demo")
        environ = {
            **os.environ,
            "YIHUI_DATA_FOLDER": str(demo),
            "YIHUI_NOW": _NOW,
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(Path(name, "compiled")),
        }
        _run(["-m", "yihui", "demo", str(demo)], environ)
        for text in HELPS:
            taken = min(_run(["-m", "yihui", *text.split()], environ) for _ in range(1 + ROUNDS))
            named = "start." + text.removeprefix("--").replace(" --help", "_help")
            yield Measurement.at_most(named, taken, "s", HELP_GOAL_S, f"yihui {text}")
        slower = time_yardstick(Yardstick.PYTHON) / REFERENCE_S[Yardstick.PYTHON]
        yield from (_measure_command(command, environ, slower) for command in COMMANDS)
    sizes = {name: _size_mb(name) for name in _list_core_distributions("yihui", set())}
    total = sum(sizes.values())
    largest = ", ".join(f"{name} {sizes[name]:.0f}" for name in sorted(sizes, key=lambda n: -sizes[n])[:4])
    detail = f"{len(sizes)} distributions: {largest}, …"
    yield Measurement.at_most("start.core_size", total, "MB", CORE_GOAL_MB, detail)


def _measure_command(command: StartedCommand, environ: Mapping[str, str], slower: float) -> Measurement:
    """Run the command and the import in turn, so that other load on the machine affects both alike."""
    words = command.arguments.format(demo=environ["YIHUI_DATA_FOLDER"]).split()
    imports = ["-c", f"import {command.libraries}"]
    pairs = [(_run(["-m", "yihui", *words], environ), _run(imports, environ)) for _ in range(1 + ROUNDS)]
    taken, imported = (min(side) for side in zip(*pairs, strict=True))
    return judge_start(command, taken, imported, slower)


def judge_start(command: StartedCommand, taken_s: float, imported_s: float, slower: float) -> Measurement:
    """Compare a start with the import of its libraries, on a machine that is so many times as slow as the reference."""
    work_s = command.work_s * max(1.0, slower)  # as `scale_goal`
    detail = f"yihui {command.arguments}; import {command.libraries}: {imported_s:.2f} s"
    if work_s:
        detail += f"; {work_s:.2f} s are for the answer"
    ratio = (taken_s - work_s) / imported_s
    return Measurement.at_most(f"start.{command.name}", taken_s, "s", command.goal, detail, ratio)


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


def _run(arguments: Sequence[str], environ: Mapping[str, str]) -> float:
    """Return the processor seconds of a Python process. *Raises*: CalledProcessError if it fails."""
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *arguments],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
