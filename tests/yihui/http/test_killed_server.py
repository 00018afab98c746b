"""Processes of a site: stopped while they start, killed, and the few threads and arenas that they have."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.postgres import free_port
from tests.yihui.http.serving import answers, until
from yihui.bootstrap import Settings, build_wiring
from yihui.http.supervisor import KILL_WORKER_AFTER_S

pytestmark = pytest.mark.endure

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
def _starting(folder: Path, environ: Mapping[str, str] = os.environ) -> Iterator[StartingSite]:
    build_wiring(Settings(database=str(folder / "yihui.db"), data_folder=folder)).database.close()
    port, log = free_port(), folder / "log"
    given = {
        **environ,
        "YIHUI_DATABASE_URL": str(folder / "yihui.db"),
        "YIHUI_DATA_FOLDER": str(folder),
        "YIHUI_LANG": "en",
    }
    with log.open("wb") as said:
        command = subprocess.Popen(
            [sys.executable, "-m", "yihui", "serve", "--port", str(port)],
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


@pytest.mark.parametrize(("point", "number", "to_group"), CASES)
def test_a_site_stopped_while_it_starts_ends_without_a_fault(
    tmp_path: Path, point: str, number: signal.Signals, to_group: bool
) -> None:
    with _starting(tmp_path) as site:
        until(lambda: POINTS[point](site) or site.command.poll() is not None)
        assert site.command.poll() is None, site.log.read_text()
        workers = site.workers()
        (os.killpg if to_group else os.kill)(site.command.pid, number)
        assert site.command.wait(ENDS_WITHIN_S) == 0, site.log.read_text()
        assert not [worker for worker in workers if Path(f"/proc/{worker}").exists()]
        assert "Unexpected" not in site.log.read_text()


def test_a_worker_that_does_not_stop_is_killed_and_the_site_ends(tmp_path: Path) -> None:
    with _starting(tmp_path) as site:
        until(lambda: len(site.workers()) == 1)
        [worker] = site.workers()
        os.kill(worker, signal.SIGSTOP)  # it hears nothing of SIGTERM
        site.command.send_signal(signal.SIGTERM)
        assert site.command.wait(KILL_WORKER_AFTER_S + ENDS_WITHIN_S) == 0, site.log.read_text()
        assert not Path(f"/proc/{worker}").exists()


def test_the_port_of_a_killed_site_is_free_again(tmp_path: Path) -> None:
    port = free_port()
    given = os.environ | {"YIHUI_DATABASE_URL": str(tmp_path / "x.db"), "YIHUI_DATA_FOLDER": str(tmp_path)}
    command = [sys.executable, "-m", "yihui", "serve", "--port", str(port)]
    for _ in range(2):
        with (tmp_path / "log").open("ab") as log:
            server = subprocess.Popen(command, env=given, stdout=log, stderr=log)
        try:
            until(lambda: answers(port))
        finally:
            server.kill()
            server.wait(20)
        until(lambda: not answers(port))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1"}),
        ({"OMP_NUM_THREADS": "3"}, {"MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "3"}),
        ({"MALLOC_ARENA_MAX": "8"}, {"MALLOC_ARENA_MAX": "8", "OMP_NUM_THREADS": "1"}),
    ],
    ids=["neither", "threads", "arenas"],
)
def test_limits_are_the_operator_s_where_there_are_any(
    given: dict[str, str], expected: dict[str, str], tmp_path: Path
) -> None:
    inherited = {name: value for name, value in os.environ.items() if name not in expected}
    with _starting(tmp_path, inherited | given) as site:
        until(lambda: answers(site.port))
        [worker] = site.workers()
        variables = Path(f"/proc/{worker}/environ").read_text().split("\0")
        assert {f"{name}={value}" for name, value in expected.items()} <= set(variables)
