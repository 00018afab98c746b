"""A whole installation: brokers, database, site, relay, workers; real processes, on this machine alone."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.request import urlopen

from sqlalchemy import Connection, text

from events.stream.access import StreamAccess
from events.stream.administration import apply_topic_changes
from store import Database, StoreError, open_database
from tools.servers import postgres
from tools.servers.kafka import Kafka, brokers
from tools.servers.postgres import free_port
from tools.servers.small_disk import may_mount, small_disk
from yihui.runtime.demo_marker import DEMO_MARKER_FILE

ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class ManagedProcess:
    """One command of ours. ``ends`` are the exit codes seen so far, negative for signals."""

    name: str
    arguments: Sequence[str]
    environ: Mapping[str, str]
    log: Path
    ends: list[int] = field(default_factory=list)
    process: "subprocess.Popen[bytes] | None" = None
    is_mortal: bool = False

    def start(self, *, dies_at: int | None = None, more: Mapping[str, str] | None = None) -> None:
        """Start it; ``dies_at`` is the statement at which it is killed."""
        if self.process is not None:
            self.ends.append(self.process.wait())
        self.is_mortal = dies_at is not None
        how = ["-m", "yihui"] if dies_at is None else ["-m", "tests.chaos.mortal", str(dies_at)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *how, *self.arguments],
                cwd=ROOT,
                env={**os.environ, **self.environ, **(more or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def lives(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def tend(self) -> None:
        """What a supervisor does: start again what ended."""
        if self.process is not None and not self.lives:
            self.start()

    def spare(self) -> None:
        """One that was to die at a statement and has not come to it yet is started anew, to live."""
        if self.is_mortal:
            self.kill()
            self.tend()

    def send(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """Killed, and gone when this returns; ``tend`` starts it again."""
        self.send(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def ended(self, patience_s: float = 60.0) -> int:
        """The exit code of one that ends by itself. *Raises*: TimeoutExpired."""
        assert self.process is not None, f"{self.name} was never started"
        return self.process.wait(patience_s)

    def end(self, patience_s: float = 30.0) -> int:
        """Asked to stop; gives its exit code. *Raises*: TimeoutExpired, after killing it."""
        self.send(signal.SIGTERM)
        assert self.process is not None, f"{self.name} was never started"
        try:
            return self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


WORKERS = 3
PATIENCE_S = 180.0
PAUSE_S = 8.0  # longer than a session of a worker's
_LOOK_EVERY_S = 0.1
_BROKERS = 3


class Stuck(AssertionError):
    """What had to come to pass did not within the time for it."""


@dataclass(slots=True)
class Town:
    """``url`` is the database, ``data`` its server's folder, ``port`` the site's. ``folder`` holds logs."""

    folder: Path
    kafka: Kafka
    data: str
    url: str
    access: StreamAccess
    port: int
    database: Database
    has_small_disk: bool  # the last broker's, which can be filled
    pause_s: float = PAUSE_S  # how long brokers are paused at least
    kept: dict[str, ManagedProcess] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)  # more of them, for each of its processes
    probes: Mapping[str, int] = field(default_factory=dict)  # ports at which processes answer probes, by name

    @property
    def environ(self) -> dict[str, str]:
        """The settings of each of its processes."""
        return {
            **self.settings,
            "YIHUI_DATABASE_URL": self.url,
            "YIHUI_DATA_FOLDER": str(self.folder / "data"),
            "YIHUI_KAFKA": self.access.servers,
            "PYTHONPATH": ".",
        }

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Start a process, in the place of one that has ended if there was one of this name."""
        if name in self.probes:
            arguments = [*arguments, "--probes", str(self.probes[name])]
        self.kept[name] = ManagedProcess(name, arguments, self.environ, self.folder / f"{name}.log")
        self.kept[name].start()

    @property
    def workers(self) -> list[ManagedProcess]:
        return [kept for name, kept in self.kept.items() if name.startswith("worker")]

    def tend(self) -> None:
        """Start again whatever ended by itself, brokers too."""
        for kept in self.kept.values():
            kept.tend()

    def post(self, events: list[dict[str, object]]) -> list[str] | None:
        """The ids that were accepted; None where there was no 202."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            headers = {"Content-Type": "application/cloudevents-batch+json"}
            connection.request("POST", "/api/v1/events", json.dumps(events).encode(), headers)
            answer = connection.getresponse()
            content = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()
        return list(content["accepted"]) if answer.status == 202 else None

    def until(self, condition: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
        """Wait for something, tending what ended meanwhile. *Raises*: Stuck."""
        deadline = time.monotonic() + patience_s
        while not condition():
            if time.monotonic() > deadline:
                raise Stuck(f"{what}: not within {patience_s:.0f} s; logs are in {self.folder}")
            self.tend()
            time.sleep(_LOOK_EVERY_S)  # other processes' work: there is nothing to wait on

    def query(self, question: Callable[[Connection], bool]) -> bool:
        """What the database says; not true while it is away."""
        with suppress(StoreError), self.database.read() as connection:
            return question(connection)
        return False

    def is_up(self) -> bool:
        return self.query(lambda connection: bool(connection.execute(text("SELECT true")).scalar_one()))

    def answers(self, port: int | None = None) -> bool:
        """Whether the site is there and its database too."""
        try:
            with urlopen(f"http://127.0.0.1:{port or self.port}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, http.client.HTTPException):
            return False


@contextmanager
def one_server() -> Iterator[tuple[str, str]]:
    """The address of a database of its own, and the folder of its server."""
    with postgres.cluster() as server:
        yield f"{server}/postgres", postgres.folder_of(server)


@contextmanager
def town(
    number: int = _BROKERS,
    workers: int = WORKERS,
    settings: Mapping[str, str] = MappingProxyType({}),
    server: Callable[[], AbstractContextManager[tuple[str, str]]] = one_server,
    probes: Mapping[str, int] = MappingProxyType({}),
) -> Iterator[Town]:
    """Build it, and tear it down."""
    folder = Path(tempfile.mkdtemp(prefix="yihui-chaos-"))
    has_small_disk = number > 1 and may_mount()
    with ExitStack() as stack:
        if has_small_disk:
            stack.enter_context(small_disk(folder / "kafka" / str(number)))
        kafka = stack.enter_context(brokers(number, folder=folder / "kafka"))
        url, data = stack.enter_context(server())
        access = StreamAccess(kafka.servers)
        database = open_database(url)
        stack.callback(database.close)
        apply_topic_changes(access)
        made = Town(
            folder,
            kafka,
            data,
            url,
            access,
            free_port(),
            database,
            has_small_disk,
            settings=settings,
            probes=probes,
        )
        stack.callback(_end, made)
        _start(made, workers)
        yield made
        made.database.close()
        _end(made)
    shutil.rmtree(folder)  # only where all went well: otherwise the logs are wanted


def _start(made: Town, workers: int) -> None:
    (made.folder / "data").mkdir(mode=0o700)
    (made.folder / "data" / DEMO_MARKER_FILE).touch()  # events are posted without a key
    made.start("migrate", ["migrate"])
    assert made.kept.pop("migrate").ended() == 0
    made.start("serve", serve_arguments(made.port))
    made.start("relay", ["relay"])
    for number in range(1, workers + 1):
        made.start(f"worker-{number}", ["worker", "--instance", f"w{number}"])
    made.until(made.answers, "the site answers")


def serve_arguments(port: int) -> list[str]:
    return ["serve", "--port", str(port)]


def _end(made: Town) -> None:
    for kept in made.kept.values():
        kept.kill()
