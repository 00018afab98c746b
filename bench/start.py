"""Benchmark the start of commands and the size of the core.

A start is the processor time of a whole process on an empty database, its modules compiled; beside it stands the time
of importing the libraries that a command of its kind may load (tests/yihui/cli/test_what_is_loaded.py). The size is that
of all files of the distributions which `pip install yihui` brings without an extra, as their records list them.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import distribution
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from types import MappingProxyType

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bench.measurement import Measurement

ROUNDS = 2
HELP_GOAL_S, START_GOAL, CORE_GOAL_MB = 0.3, 1.25, 300
HELPS = ("--version", "--help", "plan --help")
_DATABASE = "typer, typer._adapters, pydantic, sqlalchemy"
_NEAREST = f"{_DATABASE}, numpy, pykdtree.kdtree, pyproj"
# Each has next to nothing of its own to do on an empty database.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "stations nearest 117.0 36.65 --datum wgs84": _NEAREST,
        "hotline list": _DATABASE,
        "benefits list --member nobody": _DATABASE,
        "ledger verify": _DATABASE,
        "ledger balances": _DATABASE,
        "payout list": _DATABASE,
        "doctor": _NEAREST,
    }
)


def measure() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            **os.environ,
            "YIHUI_DATA_FOLDER": folder,
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(Path(folder) / "compiled"),
        }
        _run(["-m", "yihui", "migrate"], environ)
        for text in HELPS:
            taken = _best(["-m", "yihui", *text.split()], environ)
            yield Measurement(
                _name(text), taken, "s", None, "<=", HELP_GOAL_S, taken <= HELP_GOAL_S, f"yihui {text}"
            )
        for text, libraries in COMMANDS.items():
            taken = _best(["-m", "yihui", *text.split()], environ)
            imported = _best(["-c", f"import {libraries}"], environ)
            ratio = taken / imported
            detail = f"yihui {text}; import {libraries}: {imported:.2f} s"
            yield Measurement(_name(text), taken, "s", ratio, "<=", START_GOAL, ratio <= START_GOAL, detail)
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


def _name(text: str) -> str:
    return "start." + text.removeprefix("--").replace(" --help", "_help").replace(" ", "_")


def _best(arguments: Sequence[str], environ: Mapping[str, str]) -> float:
    return min(_run(arguments, environ) for _ in range(1 + ROUNDS))


def _run(arguments: Sequence[str], environ: Mapping[str, str]) -> float:
    """Return the processor seconds of a Python process."""
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *arguments],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
