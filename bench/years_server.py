"""A PostgreSQL server whose folder stays: an interrupted measurement goes on where it was."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tools.servers import postgres

# A batch locks each month of five tables and their indexes: the default of 64 is enough for a dozen writers at once.
SETTINGS = {
    "fsync": "on",
    "shared_buffers": "4GB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "maintenance_work_mem": "1GB",
    "autovacuum": "on",
    "max_locks_per_transaction": "256",
    "shared_preload_libraries": "pg_stat_statements",
}


class YearsServer:
    """A private server below a folder; ``url`` is without a database's name."""

    def __init__(self, folder: Path) -> None:
        self._data = folder.resolve() / "postgres"
        self._settings = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        self.url = ""

    def start(self) -> None:
        self._data.parent.mkdir(parents=True, exist_ok=True)
        if (self._data / "PG_VERSION").exists():
            self.url = postgres.start_with(self._data, self._settings)
        else:
            self.url = postgres.start_new(self._data, self._settings)

    def stop(self) -> None:
        postgres.stop(str(self._data))

    def restart_cold(self) -> None:
        """Restart without anything in memory: neither in the server's buffers nor in the system's cache."""
        self.stop()
        for path in self._data.rglob("*"):
            if path.is_file():
                with path.open("rb") as file:
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        self.start()

    def create(self, name: str) -> None:
        """Create a database unless it is there."""
        with psycopg.connect(f"{self.url}/postgres", autocommit=True) as connection:
            is_there = connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchall()
        if not is_there:
            postgres.create_database(self.url, name, "")

    def target(self, name: str) -> str:
        return f"{self.url}/{name}"


@contextmanager
def run_server(folder: Path) -> Iterator[YearsServer]:
    """Run the server of a folder; it stops with the block, and the folder stays."""
    server = YearsServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
