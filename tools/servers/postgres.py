"""A private PostgreSQL cluster: real, on a free port of 127.0.0.1, gone after the tests."""

import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import text

from store import Database

BIN = Path("/usr/lib/postgresql/15/bin")
POSTGIS = Path("/usr/share/postgresql/15/extension/postgis.control")


def is_at_hand() -> bool:
    return (BIN / "initdb").exists() and (os.geteuid() != 0 or shutil.which("runuser") is not None)


def has_postgis() -> bool:
    return is_at_hand() and POSTGIS.exists()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def as_postgres(*command: str) -> None:
    """initdb and pg_ctl refuse root."""
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*prefix, *command], check=True, capture_output=True)


def started() -> tuple[Path, str]:
    """Start a cluster in a folder of its own; gives the folder and the URL without a database's name.

    Not in pytest's folder: that one is closed to the user that PostgreSQL runs as.
    """
    folder = Path(tempfile.mkdtemp(prefix="yihui-postgres-"))
    folder.chmod(0o755)
    return folder, start_new(folder / "data", "-c fsync=off")


def start_new(data: Path, settings: str) -> str:
    """Create a cluster in a folder that isn't there yet, and start it; gives the URL without a database's name."""
    data.mkdir()
    if os.geteuid() == 0:
        shutil.chown(data, "postgres")
    as_postgres(
        str(BIN / "initdb"),
        "-D",
        str(data),
        "-A",
        "trust",
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    )
    return start_with(data, settings)


def start_with(data: Path, settings: str) -> str:
    """Start the cluster of a folder with settings (``-c name=value …``); gives the URL without a database's name."""
    port = free_port()
    options = f"-p {port} -k {data} -c listen_addresses=127.0.0.1 {settings}"
    log = str(data / "log")
    as_postgres(str(BIN / "pg_ctl"), "-D", str(data), "-w", "-t", "600", "-l", log, "-o", options, "start")
    return f"postgresql://postgres@127.0.0.1:{port}"


@contextmanager
def cluster() -> Iterator[str]:
    """A running cluster that is gone afterwards; gives the URL without a database's name."""
    folder, url = started()
    try:
        yield url
    finally:
        stop(str(folder / "data"), "immediate")
        shutil.rmtree(folder)


def create_database(url: str, name: str, how: str) -> str:
    """Create a database in a running cluster; gives its URL."""
    import psycopg

    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" {how}')
    return f"{url}/{name}"


_numbers = itertools.count(1)


@contextmanager
def temporary_database(url: str, prefix: str, how: str) -> Iterator[str]:
    """A database that is dropped afterwards: thousands of them fill a disk, and take minutes to delete."""
    import psycopg

    name = f"{prefix}_{next(_numbers)}"
    yield create_database(url, name, how)
    with (
        suppress(psycopg.OperationalError),  # a test has stopped the cluster
        psycopg.connect(f"{url}/postgres", autocommit=True) as connection,
    ):
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def folder_of(url: str) -> str:
    """Where a running private cluster keeps its data."""
    import psycopg

    with psycopg.connect(f"{url}/postgres") as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    return str(row[0])


def stop(data: str, mode: str = "fast") -> None:
    """Stop the cluster of a folder, which ends all that is under way; ``immediate`` is a crash."""
    as_postgres(str(BIN / "pg_ctl"), "-D", data, "-w", "-m", mode, "stop")


def start(data: str) -> None:
    """Start the cluster of a folder as it was started at first."""
    options = (Path(data) / "postmaster.opts").read_text().split(maxsplit=1)[1].strip().replace('"', "")
    as_postgres(str(BIN / "pg_ctl"), "-D", data, "-w", "-l", f"{data}/log", "-o", options, "start")


def restart(url: str) -> None:
    """Stop a private cluster, which ends all that is under way, and start it again."""
    with stopped(url):
        pass


@contextmanager
def stopped(url: str) -> Iterator[None]:
    """A private cluster is down for a while."""
    data = folder_of(url)
    stop(data)
    try:
        yield
    finally:
        start(data)


def until_somebody_waits(database: Database) -> None:
    """Return once a transaction waits for the lock of another one."""
    waiting = text(
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
        "WHERE NOT granted AND datname = current_database()"
    )
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with database.read() as connection:
            if connection.execute(waiting).scalar_one():
                return
    raise AssertionError("nobody waits")


@contextmanager
def frozen(url: str) -> Iterator[None]:
    """A private cluster neither answers nor refuses for a while, as when its machine hangs."""
    server = int((Path(folder_of(url)) / "postmaster.pid").read_text().splitlines()[0])
    os.kill(server, signal.SIGSTOP)  # first: from now on it starts no others
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    processes = [*map(int, children), server]
    try:
        _signal_all(processes, signal.SIGSTOP)
        yield
    finally:
        _signal_all(processes, signal.SIGCONT)


def _signal_all(processes: list[int], number: int) -> None:
    for process in processes:
        with suppress(ProcessLookupError):  # one that has ended meanwhile
            os.kill(process, number)
