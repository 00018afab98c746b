"""Benchmark a rush on one coupon: claims a second over several processes, and the delay of other rules
meanwhile.
"""

import gc
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from statistics import median

import psycopg
from pydantic_core import to_json
from sqlalchemy import func, select

import yihui.schema  # noqa: F401
from bench.measurement import Measurement, processor_s
from benefits.tables.decisions import grants
from events import EventRunner, InboundEvent, parse_event
from rules import RuleLibrary, load_library
from store import Database, migrate_database, open_database
from tools.servers import postgres
from yihui.__main__ import GARBAGE_THRESHOLD

PROCESSES = 4
GRABS_PER_PROCESS = 8_000  # of each process, each by another member
QUOTA = 12_000
GOAL_GRABS_PER_S = 5_000
CORES = 2
NOW = datetime(2026, 5, 2, tzinfo=UTC)
_BATCH_OF_OTHERS = 50
_ALONE_S = 4
_RULE = """
id: {id}
title: 示例
basis: [{{kind: example}}]
owner: "370000"
in_force: {{from: 2024-01-01}}
on: {on}
benefit: {{kind: voucher, amount_fen: 500}}
"""
_ONCE = "limit: {times: 1, per: [member], every: once}\n"


@dataclass(frozen=True, slots=True)
class ProcessReport:
    """What one process reports: when it finished, its processor time, and the seconds of each batch."""

    done_at: float
    processor_s: float
    waits_s: list[float]


@dataclass(frozen=True, slots=True)
class CrowdResult:
    """Result of one run.

    ``processor_s`` adds up the client processes and the server's processes that served them.
    """

    wall_s: float
    processor_s: float
    waits_s: list[float]  # the other rule's batches in the same time


def measure() -> list[Measurement]:
    """Measure on PostgreSQL.

    SQLite has one writer at a time, so waiting for a row lock can't occur there.
    """
    if not postgres.is_at_hand():
        return []
    with postgres.cluster() as url:
        with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = on")  # a grant counts once it is on the disk
            connection.execute("SELECT pg_reload_conf()")
        database = open_database(f"{url}/postgres")
        migrate_database(database)
        _enrol(database)
        alone = _crowd(f"{url}/postgres", 0)
        served = _crowd(f"{url}/postgres", PROCESSES)
        with database.read() as reading:
            hot = select(func.count()).select_from(grants).where(grants.c.rule_id == "hot")
            granted = int(reading.execute(hot).scalar_one())
        database.close()
    return [_grabbed(served, granted), _beside(alone.waits_s, served.waits_s)]


def _library() -> RuleLibrary:
    places = f"allocate: {{mode: first_come, quota: {QUOTA}}}\n"
    hot = _RULE.format(id="hot", on="poll.completed") + _ONCE + places
    return load_library([("hot.yaml", hot), ("other.yaml", _RULE.format(id="other", on="campaign.entered"))])


def _event(kind: str, member: str, id_: str, **data: object) -> bytes:
    event = {"specversion": "1.0", "id": id_, "source": "/bench", "type": kind, "subject": member}
    return to_json({**event, "time": "2026-05-01T12:00:00+08:00", "data": data})


def _items(lines: Sequence[bytes]) -> Iterator[InboundEvent]:
    return (InboundEvent(parse_event(line, NOW), "bench") for line in lines)


def _runner(database: Database, size: int = 500) -> EventRunner:
    gc.set_threshold(GARBAGE_THRESHOLD)  # as in any command
    library = _library()
    return EventRunner(database, lambda _: library, lambda: NOW, size)


def _enrol(database: Database) -> None:
    joined = {"organisation": "370202001-00017", "joined_on": "2020-01-01"}
    members = [f"m-{p}-{n}" for p in range(PROCESSES) for n in range(GRABS_PER_PROCESS)] + ["m-other"]
    lines = [_event("member.imported", member, f"roll-{member}", **joined) for member in members]
    for _ in _runner(database).run_events(_items(lines)):
        pass


