"""Detect whether anything may have been committed since the last check, cheaply enough for each request."""

import math
import sqlite3
from collections.abc import Callable
from threading import Lock
from time import monotonic
from urllib.parse import quote

from store.database import Database

SERVER_MARK_PERIOD_S = 0.15
_FRESH_PERIODS = 6  # within a second
RECENT_MARK_PERIOD_S = 0.001  # SQLite is fast, but one PRAGMA costs as much as a search

CommitMark = tuple[int, int]


class CommitDetector:
    """Gives marks: if two marks are equal, nothing was committed between them.

    On SQLite a mark contains the count of other connections' commits in shared memory, which takes a few
    microseconds. PostgreSQL would have to be queried, so there a commit of another process may be detected
    `SERVER_MARK_PERIOD_S` late; this process's own commits are detected at once.
    *Source*: SQLite, PRAGMA data_version.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = monotonic) -> None:
        self._database, self._clock = database, clock
        self._watched: sqlite3.Connection | None = None
        self._opening = Lock()
        self._unknown = 0
        self._glanced: tuple[float, CommitMark] = -math.inf, (-1, -1)

    def recent_mark(self) -> CommitMark:
        """Return a `mark` that may miss other processes' commits of the last millisecond.

        It is for callers that check thousands of times a second.
        """
        now, (at, mark) = self._clock(), self._glanced
        if now - at >= RECENT_MARK_PERIOD_S or mark[0] != self._database.writes:
            mark = self.mark()
            self._glanced = now, mark
        return mark

    def mark(self) -> CommitMark:
        """Return a mark of this moment; a unique one if the database can't be read, so that callers reload."""
        if not self._database.is_sqlite:
            return self._database.writes, int(self._clock() / SERVER_MARK_PERIOD_S)
        try:
            ((number,),) = self._connection().execute("PRAGMA data_version")
        except sqlite3.Error:
            self._unknown -= 1
            return self._unknown, 0
        return self._database.writes, int(number)

    def is_fresh(self, mark: CommitMark) -> bool:
        """Return whether, on a server, another process's commit of the last second at most may have come after a mark."""
        if self._database.is_sqlite:
            return False
        writes, period = self.mark()
        return mark[0] == writes and period - mark[1] <= _FRESH_PERIODS

    def _connection(self) -> sqlite3.Connection:
        """Return the one connection for all threads: the counts of two connections can't be compared."""
        if self._watched is None:
            with self._opening:
                if self._watched is None:
                    self._watched = _opened(self._database.target)
        return self._watched


def _opened(path: str) -> sqlite3.Connection:
    """Open a connection outside the pool.

    A connection counts only the commits of others, and its count starts anew with it.
    """
    return sqlite3.connect(
        f"file:{quote(path)}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=0.0,  # never wait: on an error `mark` is unique, and the caller that reloads may wait
    )
