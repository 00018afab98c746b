"""Switch planted mutations on, and record which test executes them: a copy of this file lies beside planted code.

A process takes the mutation from ``MUTANT_ON`` and the test from ``PYTEST_CURRENT_TEST``; where a test started it
with an environment of its own, both come from the processes that started it.
"""

import os
from functools import cache
from pathlib import Path

_RECORD = os.environ.get("MUTANTS_RECORD")
_seen: set[tuple[str, str]] = set()


def is_on(name: str) -> bool:
    """Return whether a planted mutation is in force; record that its line was executed."""
    if _record_place():
        _record(name)
    return _mutant() == name


@cache
def _mutant() -> str:
    return os.environ.get("MUTANT_ON") or _inherited("MUTANT_ON")


@cache
def _record_place() -> str:
    return os.environ.get("MUTANTS_RECORD") or _inherited("MUTANTS_RECORD")


@cache
def _inherited(variable: str) -> str:
    """Return a variable of the nearest process above that has it."""
    process = os.getppid()
    while process > 1:
        try:
            environment = Path(f"/proc/{process}/environ").read_bytes().decode("utf-8", "replace")
            parent = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[1]
        except OSError:
            return ""
        for entry in environment.split("\0"):
            if entry.startswith(f"{variable}="):
                return entry.partition("=")[2]
        process = int(parent)
    return ""


def _record(name: str) -> None:
    test = os.environ.get("PYTEST_CURRENT_TEST") or f"? {_started_by()}"
    if (name, test) in _seen:
        return
    _seen.add((name, test))
    with Path(_record_place()).open("a", encoding="utf-8") as record:
        record.write(f"{name}\t{'own' if _is_pytest() else 'other'}\t{test}\n")


@cache
def _is_pytest() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ and _main_is_pytest()


def _main_is_pytest() -> bool:
    command = Path("/proc/self/cmdline").read_bytes()
    return b"pytest" in command or b"sys.stdin" in command or b"execnet" in command


@cache
def _started_by() -> str:
    return _inherited("PYTEST_CURRENT_TEST") or "unknown"
