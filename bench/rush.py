"""Benchmark a rush on one coupon over HTTP: 10,000 members in ten seconds, with riders' questions and pages beside it.

Each claim is one request of one member. All parts are real and share this machine: the sender, the site, the
relay, a broker, a worker, PostgreSQL with fsync. A small rush before gives the processor time of each part;
from it ``bench.rush_simulation`` predicts the large one, and the prediction is compared with what came.
"""

import json
import multiprocessing
import os
import re
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import numpy as np
import psycopg
from sqlalchemy import text

from bench.measurement import Measurement, tree_processor_s
from bench.rush_simulation import (
    Costs,
    Course,
    Installation,
    describe_waits,
    find_percentile,
    simulate_rush,
)
from bench.stations import random_register
from bench.stream_post import enable_commit_times, read_commit_times
from bench.web import nearest_requests, page_requests
from bench.web_load import measure_waits_s
from bench.web_server import BenchServer
from geo.registry.diff import Register
from geo.registry.stations import import_stations
from tools.servers import kafka, postgres
from tools.servers.postgres import free_port
from tools.servers.sending import NOW, Sender
from tools.servers.town import Town, serve_arguments, town

CLAIMS, IN_S, COUPONS = 10_000, 10.0, 3_000
SMALL, WARM = 2_000, 300  # claims of the rush before, and of the one before that
RIDERS_PER_S, PAGES_PER_S, WARM_S = 50.0, 10.0, 2.0
GOAL_BESIDE_MS = 20.0  # as for riders beside open pages (bench/web_streams.py)
GOAL_PAGES_BESIDE_MS = 100.0  # riders notice no wait that is shorter
GOAL_PREDICTED = 0.67  # the smaller of predicted and measured, of the larger
_NEAREST = f"{RIDERS_PER_S:.0f} questions a second for the nearest stations"
_PAGES = f"{PAGES_PER_S:.0f} answers on the riders' page a second"
_READY_WITHIN_S = 60.0  # a process that has to load numpy, on a busy machine
_UNITS = Path(__file__).parents[1] / "deploy" / "systemd"
_LINES = 64  # connections of the sender
_STATIONS = 10_790
_PORTION = 500
_RULE = """
id: bench-{name}
title: 示例
basis: [{{kind: example}}]
owner: "370000"
in_force: {{from: 2024-01-01}}
on: campaign.entered
among: event.campaign == '{name}'
benefit: {{kind: voucher, amount_fen: 2000}}
limit: {{times: 1, per: [member], every: once}}
allocate: {{mode: first_come, quota: {quota}}}
"""


def measure() -> list[Measurement]:
    if not (postgres.is_at_hand() and kafka.is_at_hand()):
        return []
    with _installation() as made:
        _claim(made, "warm", WARM, None)
        costs = _measure_costs(made)
        riders_port = _start_riders_site(made)
        with _riders_beside(riders_port) as alone:
            pass  # nothing but riders
        _apply_units_priorities(made)
        with _riders_beside(riders_port) as beside:
            rush = _claim(made, "rush", CLAIMS, CLAIMS / IN_S)
        granted = _count_grants(made)
    predicted = simulate_rush([number * IN_S / CLAIMS for number in range(CLAIMS)], costs, Installation())
    return [
        _served(rush, granted),
        _disturbed("riders", _NEAREST, GOAL_BESIDE_MS, alone.nearest, beside.nearest),
        _disturbed("rider_pages", _PAGES, GOAL_PAGES_BESIDE_MS, alone.pages, beside.pages),
        _predicted(predicted, rush, costs),
    ]


@contextmanager
def _installation() -> Iterator[Town]:
    """Run everything, with stations, members and a rule for each rush."""
    with tempfile.TemporaryDirectory(prefix="yihui-rules-") as folder:
        for name in ("warm", "stored", "small", "rush"):
            rule = _RULE.format(name=name, quota=COUPONS)
            Path(folder, f"{name}.yaml").write_text(rule, encoding="utf-8")
        with town(1, workers=1, settings={"YIHUI_RULES": folder}) as made:
            enable_commit_times(made)
            stations = random_register(np.random.default_rng(1), _STATIONS)
            with made.database.write() as connection:
                import_stations(connection, Register("bench", "", "bench.csv", "1"), stations, NOW)
            _enrol(made)
            yield made


def _enrol(made: Town) -> None:
    send = Sender()
    lines = [json.loads(send.imported(f"m-{number}")) for number in range(CLAIMS)]
    for start in range(0, CLAIMS, _PORTION):
        accepted = made.post(lines[start : start + _PORTION])
        assert accepted is not None, "the members were not accepted"
        assert len(accepted) == _PORTION, accepted
    count = text("SELECT count(*) FROM member_changes")
    made.until(lambda: made.query(lambda c: c.execute(count).scalar_one() >= CLAIMS), "all are members")


