"""The database: one engine, with one way to write and one way to read."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.local_hosts import is_local_host
from store.errors import store_error, translate_error
from store.insertion import enable_copy
from store.pending import collect_pending_rows, write_pending_rows_before_reading
from store.selection import READ_ONCE
from store.server_address import for_reading, list_hosts, parse_server_address, show_server_address

_WITH_PORT = re.compile(r"^(\[[^\]]*\]|[^:]*):\d+$")
BUSY_TIMEOUT_S = 30.0
_BEGIN_WRITE = "BEGIN IMMEDIATE"
_REPLACE_FIRES_GUARDS = "PRAGMA recursive_triggers=ON"  # or INSERT OR REPLACE would delete past the guards
POOL_SIZE = 20  # with an overflow of 10: at least the number of a site's worker threads


@dataclass(slots=True)
class CommitCount:
    """How many transactions that may write were committed while it counted."""

    commits: int = 0


_counting: ContextVar[CommitCount | None] = ContextVar("counting", default=None)


@contextmanager
def count_commits() -> Iterator[CommitCount]:
    """Count the committed transactions of a block, in its thread and in those that take over its context."""
    count = CommitCount()
    token = _counting.set(count)
    try:
        yield count
    finally:
        _counting.reset(token)


class Database:
    """A SQLite file or a PostgreSQL database; every access is one transaction.

    SQLite begins writers IMMEDIATE: the write lock is taken before the first read, so that two
    writers can't both read the last free place (see docs/decisions/0017).
    """

    def __init__(self, engine: Engine, target: str, *, read_only: bool) -> None:
        self.engine = engine
        self.target = target  # as shown to users, without a password
        self.read_only = read_only
        self.writes = 0  # the number of committed transactions that may write
        # Called within each transaction that may write, before anything else; it may refuse the transaction.
        self.check_write: Callable[[Connection], None] | None = None

    @property
    def has_written(self) -> bool:
        """Whether a transaction that may write was committed through this object."""
        return self.writes > 0

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def servers(self) -> list[str]:
        """The PostgreSQL servers that the address names, where it names several."""
        return list_hosts(self.engine.url)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that may write: committed at the end, rolled back on any exception.

        *Raises*: StoreError if the database is locked, read-only, full or gone; whatever ``check_write`` raises.
        """
        with self._transaction(_BEGIN_WRITE) as connection:
            if self.check_write is not None:
                self.check_write(connection)
            with collect_pending_rows(connection):
                yield connection
        self.writes += 1
        count = _counting.get()
        if count is not None:
            count.commits += 1

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction on a single snapshot, for reading."""
        with self._transaction("BEGIN", isolation_level="REPEATABLE READ") as connection:
            yield connection.execution_options(**{READ_ONCE: {}})

    @contextmanager
    def _transaction(self, begin: str, isolation_level: str | None = None) -> Iterator[Connection]:
        try:
            with self._connect(begin, isolation_level) as connection, connection.begin():
                yield connection
        except PoolTimeout as error:
            raise store_error("locked", self.target) from error
        except DBAPIError as error:
            known = translate_error(error, self.target)
            if known is None:
                raise
            raise known from error

    def _connect(self, begin: str, isolation_level: str | None) -> Connection:
        if self.is_sqlite or isolation_level is None:
            return self.engine.connect().execution_options(sqlite_begin=begin)
        return self.engine.connect().execution_options(isolation_level=isolation_level)

    def vacuum(self) -> None:
        """Rewrite SQLite's file, so that deleted data is neither in unused pages nor in the log.

        PostgreSQL does so by itself, later. *Raises*: DatabaseLocked if another connection is in use.
        """
        if not self.is_sqlite:
            return
        try:
            # Outside of any transaction, as VACUUM requires.
            with self.engine.connect().execution_options(sqlite_begin="SELECT 1") as connection:
                connection.exec_driver_sql("VACUUM")
                busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()
        except DBAPIError as error:
            raise translate_error(error, self.target) or error from error
        if busy:
            raise store_error("locked", self.target)

    def close(self) -> None:
        self.engine.dispose()


def open_database(
    target: str, *, read_only: bool = False, busy_timeout_s: float = BUSY_TIMEOUT_S
) -> Database:
    """Open a path or a URL (``sqlite:///…``, ``postgresql://…``); it connects on first use.

    A PostgreSQL URL may name several servers, of which one takes writes: ``postgresql://h1,h2/db``.

    *Raises*: StoreError if there is no folder or no driver, and for other URLs.
    """
    url = _url(target)
    if url.get_backend_name() == "sqlite":
        engine = _sqlite_engine(url, read_only, busy_timeout_s)
        return Database(engine, url.database or "", read_only=read_only)
    if url.get_backend_name() == "postgresql":
        engine = _postgres_engine(url, read_only)
        return Database(engine, show_server_address(url), read_only=read_only)
    raise store_error("no_database", show_server_address(url), url.get_backend_name())


def _url(target: str) -> URL:
    if "://" not in target:
        return URL.create("sqlite", database=target)
    try:
        return parse_server_address(target)
    except (ArgumentError, ValueError) as error:
        # A target that can't be parsed may contain a password, so it is not shown.
        shown = target.partition("://")[0] + "://…"
        raise store_error("no_database", shown, "the address can't be read") from error


def _sqlite_engine(url: URL, read_only: bool, busy_timeout_s: float) -> Engine:
    path = Path(url.database or "")
    if path.is_dir() or not path.parent.is_dir():
        raise store_error("no_folder", str(path))
    mode = "ro" if read_only else "rwc"
    engine = create_engine(
        URL.create(
            "sqlite", database=f"file:{quote(path.resolve().as_posix())}", query={"mode": mode, "uri": "true"}
        ),
        pool_size=POOL_SIZE,
        connect_args={"isolation_level": None, "timeout": busy_timeout_s, "check_same_thread": False},
        insertmanyvalues_page_size=1000,
        hide_parameters=True,  # an error's text must not contain a row's data
    )
    if not read_only:
        event.listen(engine, "do_connect", lambda *_: create_private_file(path))
    event.listen(engine, "connect", _sqlite_read_pragmas if read_only else _sqlite_pragmas)
    event.listen(engine, "begin", _sqlite_begin)
    write_pending_rows_before_reading(engine)
    return engine


def create_private_file(path: Path) -> None:
    """Create a file of SQLite for its owner alone, unless it is there; a log and an index get the same mode.

    SQLite itself reports a folder that can't be written to.
    """
    with suppress(OSError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _sqlite_pragmas(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(_REPLACE_FIRES_GUARDS)


def _sqlite_read_pragmas(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA query_only=ON")


def _sqlite_begin(connection: Connection) -> None:
    begin = connection.get_execution_options().get("sqlite_begin", "BEGIN")
    if begin == _BEGIN_WRITE:
        connection.exec_driver_sql(_REPLACE_FIRES_GUARDS)  # an earlier transaction may have set it off
    connection.exec_driver_sql(begin)


def _is_unencrypted(url: URL) -> bool:
    """Return whether the connection leaves this machine and nobody has said how it is encrypted.

    PostgreSQL's own default encrypts only if the server offers it, and checks no certificate.
    """
    if url.query.get("sslmode") or os.environ.get("PGSSLMODE"):
        return False
    given = url.query.get("host") or url.host or os.environ.get("PGHOST", "")
    hosts = ",".join((given,) if isinstance(given, str) else given).split(",")
    named = [_WITH_PORT.sub(r"\1", host) for host in hosts if host and not host.startswith("/")]  # no sockets
    return not all(map(is_local_host, named))


def _postgres_engine(url: URL, read_only: bool) -> Engine:
    if _is_unencrypted(url):
        raise store_error("not_encrypted", show_server_address(url))
    # A lookup of 500 ids in years of months has such costs that PostgreSQL would compile it or start workers for it,
    # which takes ten times as long as the lookup. It still starts workers to read a whole table.
    options = "-c timezone=UTC -c jit=off -c parallel_setup_cost=100000" + (
        " -c default_transaction_read_only=on" if read_only else ""
    )
    try:
        engine = create_engine(
            (for_reading(url) if read_only else url).set(drivername="postgresql+psycopg"),
            connect_args={"options": options},
            pool_size=POOL_SIZE,
            pool_pre_ping=True,  # after an outage the pool must not hand out dead connections
            hide_parameters=True,
        )
    except ModuleNotFoundError as error:
        raise store_error("no_driver", show_server_address(url)) from error
    enable_copy(engine)
    write_pending_rows_before_reading(engine)
    return engine