def _crowd(url: str, processes: int) -> CrowdResult:
    """Let ``processes`` processes claim at once, with another rule's batches beside them until all are served."""
    context = multiprocessing.get_context("spawn")
    gate, over = context.Barrier(processes + 2), context.Event()
    said: SimpleQueue[ProcessReport] = context.SimpleQueue()
    crowd = [context.Process(target=_grab, args=(url, number, gate, said)) for number in range(processes)]
    other = context.Process(target=_others, args=(url, processes, gate, over, said))
    server = _processor_s_of_gone_backends(url)
    for process in [*crowd, other]:
        process.start()
    gate.wait()
    begin = time.time()
    told = [said.get() for _ in crowd]
    for process in crowd:
        process.join()
    server = _processor_s_of_gone_backends(url) - server
    if not crowd:
        over.wait(_ALONE_S)
    over.set()
    waits_s = said.get().waits_s
    other.join()
    wall_s = max((one.done_at for one in told), default=begin) - begin
    return CrowdResult(wall_s, server + sum(one.processor_s for one in told), waits_s)


def _processor_s_of_gone_backends(url: str) -> float:
    """Return the processor seconds of the server's child processes that have ended."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    number = Path(row[0], "postmaster.pid").read_text(encoding="utf-8").split()[0]
    return processor_s(int(number), of_ended_children=True)


def _grab(url: str, number: int, gate: Barrier, said: "SimpleQueue[ProcessReport]") -> None:
    database = open_database(url)
    runner = _runner(database)
    lines = [
        _event("poll.completed", f"m-{number}-{n}", f"p-{number}-{n}", poll="y")
        for n in range(GRABS_PER_PROCESS)
    ]
    gate.wait()
    begin = time.process_time()
    handled = sum(outcomes.handled for outcomes in runner.run_events(_items(lines)))
    assert handled == GRABS_PER_PROCESS, f"{handled} of {GRABS_PER_PROCESS} grabs were handled"
    said.put(ProcessReport(time.time(), time.process_time() - begin, []))
    database.close()


def _others(url: str, crowd: int, gate: Barrier, over: Event, said: "SimpleQueue[ProcessReport]") -> None:
    """Run small batches of another rule, one after the other, until the crowd is served."""
    database = open_database(url)
    runner = _runner(database)
    gate.wait()
    waits: list[float] = []
    while not over.is_set():
        number = len(waits)
        lines = [
            _event("campaign.entered", "m-other", f"o-{crowd}-{number}-{n}", campaign="x")
            for n in range(_BATCH_OF_OTHERS)
        ]
        begin = time.perf_counter()
        for _ in runner.run_events(_items(lines)):
            pass
        waits.append(time.perf_counter() - begin)
        over.wait(0.02)
    said.put(ProcessReport(time.time(), 0, waits))
    database.close()


def _grabbed(served: CrowdResult, granted: int) -> Measurement:
    """Report the rate by processor time: it doesn't depend on the machine's other work."""
    grabs = PROCESSES * GRABS_PER_PROCESS
    rate = CORES * grabs / served.processor_s
    return Measurement(
        name="ledger.hot_quota",
        value=rate,
        unit="grabs/s",
        ratio=None,
        op=">=",
        goal=GOAL_GRABS_PER_S,
        holds=rate >= GOAL_GRABS_PER_S and granted == QUOTA,
        detail=f"{PROCESSES} processes, event to ledger on PostgreSQL with fsync, as {CORES} cores carry by the"
        f" processor time of both sides; on this machine's clock: {grabs / served.wall_s:,.0f}; {granted} of"
        f" {QUOTA} places granted to {grabs} members, {max(0, granted - QUOTA)} over, {max(0, QUOTA - granted)} stranded",
    )


def _beside(alone: list[float], beside: list[float]) -> Measurement:
    detail = (
        f"a batch of {_BATCH_OF_OTHERS} of another rule while {PROCESSES} processes grab;"
        f" 95 %: {sorted(beside)[len(beside) * 95 // 100] * 1e3:.0f} ms; alone: {median(alone) * 1e3:.1f} ms"
    )
    ratio = median(beside) / median(alone)
    return Measurement.plain("ledger.beside_hot_quota", median(beside) * 1e3, "ms", detail, ratio)
