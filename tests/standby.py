"""Two private PostgreSQL servers: the second streams from the first, and has every commit that was acknowledged."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests import postgres
from tests.postgres import BIN, as_postgres, free_port
from tests.yihui.http.serving import until

STANDBY = "standby"  # by which name the first server knows it


@dataclass(frozen=True, slots=True)
class ServerPair:
    """Folders and ports of the first server and of its standby."""

    primary: Path
    primary_port: int
    standby: Path
    standby_port: int

    @property
    def url(self) -> str:
        """The address for the application: both servers, and whichever takes writes."""
        hosts = f"127.0.0.1:{self.primary_port},127.0.0.1:{self.standby_port}"
        return f"postgresql://postgres@{hosts}/postgres?target_session_attrs=read-write&connect_timeout=3"

    def kill_primary(self) -> None:
        """SIGKILL for the first server and all its processes, as when its machine loses its power."""
        server = int((self.primary / "postmaster.pid").read_text().splitlines()[0])
        os.kill(server, signal.SIGSTOP)  # from now on it starts no others
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        for process in (*map(int, children), server):
            with suppress(ProcessLookupError):  # one that has ended meanwhile
                os.kill(process, signal.SIGKILL)

    def promote(self) -> None:
        """Make the standby the server that takes writes; it does when this returns."""
        as_postgres(str(BIN / "pg_ctl"), "-D", str(self.standby), "-w", "promote")


@contextmanager
def server_pair() -> Iterator[ServerPair]:
    """Both servers, running; they are gone afterwards."""
    folder, first = postgres.started()
    made = ServerPair(folder / "data", int(first.rpartition(":")[2]), folder / "standby", free_port())
    try:
        _copy(made)
        _run_standby(made)
        _require_standby(first)
        yield made
    finally:
        for data in (made.primary, made.standby):
            with suppress(Exception):  # a test has killed it, or it never ran
                postgres.stop(str(data), "immediate")
        shutil.rmtree(folder)


def _copy(made: ServerPair) -> None:
    made.standby.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(made.standby, "postgres")
    source = f"host=127.0.0.1 port={made.primary_port} user=postgres application_name={STANDBY}"
    as_postgres(str(BIN / "pg_basebackup"), "-D", str(made.standby), "-R", "-c", "fast", "-d", source)


def _run_standby(made: ServerPair) -> None:
    data = made.standby
    options = f"-p {made.standby_port} -k {data} -c listen_addresses=127.0.0.1 -c fsync=off"
    as_postgres(str(BIN / "pg_ctl"), "-D", str(data), "-w", "-l", str(data / "log"), "-o", options, "start")


def _require_standby(first: str) -> None:
    """From now on the first server acknowledges a commit only when the standby has it."""
    with psycopg.connect(f"{first}/postgres", autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'")
        connection.execute("SELECT pg_reload_conf()")
        states = "SELECT sync_state FROM pg_stat_replication"
        until(lambda: connection.execute(states).fetchall() == [("sync",)])
