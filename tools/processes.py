"""Processes that outlive their parent: identified by pid and start time, ended by a signal, then killed."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_GENTLY_S, _POLL_EVERY_S = 20.0, 0.05
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class DetachedProcess:
    """A running process; ``began`` distinguishes it from a later one with the same pid."""

    name: str
    pid: int
    began: str

    @classmethod
    def from_pid(cls, name: str, pid: int) -> "DetachedProcess":
        """Return the process with this pid.

        *Raises*: ProcessLookupError if it has ended already.
        """
        began = process_start_id(pid)
        if began is None:
            raise ProcessLookupError(f"{name} ({pid})")
        return cls(name, pid, began)

    @property
    def is_running(self) -> bool:
        return process_start_id(self.pid) == self.began

    def send_signal(self, number: int) -> None:
        """Send a signal to this process; do nothing if it has ended."""
        if self.is_running:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the process and its children: each process of the stack leads its own process group."""
        if not self.is_running:
            return
        if os.getpgid(self.pid) == self.pid:
            os.killpg(self.pid, signal.SIGKILL)
        else:
            os.kill(self.pid, signal.SIGKILL)


def process_start_id(pid: int) -> str | None:
    """Return a text that identifies a process's start on this boot, or None if no such process runs."""
    stat = Path(f"/proc/{pid}/stat")
    if not _BOOT.exists():  # not on Linux
        said = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, check=False)
        return said.stdout.decode().strip() or None
    try:
        fields = stat.read_text().rpartition(")")[2].split()  # the process's name may contain any character
    except (FileNotFoundError, ProcessLookupError):
        return None
    is_dead = fields[0] in "ZX"  # a zombie: ended, but its parent has not waited for it
    return None if is_dead else f"{_BOOT.read_text().strip()} {fields[19]}"


def end_processes(
    processes: Iterable[DetachedProcess], number: int = signal.SIGTERM, gently_s: float = _GENTLY_S
) -> None:
    """Send all processes a signal at once; kill those that still run after ``gently_s`` seconds."""
    asked = list(processes)
    for process in asked:
        process.send_signal(number)
    deadline = time.monotonic() + gently_s
    while any(process.is_running for process in asked):
        if time.monotonic() > deadline:
            for process in asked:
                process.kill()
        time.sleep(_POLL_EVERY_S)  # not our children: there is nothing to wait on