@dataclass(frozen=True, slots=True)
class Rush:
    """Seconds from when each claim was due until its answer, and until its decision was durable."""

    answered: list[float]
    decided: list[float]


def _claim(made: Town, name: str, claims: int, rate: float | None) -> Rush:
    """Send one claim of each of so many members, at a rate or as fast as the site answers, and await all decisions."""
    begin, answered = _send(made, name, claims, rate)
    _await_decisions(made, name, claims)
    times = read_commit_times(made, name)
    due = {f"{name}-{number}": begin + (number / rate if rate else 0.0) for number in range(claims)}
    return Rush(answered, [times[id_] - moment for id_, moment in due.items()])


def _send(made: Town, name: str, claims: int, rate: float | None) -> tuple[float, list[float]]:
    requests = [_format_claim(made, name, number) for number in range(claims)]
    begin = time.time()
    # Without a rate each request is due at once and sent as soon as a connection is free.
    waits = measure_waits_s(
        made.port, requests, rate or claims * 1e3, claims / (rate or claims * 1e3), _LINES
    )
    assert len(waits) == claims, f"{len(waits)} of {claims} claims were answered"
    return begin, waits


def _format_claim(made: Town, name: str, number: int) -> bytes:
    send = Sender()
    envelope = {"id": f"{name}-{number}", "source": name}
    at = "2026-05-01T12:00:00+08:00"
    body = send("campaign.entered", f"m-{number}", at, envelope=envelope, campaign=name).encode()
    head = (
        f"POST /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:{made.port}\r\n"
        f"Content-Type: application/cloudevents+json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _await_decisions(made: Town, name: str, claims: int) -> None:
    made.until(lambda: _count(made, name) >= claims, f"{claims} claims are decided")


def _count(made: Town, name: str) -> int:
    with psycopg.connect(made.url) as connection:
        row = connection.execute("SELECT count(*) FROM decisions WHERE source = %s", (name,)).fetchone()
    return int(row[0]) if row else 0


def _count_grants(made: Town) -> int:
    with psycopg.connect(made.url) as connection:
        row = connection.execute("SELECT count(*) FROM grants WHERE rule_id = 'bench-rush'").fetchone()
    return int(row[0]) if row else 0


def _measure_costs(made: Town) -> Costs:
    """Read the processor times of two small rushes: while relay and worker stand still, and while they work.

    The first tells which share of the database's time the site causes. In the second, relay and worker take the
    small batches that they also take in a large rush.
    """
    stopped = [made.kept["relay"], *made.workers]
    for kept in stopped:
        kept.send(signal.SIGSTOP)
    before = _read_processor_s(made)
    _send(made, "stored", SMALL, None)
    stored = _read_processor_s(made)
    for kept in stopped:
        kept.send(signal.SIGCONT)
    _await_decisions(made, "stored", SMALL)
    begin = _read_processor_s(made)
    _claim(made, "small", SMALL, None)
    end = _read_processor_s(made)
    admission_us = (stored["servers"] - before["servers"]) / SMALL * 1e6
    used_us = {name: (end[name] - begin[name]) / SMALL * 1e6 for name in end}
    return Costs(
        sender_us=used_us["sender"],
        site_us=used_us["site"],
        admission_us=admission_us,
        relay_us=used_us["relay"],
        worker_us=used_us["workers"],
        decision_us=max(0.0, used_us["servers"] - admission_us),
    )


def _read_processor_s(made: Town) -> dict[str, float]:
    postmaster, brokers = _find_servers(made)
    return {
        "sender": time.process_time(),
        "site": _of(made, "serve"),
        "relay": _of(made, "relay"),
        "workers": sum(_of(made, kept.name) for kept in made.workers),
        "servers": tree_processor_s(postmaster) + sum(tree_processor_s(pid) for pid in brokers),
    }


def _apply_units_priorities(made: Town) -> None:
    """Make the processes that run as nice as their units in ``deploy/systemd`` make them."""
    units = {"serve": "yihui-site", "relay": "yihui-relay"}
    for name in ("serve", "relay", *(kept.name for kept in made.workers)):
        path = _UNITS / f"{units.get(name, 'yihui-worker@')}.service"
        [nice] = re.findall(r"^Nice=(\d+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        for thread in _threads_of(_process_of(made, name)):
            with suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, thread, int(nice))


def _threads_of(process: int) -> Iterator[int]:
    """Yield the threads of a process and of all that descend from it."""
    for thread in Path(f"/proc/{process}/task").iterdir():
        yield int(thread.name)
        for child in (thread / "children").read_text(encoding="ascii").split():
            yield from _threads_of(int(child))


def _of(made: Town, name: str) -> float:
    return tree_processor_s(_process_of(made, name))


def _process_of(made: Town, name: str) -> int:
    process = made.kept[name].process
    assert process is not None, f"{name} was never started"
    return process.pid


def _find_servers(made: Town) -> tuple[int, list[int]]:
    """Return the processes of the database's server and of the brokers."""
    postmaster = int(Path(made.data, "postmaster.pid").read_text(encoding="utf-8").split()[0])
    return postmaster, [broker.process.pid for broker in made.kafka.brokers if broker.process]


# --- riders beside


def _start_riders_site(made: Town) -> int:
    """Start a site of its own for the riders, as docs/capacity.md says; return its port."""
    port = free_port()
    made.start("riders", serve_arguments(port))
    made.until(lambda: made.answers(port), "the riders' site answers")
    _ask_for_nearest(port, WARM_S)  # each day's hours are read at the first query
    _ask_for_pages(port, WARM_S)
    return port


def _ask_for_nearest(port: int, seconds: float) -> list[float]:
    requests = nearest_requests(BenchServer(port, os.getpid()), "")
    return measure_waits_s(port, requests, RIDERS_PER_S, seconds)


def _ask_for_pages(port: int, seconds: float) -> list[float]:
    requests = page_requests(BenchServer(port, os.getpid()))
    return measure_waits_s(port, requests, PAGES_PER_S, seconds)


@dataclass(slots=True)
class RiderWaits:
    """Seconds that riders waited for the nearest stations as JSON, and for the answer on their page."""

    nearest: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)


