"""Whether anything may have been committed since one last looked, at a cost that each request can bear."""

import math
import sqlite3
from collections.abc import Callable
from threading import Lock
from time import monotonic
from urllib.parse import quote

from store.database import Database

LOOK_EVERY_S = 0.15
GLANCE_S = 0.001  # SQLite is fast, and yet asking it costs as much as a search

Mark = tuple[int, int]


class Changes:
    """Two marks that are equal: nothing was committed between them, or (PostgreSQL) a moment ago by others.

    SQLite counts for each connection what others commit, in shared memory: a few microseconds. A server would
    have to be asked; so of what other processes write a reader may hear `LOOK_EVERY_S` late, of this
    process's own writes at once.
    *Source*: SQLite, PRAGMA data_version.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = monotonic) -> None:
        self._database, self._clock = database, clock
        self._watched: sqlite3.Connection | None = None
        self._opening = Lock()
        self._unknown = 0
        self._glanced: tuple[float, Mark] = -math.inf, (-1, -1)

    def glance(self) -> Mark:
        """As `mark`; of what others wrote it may be a millisecond old. For those who look thousands of times a second."""
        now, (at, mark) = self._clock(), self._glanced
        if now - at >= GLANCE_S or mark[0] != self._database.writes:
            mark = self.mark()
            self._glanced = now, mark
        return mark

    def mark(self) -> Mark:
        """A mark of this moment; one of its own where the database can't be read, so that somebody looks."""
        if not self._database.is_sqlite:
            return self._database.writes, int(self._clock() / LOOK_EVERY_S)
        try:
            ((number,),) = self._connection().execute("PRAGMA data_version")
        except sqlite3.Error:
            self._unknown -= 1
            return self._unknown, 0
        return self._database.writes, int(number)

    def _connection(self) -> sqlite3.Connection:
        """One for all threads: the numbers of two can't be compared."""
        if self._watched is None:
            with self._opening:
                if self._watched is None:
                    self._watched = _opened(self._database.target)
        return self._watched


def _opened(path: str) -> sqlite3.Connection:
    """Beside the pool: a connection counts only what others commit, and its number begins anew with it."""
    return sqlite3.connect(
        f"file:{quote(path)}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=0.0,  # whoever looks doesn't wait: a mark of its own makes somebody look who may
    )
