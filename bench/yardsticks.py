"""Four fixed works, timed in each run: a time that changed as they did is the machine's, not ours."""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from enum import StrEnum
from pathlib import Path
from time import perf_counter, process_time
from types import MappingProxyType

from tools.servers import postgres

_ROUNDS = 3
_COMMITS, _ROUND_TRIPS = 50, 3_000


class Yardstick(StrEnum):
    """A fixed work by which a time or a rate is compared with that of another run."""

    PYTHON = "python"
    NUMPY = "numpy"
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"
    NONE = "none"  # for what waits for something: it is compared as it is


# Of the machine on which the goals in seconds and per second were set.
REFERENCE_S: Mapping[Yardstick, float] = MappingProxyType(
    {
        Yardstick.PYTHON: 0.121,
        Yardstick.NUMPY: 0.034,
        Yardstick.SQLITE: 0.011,
        Yardstick.POSTGRESQL: 0.209,
    }
)


def time_yardsticks() -> dict[Yardstick, float]:
    """Return the seconds of each work; PostgreSQL's only where a server is installed."""
    return {
        one: time_yardstick(one) for one in _WORKS if one is not Yardstick.POSTGRESQL or postgres.is_at_hand()
    }


def time_yardstick(yardstick: Yardstick) -> float:
    """Return the seconds of a work, the best of three rounds.

    Python and numpy are timed by the processor's clock, as most measures are, what waits for a disk or a server by the wall's.
    """
    clock = process_time if yardstick in (Yardstick.PYTHON, Yardstick.NUMPY) else perf_counter
    with _WORKS[yardstick]() as work:
        work()
        return min(_seconds(work, clock) for _ in range(_ROUNDS))


def _seconds(work: Callable[[], object], clock: Callable[[], float]) -> float:
    begin = clock()
    work()
    return clock() - begin


@contextmanager
def _count_in_python() -> Iterator[Callable[[], object]]:
    def work() -> int:
        seen: dict[int, int] = {}
        for number in range(1_500_000):
            rest = number * number % 9_973
            seen[rest] = seen.get(rest, 0) + 1
        return sum(seen.values())

    yield work


@contextmanager
def _sort_in_numpy() -> Iterator[Callable[[], object]]:
    import numpy as np

    numbers = np.random.default_rng(1).random(3_000_000)
    yield lambda: np.sqrt(np.sort(numbers)).cumsum()


@contextmanager
def _commit_in_sqlite() -> Iterator[Callable[[], object]]:
    """Commit rows one by one, each safe on the disk."""
    with (
        tempfile.TemporaryDirectory(prefix="yihui-bench-") as folder,
        closing(sqlite3.connect(Path(folder) / "yardstick.db", isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, content TEXT)")

        def work() -> None:
            for _ in range(_COMMITS):
                connection.execute("INSERT INTO rows (content) VALUES (?)", ("驿惠" * 50,))

        yield work


@contextmanager
def _ask_postgresql() -> Iterator[Callable[[], object]]:
    """Ask a server for nothing, again and again."""
    import psycopg

    with postgres.cluster() as url, psycopg.connect(f"{url}/postgres", autocommit=True) as connection:

        def work() -> None:
            for number in range(_ROUND_TRIPS):
                connection.execute("SELECT %s::int", (number,))

        yield work


_WORKS: Mapping[Yardstick, Callable[[], AbstractContextManager[Callable[[], object]]]] = MappingProxyType(
    {
        Yardstick.PYTHON: _count_in_python,
        Yardstick.NUMPY: _sort_in_numpy,
        Yardstick.SQLITE: _commit_in_sqlite,
        Yardstick.POSTGRESQL: _ask_postgresql,
    }
)
