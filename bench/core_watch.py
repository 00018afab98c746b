"""Watch the core that a server is pinned to: a wait in which nothing at all ran there isn't the server's.

On a virtual machine whose disk is being written, a core was seen to stand still for 4 s.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from time import perf_counter

_LOOK_EVERY_S = 0.005


@dataclass(slots=True)
class CoreWatch:
    """The longest time for which a process that wanted the core didn't get it; known when the watch has ended."""

    longest_s: float = 0.0

    def describe(self) -> str:
        return f"the core itself stood still for {self.longest_s * 1e3:.0f} ms at most"


@contextmanager
def watch_core(core: int) -> Iterator[CoreWatch]:
    """Watch a core, by a process pinned to it that only sleeps, until the block ends."""
    processes, watch = get_context("spawn"), CoreWatch()
    ours, theirs = processes.Pipe()
    process = processes.Process(target=_watch, args=(theirs, core), daemon=True)
    process.start()
    ours.recv()
    try:
        yield watch
    finally:
        ours.send(None)
        watch.longest_s = ours.recv()
        process.join()


def _watch(asked: Connection, core: int) -> None:
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > core:
        os.sched_setaffinity(0, {core})
    asked.send(None)
    longest_s, last = 0.0, perf_counter()
    while not asked.poll(_LOOK_EVERY_S):
        now = perf_counter()
        longest_s, last = max(longest_s, now - last - _LOOK_EVERY_S), now
    asked.send(longest_s)
