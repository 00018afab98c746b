"""The database: one engine, one way to write, one way to read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from store.errors import DatabaseLocked, DriverMissing, FolderMissing, NotADatabase, translate
from store.insertion import copies

BUSY_TIMEOUT_S = 30.0
POOL_SIZE = 20  # with an overflow of 10: no fewer than the threads that a site has at work


class Database:
    """A SQLite file or a PostgreSQL database; every access is one transaction.

    SQLite begins writers IMMEDIATE: the write lock is taken before the first read, so that two
    writers can't both read the last free place (see docs/decisions/0003).
    """

    def __init__(self, engine: Engine, target: str, *, read_only: bool) -> None:
        self.engine = engine
        self.target = target  # as shown to people: never with a password
        self.read_only = read_only
        self.writes = 0  # how many transactions that may write were committed through this object

    @property
    def wrote(self) -> bool:
        """Whether anything was committed through this object."""
        return self.writes > 0

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that may write: committed at the end, rolled back on any exception.

        *Raises*: StoreError where the database is locked, read-only, full or gone.
        """
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection
        self.writes += 1

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One transaction on a single snapshot, for reading."""
        with self._transaction("BEGIN", isolation_level="REPEATABLE READ") as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str, isolation_level: str | None = None) -> Iterator[Connection]:
        try:
            with self._connect(begin, isolation_level) as connection, connection.begin():
                yield connection
        except PoolTimeout as error:
            raise DatabaseLocked(self.target) from error
        except DBAPIError as error:
            known = translate(error, self.target)
            if known is None:
                raise
            raise known from error

    def _connect(self, begin: str, isolation_level: str | None) -> Connection:
        if self.is_sqlite or isolation_level is None:
            return self.engine.connect().execution_options(sqlite_begin=begin)
        return self.engine.connect().execution_options(isolation_level=isolation_level)

    def forget(self) -> None:
        """Write SQLite's file anew, so that what was deleted stands in no unused part of it nor in its log.

        PostgreSQL does so by itself, in its own time. *Raises*: DatabaseLocked where somebody else is at work.
        """
        if not self.is_sqlite:
            return
        try:
            # Outside of any transaction: nothing is begun.
            with self.engine.connect().execution_options(sqlite_begin="SELECT 1") as connection:
                connection.exec_driver_sql("VACUUM")
                busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()
        except DBAPIError as error:
            raise translate(error, self.target) or error from error
        if busy:
            raise DatabaseLocked(self.target)

    def close(self) -> None:
        self.engine.dispose()


def open_database(
    target: str, *, read_only: bool = False, busy_timeout_s: float = BUSY_TIMEOUT_S
) -> Database:
    """Open a path or a URL (``sqlite:///…``, ``postgresql://…``); connects only when it is used.

    *Raises*: FolderMissing, DriverMissing; NotADatabase for other URLs.
    """
    url = _url(target)
    if url.get_backend_name() == "sqlite":
        engine = _sqlite_engine(url, read_only, busy_timeout_s)
        return Database(engine, url.database or "", read_only=read_only)
    if url.get_backend_name() == "postgresql":
        engine = _postgres_engine(url, read_only)
        return Database(engine, url.render_as_string(hide_password=True), read_only=read_only)
    raise NotADatabase(url.render_as_string(hide_password=True), url.get_backend_name())


def _url(target: str) -> URL:
    if "://" not in target:
        return URL.create("sqlite", database=target)
    try:
        return make_url(target)
    except (ArgumentError, ValueError) as error:
        # What can't be parsed can't be shown without a password that may stand in it.
        raise NotADatabase(target.partition("://")[0] + "://…", "the address can't be read") from error


def _sqlite_engine(url: URL, read_only: bool, busy_timeout_s: float) -> Engine:
    path = Path(url.database or "")
    if path.is_dir() or not path.parent.is_dir():
        raise FolderMissing(str(path))
    mode = "ro" if read_only else "rwc"
    engine = create_engine(
        URL.create(
            "sqlite", database=f"file:{quote(path.resolve().as_posix())}", query={"mode": mode, "uri": "true"}
        ),
        pool_size=POOL_SIZE,
        connect_args={"isolation_level": None, "timeout": busy_timeout_s, "check_same_thread": False},
        insertmanyvalues_page_size=1000,
        hide_parameters=True,  # an error's text must not hold what a row says
    )
    event.listen(engine, "connect", _sqlite_read_pragmas if read_only else _sqlite_pragmas)
    event.listen(engine, "begin", _sqlite_begin)
    return engine


def _sqlite_pragmas(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _sqlite_read_pragmas(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA query_only=ON")


def _sqlite_begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))


def _postgres_engine(url: URL, read_only: bool) -> Engine:
    options = "-c timezone=UTC" + (" -c default_transaction_read_only=on" if read_only else "")
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args={"options": options},
            pool_size=POOL_SIZE,
            pool_pre_ping=True,  # after an outage nobody is given a connection that died in it
            hide_parameters=True,
        )
    except ModuleNotFoundError as error:
        raise DriverMissing(url.render_as_string(hide_password=True)) from error
    copies(engine)
    return engine
