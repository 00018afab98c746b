"""Benchmark the stream: the worker beside two simpler workers, and several workers beside one.

All parts are real and on this machine: a broker, PostgreSQL with fsync, separate processes. Rates are by
the wall clock, between the first and the last committed offset, so that start-up is not counted.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
from kafka.errors import KafkaError

from bench.measurement import Measurement
from events.stream.access import StreamAccess
from events.stream.administration import apply_topic_changes
from store import migrate_database, open_database
from tests import kafka, postgres
from tests.events.stream.streaming import Group, environment, group, produce, wait_until
from yihui.samples.events import SEED, generate_event_lines

EVENTS = 20_000
ROUNDS = 2
WORKERS = 3
GOAL_BARE, GOAL_WORKERS, GOAL_P99_MS = 0.6, 1.5, 1_000
_BARE = "CREATE TABLE IF NOT EXISTS bare (place text PRIMARY KEY, event text NOT NULL)"
_POLL_EVERY_S = 0.02
_WITHIN_S = 300.0


def measure() -> list[Measurement]:
    if not (postgres.is_at_hand() and kafka.is_at_hand()):
        return []
    with run_stream_servers() as place:
        lines = list(generate_event_lines(SEED, events=EVENTS, planted=False))
        best = dict.fromkeys(("full", "insert", "nothing", "three"), 0.0)
        for _ in range(ROUNDS):
            for mode in best:
                best[mode] = max(best[mode], _rate(place, lines, mode))
    return [_beside_bare(best), _several(best)]


@dataclass(slots=True)
class StreamServers:
    """The servers that a benchmark uses; each run gets its own topics and database."""

    servers: str
    postgres: str
    folder: Path
    numbers: "count[int]" = field(default_factory=count)

    def create_run(self) -> tuple[StreamAccess, str]:
        """Create the topics and the database of a run; return the access to Kafka and the database's URL."""
        number = next(self.numbers)
        access = StreamAccess(self.servers, prefix=f"bench{number}")
        apply_topic_changes(access)
        with psycopg.connect(f"{self.postgres}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE bench{number}")
        url = f"{self.postgres}/bench{number}"
        opened = open_database(url)
        migrate_database(opened)
        opened.close()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_BARE)
        return access, url


@contextmanager
def run_stream_servers() -> Iterator[StreamServers]:
    """Run a broker and PostgreSQL with fsync; stop them afterwards."""
    with ExitStack() as stack:
        cluster = stack.enter_context(kafka.brokers())
        server = stack.enter_context(postgres.cluster())
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = on")  # a grant counts once it is on the disk
            connection.execute("SELECT pg_reload_conf()")
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="yihui-bench-")))
        yield StreamServers(cluster.servers, server, folder)


def _rate(place: StreamServers, lines: Sequence[str], mode: str) -> float:
    """Return events a second, from the first committed offset to the last, with all workers already in the
    group.
    """
    access, url = place.create_run()
    given = environment(access, url, place.folder) | dict.fromkeys(_THREADS, "1")
    command = [sys.executable, "-m", "bench.stream_worker", "full" if mode == "three" else mode]
    number = WORKERS if mode == "three" else 1
    with ExitStack() as stack:
        for _ in range(number):
            stack.enter_context(run_process(place, command, given))
        with group(access) as looked:
            wait_until(lambda: _members(looked) == number, within_s=_WITHIN_S)
        produce(access, lines)
        return _measured_rate(access, len(lines))


def _members(looked: Group) -> int:
    """Return the group's number of members; 0 before the brokers know the group."""
    with suppress(KafkaError):
        return looked.members()
    return 0


@contextmanager
def run_process(
    place: StreamServers, command: Sequence[str], given: Mapping[str, str]
) -> "Iterator[subprocess.Popen[bytes]]":
    """Run a process and kill it at the end."""
    with (place.folder / "log").open("ab") as log:
        worker = subprocess.Popen(command, env=given, stdout=log, stderr=log)
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def _measured_rate(access: StreamAccess, number: int) -> float:
    begin: tuple[float, int] | None = None
    deadline = time.monotonic() + _WITHIN_S
    with group(access) as looked:
        while True:
            done = number - looked.standing().lag
            at = time.monotonic()
            assert at < deadline, f"{done} of {number} after {_WITHIN_S} s"
            if done and begin is None:
                begin = at, done
            if begin is not None and done == number:
                return (number - begin[1]) / (at - begin[0])
            time.sleep(_POLL_EVERY_S)  # the worker is another process and sends no signal


def _beside_bare(best: dict[str, float]) -> Measurement:
    detail = (
        "one worker, topic to durable ledger, PostgreSQL with fsync; the same worker with one bare insert an event: "
        f"{best['insert']:,.0f} events/s; events that only pass through: {best['nothing']:,.0f}"
    )
    return _at_least("stream.worker", best["full"], best["insert"], GOAL_BARE, detail)


def _several(best: dict[str, float]) -> Measurement:
    detail = (
        f"{WORKERS} workers beside one, on {os.cpu_count()} cores, with broker and database on them as well"
    )
    return _at_least("stream.three_workers", best["three"], best["full"], GOAL_WORKERS, detail)


def _at_least(name: str, rate: float, beside: float, goal: float, detail: str) -> Measurement:
    ratio = rate / beside
    return Measurement(name, rate, "events/s", ratio, ">=", goal, ratio >= goal, detail)
