"""Run the site as an operator would, over a register of a given size, and a bare endpoint on the same server software.

python -m bench.web_server FILE --port PORT serves the bare endpoint: / returns a constant, /answer the JSON of
the file.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from socket import socket
from threading import Event

import numpy as np

from bench.measurement import processor_s
from bench.stations import random_register

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)  # Friday, 10:00 in Beijing
_ALL_CORES = "sched_setaffinity"


@dataclass(frozen=True, slots=True)
class BenchServer:
    """A server process that listens on a port of 127.0.0.1."""

    port: int
    pid: int

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def processor_s(self) -> float:
        """Return the processor seconds that its worker has used so far."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return sum(processor_s(int(child)) for child in children)


def pin_to_core(core: int) -> None:
    """Run this process, and the processes that it starts from now on, on one core if there are several."""
    if hasattr(os, _ALL_CORES) and (os.cpu_count() or 1) > core:
        os.sched_setaffinity(0, {core})


@contextmanager
def start_site(size: int) -> Iterator[BenchServer]:
    """Run the public site over ``size`` stations, with every middleware and a rate limit that is never
    reached.
    """
    from geo.registry.diff import Register
    from geo.registry.stations import import_stations
    from yihui.bootstrap import Settings, build_wiring

    with tempfile.TemporaryDirectory() as folder:
        database = str(Path(folder) / "yihui.db")
        wiring = build_wiring(Settings(database, Path(folder)), now=lambda: NOW)
        stations = random_register(np.random.default_rng(1), size)
        with wiring.database.write() as connection:
            import_stations(connection, Register("bench", "", "bench.csv", "1"), stations, NOW)
        wiring.database.close()
        given = {"YIHUI_DATABASE_URL": database, "YIHUI_DATA_FOLDER": folder, "YIHUI_NOW": NOW.isoformat()}
        asked = ["-m", "yihui", "serve", "--public", "bench.example", "--per-client", "1000000"]
        with start_server(asked, given) as server:
            yield server


@contextmanager
def start_peer(answer: bytes) -> Iterator[BenchServer]:
    """Run FastAPI on granian, configured as for the site, with endpoints that only return a constant."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(answer)
        file.flush()
        with start_server(["-m", "bench.web_server", file.name], {}) as server:
            yield server


@contextmanager
def start_server(arguments: Sequence[str], given: dict[str, str]) -> Iterator[BenchServer]:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, *arguments, "--port", str(port)]
    with subprocess.Popen(
        command, env=os.environ | given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            while not _answers(port):
                assert process.poll() is None, f"{' '.join(arguments)} has ended"
                Event().wait(0.1)
            yield BenchServer(port, process.pid)
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


# --- the peer


def create_peer_app() -> object:
    """Create the bare application; granian calls this factory."""
    from fastapi import FastAPI

    bare, answer = FastAPI(), json.loads(Path(os.environ["BENCH_ANSWER"]).read_bytes())

    @bare.get("/")
    async def constant() -> dict[str, str]:
        return {"status": "ok"}

    @bare.get("/answer")
    async def of_its_size() -> dict[str, object]:
        return dict(answer)

    return bare


def _serve_peer(file: str, port: int) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    os.environ["BENCH_ANSWER"] = file
    asgi, quiet = Interfaces.ASGI, LogLevels.warning
    Granian(
        "bench.web_server:create_peer_app",
        "127.0.0.1",
        port,
        interface=asgi,
        factory=True,
        websockets=False,
        log_level=quiet,
    ).serve()


if __name__ == "__main__":
    _serve_peer(sys.argv[1], int(sys.argv[3]))
