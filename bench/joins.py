"""Benchmark joins and transfers through the real pipeline: a file to SQLite, and Kafka to a worker and PostgreSQL.

In the measured days the packs of earlier members come up for reminders and expire, as many as there are joins. An
event's cost is the processor time of the process that handles it, less its start. With more members a second database
takes the same events of the same days, beside all these members.

``make bench`` lets 2,500 members join. ``python -m bench.joins --joins 1000000`` (a part of ``make bench-long``)
takes the whole million, and 10000000 the province.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from itertools import islice
from operator import attrgetter
from pathlib import Path

import psycopg

from bench.measurement import Measurement, processor_s, resident_mb
from bench.stream import StreamServers, run_process, run_stream_servers
from events.stream.access import StreamAccess
from tools.servers import kafka, postgres
from tools.servers.streaming import environment, group, produce
from yihui.samples.lines import format_event_line

LONG_JOINS = 1_000_000
GOAL_US, GOAL_GROWTH = 600, 1.1
_WAVE = 500  # joins
_PACK_DAYS = (98, 91, 89, 83)  # after joining, on which a pack is looked at: after its end, and before
FEW_JOINS = (len(_PACK_DAYS) + 1) * _WAVE
_ROUNDS = 3  # of a file; each begins with a copy of the database
_PORTION = 50_000
_POLL_EVERY_S = 0.05  # the worker is another process and sends no signal
_WITHIN_S = 12 * 3_600.0
_CROWD_JOINS, _MEASURED = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC)
_NOW = "2026-10-03T23:10+08:00"  # when the measured events are over
_SPAN = timedelta(days=270)
_STEP = _SPAN / 130_000  # between two events, where 100,000 members join and 30,000 transfer
_TRADES = ("外卖员", "快递员", "货车司机", "护工护理员", "网约车司机")


def generate_join_lines(members: range, first: datetime) -> Iterator[str]:
    """Yield the events in order of time: of each ten members who join, three are transferred soon after."""
    step = min(_STEP, _SPAN / (len(members) * 1.3))
    at = first
    for block in range(members.start, members.stop, 10):
        numbers = range(block, block + 10)
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


def _generate_earlier_lines(joins: int) -> Iterator[str]:
    """Yield the events of all but the last wave: the crowd, and the members whose packs are looked at in it."""
    waves = len(_PACK_DAYS)
    crowd = range((waves + 1) * _WAVE, joins // 10 * 10)
    if crowd:
        yield from generate_join_lines(crowd, _CROWD_JOINS)
    for wave, days in enumerate(_PACK_DAYS):
        members = range(wave * _WAVE, (wave + 1) * _WAVE)
        yield from generate_join_lines(members, _MEASURED - timedelta(days=days))


def _generate_measured_lines() -> Iterator[str]:
    waves = len(_PACK_DAYS)
    return generate_join_lines(range(waves * _WAVE, (waves + 1) * _WAVE), _MEASURED)


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


@dataclass(frozen=True, slots=True)
class Growth:
    """What handling took in a database: of all events but the last wave, of the last wave, and its size."""

    earlier: Portion
    measured: Portion
    size_mb: float


def measure(joins: int = FEW_JOINS) -> Iterator[Measurement]:
    """Measure both ways; without servers the first only."""
    yield from _results("sqlite", "file to SQLite", joins, _measure_file)
    if postgres.is_at_hand() and kafka.is_at_hand():
        with run_stream_servers() as place:
            yield from _results(
                "kafka", "Kafka, one worker, PostgreSQL", joins, partial(_measure_stream, place)
            )


def _measure_file(joins: int) -> Growth:
    with tempfile.TemporaryDirectory(prefix="yihui-bench-") as name:
        folder = Path(name, "data")
        folder.mkdir()
        (folder / ".yihui-demo").touch()
        first, earlier, last = (Path(name, f"{part}.jsonl") for part in ("start", "earlier", "last"))
        _write_lines(first, islice(_generate_measured_lines(), 1))
        _run_file(first, 1, folder, 0)  # creates the database
        start_s = _run_file(first, 1, folder, 0).processor_s  # the same event once more
        before = _run_file(earlier, _write_lines(earlier, _generate_earlier_lines(joins)), folder, start_s)
        count = _write_lines(last, _generate_measured_lines())
        rounds = []
        for number in range(_ROUNDS):
            copy = Path(shutil.copytree(folder, Path(name, f"{number}")))
            rounds.append(_run_file(last, count, copy, start_s))
            size_mb = sum(one.stat().st_size for one in copy.glob("yihui.db*")) / 1e6
            shutil.rmtree(copy)
    return Growth(before, min(rounds, key=attrgetter("processor_s")), size_mb)


def _write_lines(file: Path, lines: Iterator[str]) -> int:
    """Write lines and return their number."""
    with file.open("w", encoding="utf-8") as out:
        return sum(1 for line in lines if out.write(f"{line}\n"))


def _run_file(file: Path, events: int, folder: Path, start_s: float) -> Portion:
    """Run ``yihui run`` on a file; ``start_s`` is the processor time of a run of nothing."""
    given = os.environ | {"YIHUI_DATA_FOLDER": str(folder), "YIHUI_NOW": _NOW}
    begin = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, "-m", "yihui", "run", str(file)],
        env=given,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, f"yihui run ended with {child.returncode}"
    spent = usage.ru_utime + usage.ru_stime - start_s
    return Portion(events, time.monotonic() - begin, spent, usage.ru_maxrss / 1024)


def _measure_stream(place: StreamServers, joins: int) -> Growth:
    access, url = place.create_run()
    given = environment(access, url, place.folder)
    command = [sys.executable, "-m", "bench.stream_worker", "full"]
    with run_process(place, command, given) as worker:
        earlier, measured = (
            _work_off(access, lines, worker.pid)
            for lines in (_generate_earlier_lines(joins), _generate_measured_lines())
        )
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        members = connection.execute("SELECT count(DISTINCT member_id) FROM memberships").fetchone()
    assert row is not None and members == (joins // 10 * 10,), f"{members} of {joins} members"
    return Growth(earlier, measured, row[0] / 1e6)


def _work_off(access: StreamAccess, lines: Iterator[str], pid: int) -> Portion:
    """Send events and wait until all are handled."""
    begin, used = time.monotonic(), processor_s(pid)  # it works while events are sent
    events, most = 0, 0.0
    while part := list(islice(lines, _PORTION)):
        produce(access, part)
        events += len(part)
    with group(access) as looked:
        while True:
            most = max(most, resident_mb(pid))
            if looked.read_progress().lag == 0:
                break
            assert time.monotonic() - begin < _WITHIN_S, "the worker doesn't come to an end"
            time.sleep(_POLL_EVERY_S)  # the worker is another process and sends no signal
    return Portion(events, time.monotonic() - begin, processor_s(pid) - used, most)


def _results(
    name: str, way: str, joins: int, measure_growth: Callable[[int], Growth]
) -> Iterator[Measurement]:
    large = measure_growth(joins)
    before, measured = large.earlier, large.measured
    events = before.events + measured.events
    cost_us = measured.each_us
    what = f"{joins:,} joins and {joins * 3 // 10:,} transfers, {way}"
    last = f"{measured.events} events of days on which as many packs expire, processor time an event"
    yield from (
        Measurement.plain(f"joins.{name}_rate", before.events / before.clock_s, "events/s", what),
        Measurement.plain(
            f"joins.{name}_memory", max(before.memory_mb, measured.memory_mb), "MB",
            f"{what}: the largest resident memory of the process that handles events",
        ),
        Measurement.plain(
            f"joins.{name}_size", large.size_mb, "MB",
            f"{what}: the database, {large.size_mb / events * 1e3:.1f} kB an event",
        ),
        Measurement.at_most(f"joins.{name}_cost", cost_us, "µs", GOAL_US, f"{what}: {last}"),
    )  # fmt: skip
    if joins > FEW_JOINS:
        few_us = measure_growth(FEW_JOINS).measured.each_us
        detail = f"{what}: {last}; beside {few_us:.0f} µs of the same events with {FEW_JOINS:,} joins"
        yield Measurement.at_most(
            f"joins.{name}_growth", cost_us, "µs", GOAL_GROWTH, detail, cost_us / few_us
        )


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
