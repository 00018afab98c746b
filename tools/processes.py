"""Processes that outlive who started them: known again by when they began, ended gently, then for good."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_GENTLY_S, _LOOK_EVERY_S = 20.0, 0.05
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Process:
    """``began`` tells it from a later one that got the same number."""

    name: str
    pid: int
    began: str

    @classmethod
    def of(cls, name: str, pid: int) -> "Process":
        """*Raises*: ProcessLookupError, where it is gone already."""
        began = began_at(pid)
        if began is None:
            raise ProcessLookupError(f"{name} ({pid})")
        return cls(name, pid, began)

    @property
    def lives(self) -> bool:
        return began_at(self.pid) == self.began

    def send(self, number: int) -> None:
        """To this one and to nobody else: nothing where it is gone."""
        if self.lives:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """With those that it started: each of ours leads a group of its own."""
        if not self.lives:
            return
        if os.getpgid(self.pid) == self.pid:
            os.killpg(self.pid, signal.SIGKILL)
        else:
            os.kill(self.pid, signal.SIGKILL)


def began_at(pid: int) -> str | None:
    """When the process with a number began, of this start of the machine; None where there is none."""
    stat = Path(f"/proc/{pid}/stat")
    if not _BOOT.exists():  # no Linux
        said = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, check=False)
        return said.stdout.decode().strip() or None
    try:
        fields = stat.read_text().rpartition(")")[2].split()  # its name may hold anything
    except (FileNotFoundError, ProcessLookupError):
        return None
    is_dead = fields[0] in "ZX"  # ended, and not yet noticed by its parent
    return None if is_dead else f"{_BOOT.read_text().strip()} {fields[19]}"


def end(processes: Iterable[Process], number: int = signal.SIGTERM, gently_s: float = _GENTLY_S) -> None:
    """Ask them to end, all at once; those that haven't after a while are killed."""
    asked = list(processes)
    for process in asked:
        process.send(number)
    deadline = time.monotonic() + gently_s
    while any(process.lives for process in asked):
        if time.monotonic() > deadline:
            for process in asked:
                process.kill()
        time.sleep(_LOOK_EVERY_S)  # not children of ours: there is nothing to wait on
