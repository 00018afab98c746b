"""Benchmark joins and transfers through the real pipeline: a file to SQLite, and Kafka to a worker and PostgreSQL.

``make bench`` lets 100,000 members join and 30,000 transfer. ``python -m bench.joins --joins 1000000`` (a part of
``make bench-long``) takes the whole million, and 10000000 the province. An event's cost is the processor time of
the process that handles it, less its start: with a tenth of the members, and with nearly all.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path

import psycopg

from bench.measurement import Measurement, processor_s
from bench.stream import StreamServers, run_process, run_stream_servers
from events.stream.access import StreamAccess
from tools.servers import kafka, postgres
from tools.servers.streaming import environment, group, produce
from yihui.samples.lines import format_event_line

JOINS, LONG_JOINS = 100_000, 1_000_000
GOAL_GROWTH = 1.3
_MEASURED = 0.05  # share of the events whose cost is measured, at a tenth and at the end
_PORTION = 50_000
_POLL_EVERY_S = 0.05  # the worker is another process and sends no signal
_WITHIN_S = 12 * 3_600.0
_FIRST, _LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)
_TRADES = ("外卖员", "快递员", "货车司机", "护工护理员", "网约车司机")


def generate_join_lines(joins: int) -> Iterator[str]:
    """Yield the events in order of time: of each ten members who join, three are transferred soon after."""
    step = (_LAST - _FIRST) / (joins * 1.3)
    at = _FIRST
    for block in range(joins // 10):
        numbers = range(block * 10, block * 10 + 10)
        for number in numbers:
            at += step
            data: dict[str, object] = {
                "organisation": _organisation(number),
                "joined_on": f"{at + timedelta(hours=8):%Y-%m-%d}",
                "trade": _TRADES[number % len(_TRADES)],
                "employment_form": "新就业形态",
            }
            yield _line("member.joined", number, at, data)
        for number in numbers[:3]:
            at += step
            yield _line("member.transferred", number, at, {"organisation": _organisation(number + 7_919)})


def _organisation(number: int) -> str:
    """Return one of 20,000 organisations in the province's counties."""
    at = number * 7_919 % 20_000
    return f"37{1 + at % 16:02}{1 + at // 16 % 10:02}{1 + at // 160 % 12:03}-{1 + at // 1_920:05}"


def _line(kind: str, number: int, at: datetime, data: Mapping[str, object]) -> str:
    member = sha256(str(number).encode()).hexdigest()[:32]  # pseudonyms have no order
    event: dict[str, object] = {
        "specversion": "1.0",
        "id": f"{kind}/{number}",
        "source": "/bench",
        "type": kind,
        "subject": member,
        "time": at.isoformat(),
        "data": data,
    }
    return format_event_line(event)


@dataclass(frozen=True, slots=True)
class Portion:
    """What it took to handle some events."""

    events: int
    clock_s: float
    processor_s: float
    memory_mb: float

    @property
    def each_us(self) -> float:
        return self.processor_s / self.events * 1e6


def _parts(joins: int) -> list[int]:
    """Return how many events each portion has: up to a tenth, measured, nearly all the rest, measured."""
    whole = joins // 10 * 13
    measured = int(whole * _MEASURED)
    early = whole // 10
    return [early - measured, measured, whole - early - measured, measured]


def measure(joins: int = JOINS) -> Iterator[Measurement]:
    """Measure both ways; without servers the first only."""
    yield from _measure_file(joins)
    if postgres.is_at_hand() and kafka.is_at_hand():
        with run_stream_servers() as place:
            yield from _measure_stream(place, joins)


def _measure_file(joins: int) -> list[Measurement]:
    with tempfile.TemporaryDirectory(prefix="yihui-bench-") as name:
        folder = Path(name)
        given = os.environ | {"YIHUI_DATA_FOLDER": name, "YIHUI_NOW": "2026-10-03T23:10+08:00"}
        (folder / ".yihui-demo").touch()
        first = folder / "start.jsonl"
        first.write_text(f"{next(generate_join_lines(joins))}\n", encoding="utf-8")
        _run_file(first, 1, given, Portion(1, 0, 0, 0))  # creates the database
        start = _run_file(first, 1, given, Portion(1, 0, 0, 0))  # the same event once more
        lines = generate_join_lines(joins)
        portions = []
        for number, count in enumerate(_parts(joins)):
            file = folder / f"{number}.jsonl"
            with file.open("w", encoding="utf-8") as out:
                out.writelines(f"{line}\n" for line in islice(lines, count))
            portions.append(_run_file(file, count, given, start))
            file.unlink()
        size_mb = sum(one.stat().st_size for one in folder.glob("yihui.db*")) / 1e6
    return _results("sqlite", "file to SQLite", joins, portions, size_mb)


