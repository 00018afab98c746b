"""Ends the Chromium of a test that would wait for it for ever: whoever waits is told so, and the test fails.

Much of Playwright has a limit of its own, but a script on the page, a new context and a closing one have none.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer

LIMIT_S = 240.0  # the slowest takes a tenth of it


@contextmanager
def chromium_ends_after(seconds: float) -> Iterator[None]:
    """Kill every Chromium that this process has started, if what is done meanwhile takes so long."""
    timer = Timer(seconds, _kill_chromium)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _kill_chromium() -> None:
    for pid in _descendants(os.getpid()):
        with suppress(OSError):
            if Path(f"/proc/{pid}/comm").read_text().startswith("chrom"):
                os.kill(pid, signal.SIGKILL)


def _descendants(pid: int) -> list[int]:
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found = [pid]
    for one in found:  # grows as it goes
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]
