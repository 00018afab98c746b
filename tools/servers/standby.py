"""Two private PostgreSQL servers: the second streams from the first, and has every commit that was acknowledged.

Between them and towards everybody else they use TLS and passwords alone, as docs/operate.md says.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tools.servers import postgres
from tools.servers.postgres import BIN, as_postgres, free_port
from tools.servers.securing import certificate
from tools.servers.streaming import wait_until

STANDBY = "standby"  # by which name the first server knows it
PASSWORD = "correct-horse-4"  # of the application's user
_REPLICATOR, _REPLICATION_PASSWORD = "replicator", "correct-horse-5"
_ACCESS = f"""
hostssl all postgres 127.0.0.1/32 scram-sha-256
hostssl replication {_REPLICATOR} 127.0.0.1/32 scram-sha-256
"""


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
        return f"{self._address(hosts)}&target_session_attrs=read-write&connect_timeout=3"

    @property
    def first(self) -> str:
        """The address of the first server alone."""
        return self._address(f"127.0.0.1:{self.primary_port}")

    @property
    def authority(self) -> Path:
        """The certificate by which clients know both servers."""
        return self.primary.parent / "certificate.pem"

    def _address(self, hosts: str) -> str:
        encrypted = f"sslmode=verify-full&sslrootcert={self.authority}"
        return f"postgresql://postgres:{PASSWORD}@{hosts}/postgres?{encrypted}"

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
        _secure(made, f"{first}/postgres")
        _copy(made)
        _run_standby(made)
        _require_standby(made)
        yield made
    finally:
        for data in (made.primary, made.standby):
            with suppress(Exception):  # a test has killed it, or it never ran
                postgres.stop(str(data), "immediate")
        shutil.rmtree(folder)


def _secure(made: ServerPair, unsecured: str) -> None:
    """Let the first server accept connections only by TLS and with a password."""
    authority = certificate(made.primary.parent)
    assert authority == made.authority
    for path, name in ((authority, "server.crt"), (authority.with_name("key.pem"), "server.key")):
        placed = made.primary / name
        placed.write_bytes(path.read_bytes())
        placed.chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(placed, "postgres")
    (made.primary / "pg_hba.conf").write_text(_ACCESS)
    with psycopg.connect(unsecured, autocommit=True) as connection:
        connection.execute(f"ALTER ROLE postgres PASSWORD '{PASSWORD}'")
        connection.execute(f"CREATE ROLE {_REPLICATOR} REPLICATION LOGIN PASSWORD '{_REPLICATION_PASSWORD}'")
        connection.execute("ALTER SYSTEM SET ssl = on")
        connection.execute("SELECT pg_reload_conf()")
    wait_until(lambda: _is_reached(made.first), within_s=600)


def _is_reached(address: str) -> bool:
    with suppress(psycopg.OperationalError), psycopg.connect(address):
        return True
    return False


def _copy(made: ServerPair) -> None:
    made.standby.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(made.standby, "postgres")
    source = (
        f"host=127.0.0.1 port={made.primary_port} user={_REPLICATOR} password={_REPLICATION_PASSWORD}"
        f" sslmode=verify-full sslrootcert={made.authority} application_name={STANDBY}"
    )
    as_postgres(str(BIN / "pg_basebackup"), "-D", str(made.standby), "-R", "-c", "fast", "-d", source)


def _run_standby(made: ServerPair) -> None:
    data = made.standby
    options = f"-p {made.standby_port} -k {data} -c listen_addresses=127.0.0.1 -c fsync=off"
    as_postgres(str(BIN / "pg_ctl"), "-D", str(data), "-w", "-l", str(data / "log"), "-o", options, "start")


def _require_standby(made: ServerPair) -> None:
    """From now on the first server acknowledges a commit only when the standby has it."""
    with psycopg.connect(made.first, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'")
        connection.execute("SELECT pg_reload_conf()")
        states = "SELECT sync_state FROM pg_stat_replication"
        wait_until(lambda: connection.execute(states).fetchall() == [("sync",)], within_s=600)
