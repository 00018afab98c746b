"""A site as an operator starts it over a register of some size, and its peer: a bare endpoint on the same server.

python -m bench.web_server PORT FILE serves the peer: / gives a constant, /answer the JSON of the file, as often as it is asked.
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

from bench.stations import register

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)  # Friday, 10:00 in Beijing
_ALL_CORES = "sched_setaffinity"
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A process that answers at a port of 127.0.0.1."""

    port: int
    pid: int

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def processor_s(self) -> float:
        """Seconds that its worker has worked so far."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        fields = [Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split() for child in children]
        return sum(int(one[11]) + int(one[12]) for one in fields) / _TICKS_PER_S


def pin(core: int) -> None:
    """Keep this process, and those that it starts from now on, on one core where there are several."""
    if hasattr(os, _ALL_CORES) and (os.cpu_count() or 1) > core:
        os.sched_setaffinity(0, {core})


@contextmanager
def site(size: int) -> Iterator[Server]:
    """The public site over so many stations, with every layer there is and an allowance that nobody uses up."""
    from geo.registry import Register, import_stations
    from yihui.bootstrap import Settings, build_wiring

    with tempfile.TemporaryDirectory() as folder:
        database = str(Path(folder) / "yihui.db")
        wiring = build_wiring(Settings(database, Path(folder)), now=lambda: NOW)
        stations = register(np.random.default_rng(1), size)
        with wiring.database.write() as connection:
            import_stations(connection, Register("bench", "", "bench.csv", "1"), stations, NOW)
        wiring.database.close()
        given = {"YIHUI_DATABASE_URL": database, "YIHUI_DATA_FOLDER": folder, "YIHUI_NOW": NOW.isoformat()}
        asked = ["-m", "yihui", "serve", "--public", "bench.example", "--per-client", "1000000"]
        with _running(asked, given) as server:
            yield server


@contextmanager
def peer(answer: bytes) -> Iterator[Server]:
    """FastAPI with an endpoint that returns a constant, by granian as we start it, and nothing else."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(answer)
        file.flush()
        with _running(["-m", "bench.web_server", file.name], {}) as server:
            yield server


@contextmanager
def _running(arguments: Sequence[str], given: dict[str, str]) -> Iterator[Server]:
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
            yield Server(port, process.pid)
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


def app() -> object:
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
        "bench.web_server:app",
        "127.0.0.1",
        port,
        interface=asgi,
        factory=True,
        websockets=False,
        log_level=quiet,
    ).serve()


if __name__ == "__main__":
    _serve_peer(sys.argv[1], int(sys.argv[3]))