def _run_file(file: Path, events: int, given: Mapping[str, str], start: Portion) -> Portion:
    """Run ``yihui run`` on a file; ``start`` is what a run of nothing takes."""
    begin = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, "-m", "yihui", "run", str(file)], env=given, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, f"yihui run ended with {child.returncode}"
    spent = usage.ru_utime + usage.ru_stime - start.processor_s
    return Portion(events, time.monotonic() - begin, spent, usage.ru_maxrss / 1024)


def _measure_stream(place: StreamServers, joins: int) -> list[Measurement]:
    access, url = place.create_run()
    given = environment(access, url, place.folder)
    lines = generate_join_lines(joins)
    portions = []
    command = [sys.executable, "-m", "bench.stream_worker", "full"]
    with run_process(place, command, given) as worker:
        for count in _parts(joins):
            begin, used = time.monotonic(), processor_s(worker.pid)  # it works while events are sent
            left = count
            while left:
                part = list(islice(lines, min(left, _PORTION)))
                produce(access, part)
                left -= len(part)
            portions.append(_work_off(access, count, worker.pid, begin, used))
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        members = connection.execute("SELECT count(DISTINCT member_id) FROM memberships").fetchone()
    assert row is not None and members == (joins // 10 * 10,), f"{members} of {joins} members"
    return _results("kafka", "Kafka, one worker, PostgreSQL", joins, portions, row[0] / 1e6)


def _work_off(access: StreamAccess, events: int, pid: int, begin: float, used: float) -> Portion:
    """Wait until all is handled; ``begin`` and ``used`` are the clock and the processor time before it was sent."""
    most = 0.0
    with group(access) as looked:
        while True:
            most = max(most, _resident_mb(pid))
            if looked.read_progress().lag == 0:
                break
            assert time.monotonic() - begin < _WITHIN_S, "the worker doesn't come to an end"
            time.sleep(_POLL_EVERY_S)  # the worker is another process and sends no signal
    return Portion(events, time.monotonic() - begin, processor_s(pid) - used, most)


def _resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def _results(
    name: str, way: str, joins: int, portions: Sequence[Portion], size_mb: float
) -> list[Measurement]:
    events = sum(one.events for one in portions)
    seconds = sum(one.clock_s for one in portions)
    _, early, _, late = portions
    ratio = late.each_us / early.each_us
    what = f"{joins:,} joins and {joins * 3 // 10:,} transfers, {way}"
    return [
        Measurement(f"joins.{name}_rate", events / seconds, "events/s", None, None, None, None, what),
        Measurement(
            f"joins.{name}_memory", max(one.memory_mb for one in portions), "MB", None, None, None, None,
            f"{what}: the largest resident memory of the process that handles events",
        ),
        Measurement(
            f"joins.{name}_size", size_mb, "MB", None, None, None, None,
            f"{what}: the database, {size_mb / events * 1e3:.1f} kB an event",
        ),
        Measurement(
            f"joins.{name}_growth", late.each_us, "µs", ratio, "<=", GOAL_GROWTH, ratio <= GOAL_GROWTH,
            f"{what}: processor time an event with all members, beside {early.each_us:.0f} µs with a tenth",
        ),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure joins and transfers at any size.")
    parser.add_argument("--joins", type=int, default=LONG_JOINS)
    options = parser.parse_args()
    missed = False
    for one in measure(options.joins):
        ratio = "" if one.ratio is None else f" ({one.ratio:.2f} ×)"
        sys.stdout.write(f"{one.name}: {one.value:,.1f} {one.unit}{ratio}: {one.detail}\n")
        missed |= one.holds is False
    sys.exit(missed)


if __name__ == "__main__":
    main()
