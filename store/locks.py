"""Locks for work that must not run concurrently in several processes."""

import sqlite3
import zlib
from contextlib import suppress
from pathlib import Path
from threading import Thread

from sqlalchemy import Connection, TextClause, text
from sqlalchemy.exc import DBAPIError

from store.database import Database, create_private_file
from store.errors import translate_error

_UNLOCKED_WITHIN_S = 2.0


def lock_exclusive(connection: Connection, work: str) -> None:
    """Wait until no other transaction holds the lock for this work; it is held until the transaction ends.

    SQLite has only one writer anyway; PostgreSQL uses advisory locks, by number.
    """
    if connection.dialect.name == "postgresql":
        number = zlib.crc32(work.encode())
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def lock_shared(connection: Connection, work: str) -> None:
    """Wait until no transaction holds the exclusive lock for this work; several may hold the shared lock.

    Queries after it see everything that holders of the exclusive lock have committed.
    """
    if connection.dialect.name == "postgresql":
        number = zlib.crc32(work.encode())
        connection.execute(text("SELECT pg_advisory_xact_lock_shared(:number)"), {"number": number})


class ProcessLock:
    """A lock by name for each database; it ends with its process, however the process ends.

    No transaction stays open meanwhile. On PostgreSQL the session holds an advisory lock; for SQLite an
    empty file beside the database is locked.
    """

    def __init__(self, database: Database, work: str) -> None:
        self._database = database
        self._work = work
        self._session: Connection | None = None
        self._file: sqlite3.Connection | None = None

    def acquire(self) -> bool:
        """Try to acquire the lock without waiting; return whether this object holds it. *Raises*: StoreError."""
        if self._session is not None or self._file is not None:
            return True
        return self._take_file() if self._database.is_sqlite else self._take_number()

    def check(self) -> None:
        """Make sure that the lock is still held. *Raises*: StoreError if the server has lost the session."""
        session = self._session
        if session is not None:
            self._session = None  # stays None unless the server answers
            self._execute(session, "SELECT 1")
            self._session = session

    def close(self) -> None:
        """Release the lock."""
        if self._file is not None:
            self._file.close()
        if self._session is not None:
            # Closing a session gives its lock back, too, but the server may notice that later; one that hangs is
            # not waited for.
            session, unlock = self._session, text(f"SELECT pg_advisory_unlock({self._number})")
            thread = Thread(target=_execute_if_there, args=(session, unlock), daemon=True)
            thread.start()
            thread.join(_UNLOCKED_WITHIN_S)
            if thread.is_alive():
                self._session = None
                return
            session.invalidate()  # ends the session, so the pool never hands out one with a lock
            session.close()
        self._session = self._file = None

    @property
    def _number(self) -> int:
        return zlib.crc32(f"watch {self._work}".encode())

    def _take_number(self) -> bool:
        engine = self._database.engine
        try:
            session = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        except DBAPIError as error:
            raise translate_error(error, self._database.target) or error from error
        if self._execute(session, f"SELECT pg_try_advisory_lock({self._number})"):
            self._session = session
            return True
        session.close()
        return False

    def _execute(self, session: Connection, statement: str) -> object:
        try:
            return session.execute(text(statement)).scalar_one()
        except DBAPIError as error:
            session.close()
            raise translate_error(error, self._database.target) or error from error

    def _take_file(self) -> bool:
        path = Path(f"{self._database.target}-{self._work}")
        create_private_file(path)
        file = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            file.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            file.close()
            return False
        self._file = file
        return True


def _execute_if_there(session: Connection, statement: TextClause) -> None:
    with suppress(DBAPIError):  # a session that the server has lost holds nothing
        session.execute(statement)
