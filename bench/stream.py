"""Benchmark the stream: the worker beside two simpler workers, and several workers beside one.

All parts are real and on this machine: a broker, PostgreSQL with fsync, separate processes. Rates are by
the wall clock, between the first and the last committed offset. Start-up is not counted, neither in rates nor
in processor time: each worker has handled some events before, since its first batch compiles what others reuse.
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
from statistics import median

import psycopg
from kafka.errors import KafkaError

from bench.ledger import generate_birthday_lines
from bench.measurement import Measurement, processor_s
from events.stream.access import StreamAccess
from events.stream.administration import apply_topic_changes
from store import migrate_database, open_database
from tools.servers import kafka, postgres
from tools.servers.streaming import Group, environment, group, produce, wait_until

EVENTS, WARM_EVENTS = 8_000, 1_000
_ROUNDS = {"full": 5, "three": 5, "insert": 2, "nothing": 1}  # by mode, in turn
_WORKERS = {"full": 1, "three": 3}  # our own, by mode
GOAL_BARE, GOAL_WORKERS, GOAL_PROCESSOR = 0.35, 1.3, 1.3
_BARE = "CREATE TABLE IF NOT EXISTS bare (place text PRIMARY KEY, event text NOT NULL)"
_POLL_EVERY_S = 0.02
_WITHIN_S = 300.0


def measure() -> list[Measurement]:
    if not (postgres.is_at_hand() and kafka.is_at_hand()):
        return []
    with run_stream_servers() as place:
        lines = list(generate_birthday_lines(WARM_EVENTS + EVENTS))
        runs: dict[str, list[WorkersRun]] = {mode: [] for mode in _ROUNDS}
        for number in range(max(_ROUNDS.values())):
            for mode in (mode for mode, rounds in _ROUNDS.items() if number < rounds):
                runs[mode].append(_run(place, lines, mode))
    rate = {mode: median(run.events_per_s for run in of_mode) for mode, of_mode in runs.items()}
    used_us = {mode: median(run.processor_us for run in of_mode) for mode, of_mode in runs.items()}
    return [_beside_bare(rate, used_us), _several(rate), _processor_time(used_us)]


@dataclass(frozen=True, slots=True)
class WorkersRun:
    """Events a second from the first committed offset to the last, and the workers' processor time an event."""

    events_per_s: float
    processor_us: float


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


def _run(place: StreamServers, lines: Sequence[str], mode: str) -> WorkersRun:
    """Measure one run, with all workers already in the group and warm."""
    access, url = place.create_run()
    given = environment(access, url, place.folder) | dict.fromkeys(_THREADS, "1")
    command = [sys.executable, "-m", "bench.stream_worker", "full" if mode in _WORKERS else mode]
    number = _WORKERS.get(mode, 1)
    with ExitStack() as stack:
        workers = [stack.enter_context(run_process(place, command, given)) for _ in range(number)]
        with group(access) as looked:
            wait_until(lambda: _members(looked) == number, within_s=_WITHIN_S)
            produce(access, lines[:WARM_EVENTS])
            wait_until(lambda: looked.read_progress().lag == 0, within_s=_WITHIN_S)
        before = sum(processor_s(worker.pid) for worker in workers)
        begin = time.monotonic()
        produce(access, lines[WARM_EVENTS:])
        rate = _measured_rate(access, EVENTS, begin)
        used = sum(processor_s(worker.pid) for worker in workers) - before
    return WorkersRun(rate, used / EVENTS * 1e6)


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


def _measured_rate(access: StreamAccess, number: int, sent_at: float) -> float:
    """Return the events a second; where the worker was done before the first look, those since they were sent."""
    begin: tuple[float, int] | None = None
    deadline = time.monotonic() + _WITHIN_S
    with group(access) as looked:
        while True:
            done = number - looked.read_progress().lag
            at = time.monotonic()
            assert at < deadline, f"{done} of {number} after {_WITHIN_S} s"
            if done and begin is None:
                begin = at, done
            if begin is not None and done == number:
                return (number - begin[1]) / (at - begin[0]) if begin[1] < number else number / (at - sent_at)
            time.sleep(_POLL_EVERY_S)  # the worker is another process and sends no signal


def _beside_bare(rate: Mapping[str, float], used_us: Mapping[str, float]) -> Measurement:
    detail = (
        "one worker, topic to durable ledger, PostgreSQL with fsync; the same worker with one bare insert an event: "
        f"{rate['insert']:,.0f} events/s; events that only pass through: {rate['nothing']:,.0f} events/s; processor time of "
        f"the worker an event: {used_us['full']:.0f} µs, {used_us['insert']:.0f} and {used_us['nothing']:.0f}"
    )
    ratio = rate["full"] / rate["insert"]
    return Measurement.at_least("stream.worker", rate["full"], "events/s", GOAL_BARE, detail, ratio)


def _several(rate: Mapping[str, float]) -> Measurement:
    detail = (
        f"three workers beside one (medians of {_ROUNDS['three']} runs each), on {os.cpu_count()} cores, with broker "
        "and database on them as well"
    )
    ratio = rate["three"] / rate["full"]
    return Measurement.at_least(
        "stream.three_workers", rate["three"], "events/s", GOAL_WORKERS, detail, ratio
    )


def _processor_time(used_us: Mapping[str, float]) -> Measurement:
    ratio = used_us["three"] / used_us["full"]
    detail = f"processor time of three workers an event, beside that of one: {used_us['full']:.0f} µs"
    name = "stream.three_workers_processor"
    return Measurement.at_most(name, used_us["three"], "µs", GOAL_PROCESSOR, detail, ratio)
