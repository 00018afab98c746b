"""Benchmark the start of commands: processor time of whole processes on an empty database, compiled modules warm."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from bench.measurement import Measurement
from yihui.cli import GROUPS

ROUNDS = 5
HELP_GOAL_S, START_GOAL_S = 0.3, 0.8
# Each has next to nothing of its own to do on an empty database.
COMMANDS = (
    "stations nearest 117.0 36.65 --datum wgs84",
    "stations check",
    "members import --help",
    "benefits list --member nobody",
    "rules history",
    "vouchers void nothing",
    "ledger verify",
    "ledger balances",
    "payout list",
    "waiting list",
    "doctor",
)


def measure() -> list[Measurement]:
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            **os.environ,
            "YIHUI_DATA_FOLDER": folder,
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(Path(folder) / "compiled"),
        }
        helps = {"--version": HELP_GOAL_S, "--help": HELP_GOAL_S}
        starts = dict.fromkeys([*(f"{name} --help" for name in GROUPS), *COMMANDS], START_GOAL_S)
        return [_measure_start(text, goal, environ) for text, goal in (helps | starts).items()]


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