@contextmanager
def _riders_beside(port: int) -> Iterator[RiderWaits]:
    """Ask as riders do, in two processes of their own, beside what the block does.

    The riders ask for `IN_S` seconds. When the ``with`` statement ends, their waits are filled in.
    """
    context = multiprocessing.get_context("spawn")
    gate, asks = context.Barrier(3), (_ask_for_nearest, _ask_for_pages)
    answers: list[SimpleQueue[list[float]]] = [context.SimpleQueue() for _ in asks]
    riders = [
        context.Process(target=_ride, args=(ask, port, gate, answer))
        for ask, answer in zip(asks, answers, strict=True)
    ]
    for rider in riders:
        rider.start()
    gate.wait(_READY_WITHIN_S)
    waits = RiderWaits()
    yield waits
    waits.nearest, waits.pages = (answer.get() for answer in answers)
    for rider in riders:
        rider.join()


def _ride(
    ask: Callable[[int, float], list[float]], port: int, gate: Barrier, answer: "SimpleQueue[list[float]]"
) -> None:
    gate.wait(_READY_WITHIN_S)
    answer.put(ask(port, IN_S))


# --- what is told


def _served(rush: Rush, granted: int) -> Measurement:
    p99 = find_percentile(rush.decided, 99)
    over = max(0, granted - COUPONS)
    return Measurement(
        "stream.rush_p99", p99, "s", None, None, None, granted == COUPONS,
        f"{CLAIMS:,} members claim one of {COUPONS:,} coupons in {IN_S:.0f} s, a request each, with all parts on this "
        f"machine: {granted:,} granted, {over} over; from the claim to the answer: {describe_waits(rush.answered)}; "
        f"to the durable decision: {describe_waits(rush.decided)}",
    )  # fmt: skip


def _disturbed(
    name: str, asked: str, goal_ms: float, alone: Sequence[float], beside: Sequence[float]
) -> Measurement:
    quiet, busy = find_percentile(alone, 99) * 1e3, find_percentile(beside, 99) * 1e3
    return Measurement(
        f"stream.{name}_beside_rush", busy, "ms", busy / quiet, "<=", goal_ms, busy <= goal_ms,
        f"p99 of {asked}, at a process of their own on the same cores, "
        f"with the priorities of deploy/systemd; {quiet:.1f} ms without the rush; median {find_percentile(beside, 50) * 1e3:.1f} ms",
    )  # fmt: skip


def _predicted(predicted: Course, rush: Rush, costs: Costs) -> Measurement:
    said, came = find_percentile(predicted.decided, 99), find_percentile(rush.decided, 99)
    return Measurement.at_least(
        "stream.rush_predicted_p99", said, "s", GOAL_PREDICTED,
        f"the smaller of the simulated and the measured p99 ({came:.2f} s) of the larger; processor time a claim, "
        f"measured in rushes of {SMALL:,} before: sender {costs.sender_us:.0f} µs, site {costs.site_us:.0f}, database "
        f"for it {costs.admission_us:.0f}, relay {costs.relay_us:.0f}, worker {costs.worker_us:.0f}, database and "
        f"broker for them {costs.decision_us:.0f}; at most {predicted.waiting:,} claims wait in the simulation",
        min(said, came) / max(said, came),
    )  # fmt: skip
