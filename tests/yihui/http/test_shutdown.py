"""A site that is told to stop, at its start or later, or is killed: pages are let go at once, counts are kept, nothing stays behind."""

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from tests.yihui.http.conftest import HERE, STATIONS, import_into
from tests.yihui.http.serving import answers, until
from tools.servers.postgres import free_port
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http import drain
from yihui.http.shutdown import ShutdownMiddleware
from yihui.http.supervisor import KILL_WORKER_AFTER_S

ENDS_WITHIN_S = 10.0
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass
class StartingSite:
    """A site that starts in a group of processes of its own."""

    command: subprocess.Popen[bytes]
    port: int
    log: Path

    def workers(self) -> list[int]:
        """The processes that the supervisor has started."""
        try:
            text = Path(f"/proc/{self.command.pid}/task/{self.command.pid}/children").read_text()
        except OSError:
            return []
        return [int(word) for word in text.split()]

    def cpu_of_worker_s(self) -> float:
        """How long the worker has computed: how far its start is."""
        try:
            [worker] = self.workers()
            stat = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()
        except (OSError, ValueError):
            return 0.0
        return (int(stat[11]) + int(stat[12])) / _TICKS_PER_S


@contextmanager
def _starting(
    folder: Path, environ: Mapping[str, str] = os.environ, options: Sequence[str] = ()
) -> Iterator[StartingSite]:
    port, log = free_port(), folder / "log"
    given = {
        **environ,
        "YIHUI_DATABASE_URL": str(folder / "yihui.db"),
        "YIHUI_DATA_FOLDER": str(folder),
        "YIHUI_LANG": "en",
    }
    with log.open("wb") as said:
        command = subprocess.Popen(
            [sys.executable, "-m", "yihui", "serve", "--port", str(port), *options],
            env=given,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    site = StartingSite(command, port, log)
    try:
        yield site
    finally:
        for worker in site.workers():
            os.kill(worker, signal.SIGKILL)
        command.kill()
        command.wait(ENDS_WITHIN_S)


def _planted(folder: Path) -> Path:
    """Migrate a database, and fill it with the small register."""
    wiring = build_wiring(Settings(database=str(folder / "yihui.db"), data_folder=folder))
    import_into(wiring, STATIONS)
    wiring.database.close()
    return folder


def _answering(site: StartingSite) -> tuple[subprocess.Popen[bytes], int]:
    until(lambda: answers(site.port) and str(site.port) in site.log.read_text())  # it has told its address
    return site.command, site.port


def _has_computed(seconds: float) -> Callable[[StartingSite], bool]:
    return lambda site: site.cpu_of_worker_s() >= seconds or answers(site.port)


POINTS: dict[str, Callable[[StartingSite], bool]] = {
    "worker": lambda site: bool(site.workers()),
    "imports": _has_computed(0.3),
    "app": _has_computed(1.0),
    "late": _has_computed(1.8),
    "answers": lambda site: answers(site.port),
}


CASES = [
    *((point, signal.SIGTERM, False) for point in POINTS),
    *((point, signal.SIGINT, True) for point in ("imports", "late")),  # Ctrl+C
    ("app", signal.SIGINT, False),
]


@pytest.mark.endure
@pytest.mark.parametrize(("point", "number", "to_group"), CASES)
def test_a_site_stopped_while_it_starts_ends_without_a_fault(
    tmp_path: Path, point: str, number: signal.Signals, to_group: bool
) -> None:
    with _starting(_planted(tmp_path)) as site:
        until(lambda: POINTS[point](site) or site.command.poll() is not None)
        assert site.command.poll() is None, site.log.read_text()
        workers = site.workers()
        (os.killpg if to_group else os.kill)(site.command.pid, number)
        assert site.command.wait(ENDS_WITHIN_S) == 0, site.log.read_text()
        assert not [worker for worker in workers if Path(f"/proc/{worker}").exists()]
        assert "Unexpected" not in site.log.read_text()


@pytest.mark.endure
def test_a_worker_that_does_not_stop_is_killed_and_the_site_ends(tmp_path: Path) -> None:
    with _starting(_planted(tmp_path)) as site:
        until(lambda: len(site.workers()) == 1)
        [worker] = site.workers()
        os.kill(worker, signal.SIGSTOP)  # it hears nothing of SIGTERM
        site.command.send_signal(signal.SIGTERM)
        assert site.command.wait(KILL_WORKER_AFTER_S + ENDS_WITHIN_S) == 0, site.log.read_text()
        assert not Path(f"/proc/{worker}").exists()


@pytest.mark.endure
def test_the_port_of_a_killed_site_is_free_again(tmp_path: Path) -> None:
    with _starting(tmp_path) as site:
        until(lambda: answers(site.port))
        site.command.kill()
        until(lambda: not answers(site.port))


NEWS = b"GET /api/v1/stations/news HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n"
HALF_A_HEAD = b"GET / HTTP/1.1\r\nHost: 127."
HALF_A_BODY = b"POST /rests HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nstation="
QUIET_S = 20.0


def _sends(port: int, sent: bytes) -> socket.socket:
    opened = socket.create_connection(("127.0.0.1", port), timeout=QUIET_S)
    opened.sendall(sent)
    return opened


def _until_it_says(opened: socket.socket, word: bytes) -> None:
    got = b""
    while word not in got:
        part = opened.recv(4_096)
        assert part, got
        got += part


def _to_its_end(opened: socket.socket) -> bytes:
    """All that still comes; an error where the connection stays open."""
    got = b""
    while part := opened.recv(4_096):
        got += part
    return got


@pytest.mark.endure
@pytest.mark.parametrize(
    "half",
    [pytest.param(HALF_A_HEAD, id="half a head"), pytest.param(HALF_A_BODY, id="half a body")],
)
def test_at_shutdown_pages_close_first_counts_are_stored_and_half_requests_are_cut(
    tmp_path: Path, half: bytes
) -> None:
    with _starting(_planted(tmp_path)) as site:
        server, port = _answering(site)
        pages = [_sends(port, NEWS) for _ in range(3)]
        for page in pages:
            _until_it_says(page, b"retry:")
        stuck = _sends(port, half)
        asked = httpx.get(
            f"http://127.0.0.1:{port}/api/v1/stations/nearest?lon={HERE[0]}&lat={HERE[1]}&datum=wgs84",
            timeout=QUIET_S,
        )
        assert asked.status_code == 200
        server.send_signal(signal.SIGTERM)
        for page in pages:
            _to_its_end(page)
        assert server.poll() is None, "the half request still holds the site, and no page waits for that"
        assert server.wait(QUIET_S) == 0, (tmp_path / "log").read_text()
        assert b"HTTP/1.1 200" not in _to_its_end(stuck)
        stuck.close()
    with sqlite3.connect(tmp_path / "yihui.db") as database:
        assert database.execute("SELECT sum(count) FROM search_counts").fetchone() == (1,)


@pytest.mark.endure
def test_a_public_site_that_waits_for_its_database_ends_by_itself(tmp_path: Path) -> None:
    with _starting(_planted(tmp_path), options=("--public", "yizhan.example.cn")) as site:
        server, port = _answering(site)
        asked = httpx.get(
            f"http://127.0.0.1:{port}/api/v1/stations/nearest?lon={HERE[0]}&lat={HERE[1]}&datum=wgs84",
            timeout=QUIET_S,
        )
        assert asked.status_code == 200, "a count to be written at the end"
        with closing(sqlite3.connect(tmp_path / "yihui.db", timeout=QUIET_S, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            server.send_signal(signal.SIGTERM)
            assert server.wait(QUIET_S) == 0, (tmp_path / "log").read_text()
    assert "Killing" not in (tmp_path / "log").read_text()


# --- the order, without a server


class Told:
    """A server's side of the app's life: says `startup`, and `shutdown` when it is let."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()
        self.log: list[object] = []
        self._messages = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive(self) -> Message:
        kind = next(self._messages)
        if kind == "lifespan.shutdown":
            await self.may_end.wait()
        return {"type": kind}

    async def send(self, message: Message) -> None:
        self.log.append(message["type"])

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "lifespan.startup"
        await send({"type": "lifespan.startup.complete"})
        os.kill(os.getpid(), signal.SIGTERM)
        assert (await receive())["type"] == "lifespan.shutdown"
        self.log.append("counts are kept")
        await send({"type": "lifespan.shutdown.complete"})


@contextmanager
def _heard() -> Iterator[list[int]]:
    """SIGTERM does no more to this process than to be heard."""
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        yield heard
    finally:
        signal.signal(signal.SIGTERM, before)


ENDED = ["lifespan.startup.complete", "counts are kept", "lifespan.shutdown.complete"]


def test_an_app_whose_server_waits_too_long_ends_by_itself_and_then_leaves() -> None:
    async def run() -> list[object]:
        told = Told()
        await ShutdownMiddleware(told.app, 0.0, told.log.append)(
            {"type": "lifespan"}, told.receive, told.send
        )
        return told.log

    with _heard() as heard:
        assert asyncio.run(run()) == [*ENDED, 0]
    assert heard == [signal.SIGTERM], "who listened for it before still hears it"


def test_a_stop_signal_lets_no_further_job_of_the_upkeep_begin(
    wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last run processes what was accepted, and leaves the upkeep to the next start."""
    ends: list[bool] = []
    monkeypatch.setattr(drain, "run_upkeep_and_seal", lambda _wiring, is_ending: ends.append(is_ending()))

    async def run() -> None:
        async with drain.Drain(wiring).lifespan(FastAPI()):
            os.kill(os.getpid(), signal.SIGTERM)

    with _heard():
        asyncio.run(run())
    assert ends[-1]
