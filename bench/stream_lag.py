"""Benchmark a worker that returns to a backlog of a million events: its rate, and its memory."""

import sys
import time
from itertools import islice
from pathlib import Path

from bench.measurement import Measurement
from bench.stream import run_process, run_stream_servers
from events.stream.access import StreamAccess
from tests import kafka, postgres
from tests.events.stream.streaming import environment, group, produce
from yihui.samples.events import SEED, generate_event_lines

EVENTS = 1_000_000
_PORTION = 50_000
_SAMPLE_EVERY_S = 1.0
_EARLY, GOAL_GROWTH = 0.1, 1.25  # share of the events processed; allowed growth of memory after that point


def measure(events: int = EVENTS) -> list[Measurement]:
    if not (postgres.is_at_hand() and kafka.is_at_hand()):
        return []
    with run_stream_servers() as place:
        access, url = place.create_run()
        lines = generate_event_lines(SEED, events=events, planted=False)
        while portion := list(islice(lines, _PORTION)):
            produce(access, portion)
        given = environment(access, url, place.folder)
        command = [sys.executable, "-m", "bench.stream_worker", "full"]
        with run_process(place, command, given) as worker:
            return [_worked_off(access, events, worker.pid)]


def _worked_off(access: StreamAccess, events: int, pid: int) -> Measurement:
    samples: list[tuple[int, float]] = []
    begin = time.monotonic()
    with group(access) as looked:
        while not samples or samples[-1][0] < events:
            samples.append((events - looked.standing().lag, _resident_mb(pid)))
            time.sleep(_SAMPLE_EVERY_S)  # a sample each second
    seconds = time.monotonic() - begin
    early = max(mb for done, mb in samples if done <= _EARLY * events)
    most = max(mb for _, mb in samples)
    return Measurement(
        name="stream.lag_memory",
        value=most,
        unit="MB",
        ratio=most / early,
        op="<=",
        goal=GOAL_GROWTH,
        holds=most / early <= GOAL_GROWTH,
        detail=f"{events:,} events that waited, worked off by one worker in {seconds:,.0f} s "
        f"({events / seconds:,.0f} events/s, start and all); resident after the first tenth: {early:,.0f} MB",
    )


def _resident_mb(pid: int) -> float:
    """Return the resident memory of a process.

    *Raises*: FileNotFoundError if the process has ended.
    """
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))
