"""Works that are all let go at the same moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

Got = TypeVar("Got")


def at_once(works: Sequence[Callable[[], Got]]) -> list[Got]:
    """What each returns that ran in a thread of its own."""
    gate = Barrier(len(works))

    def run(work: Callable[[], Got]) -> Got:
        gate.wait(120)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(60) for future in [pool.submit(run, work) for work in works]]
