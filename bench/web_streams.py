"""Benchmark GET nearest beside 1,000 open news streams and 3,000 silent sockets, and the memory of a riders' site."""

import resource
import socket
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from bench.measurement import Measurement
from bench.web import RATE, STEADY_S, nearest_requests
from bench.web_load import measure_waits_s
from bench.web_server import BenchServer, pin_to_core, start_site

SIZE, STREAMS, SILENT = 10_790, 1_000, 3_000
PER_ADDRESS = 100  # streams that one client may open
GOAL_MS, GOAL_MB = 20.0, 250.0


def measure() -> list[Measurement]:
    """Measure the answers while all are connected, with the server on one core of two, and its memory then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = STREAMS + SILENT + 1_000
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(needed, hard)), hard))
    pin_to_core(0)
    with start_site(SIZE) as site, ExitStack() as held:
        pin_to_core(1)
        requests = nearest_requests(site, "")
        measure_waits_s(
            site.port, requests, RATE, 2.0
        )  # warm up: each day's hours are read at the first query
        for number in range(STREAMS):
            held.enter_context(_listen(site, f"127.0.0.{2 + number // PER_ADDRESS}"))
        for _ in range(SILENT):
            held.enter_context(socket.create_connection(("127.0.0.1", site.port), 30))
        waits_ms = np.array(measure_waits_s(site.port, requests, RATE, STEADY_S)) * 1e3
        memory_mb = _memory_mb(site)
    pin_to_core(0)
    p50, p99, most = np.percentile(waits_ms, [50, 99, 100])
    beside = f"beside {STREAMS:,} news streams and {SILENT:,} silent sockets"
    return [
        Measurement(
            "web.nearest_p99_beside_streams",
            float(p99),
            "ms",
            None,
            "<=",
            GOAL_MS,
            bool(p99 < GOAL_MS),
            f"{RATE:.0f} requests/s {beside}, one core; p50 {p50:.2f} ms, most {most:.1f} ms",
        ),
        Measurement(
            "web.riders_memory",
            memory_mb,
            "MB",
            None,
            "<=",
            GOAL_MB,
            memory_mb < GOAL_MB,
            f"the two processes of a site with {SIZE:,} stations, {beside} (proportional set size)",
        ),
    ]


def _listen(site: BenchServer, source: str) -> socket.socket:
    """Open a stream of news from an address, and return it once its head has arrived."""
    made = socket.create_connection(("127.0.0.1", site.port), 30, source_address=(source, 0))
    head = f"GET /api/v1/stations/news HTTP/1.1\r\nHost: {site.host}\r\nAccept: text/event-stream\r\n\r\n"
    made.sendall(head.encode())
    answer = made.recv(4_096)
    assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
    return made


def _memory_mb(site: BenchServer) -> float:
    """Return the memory of a server and its worker; what they share counts once."""
    children = Path(f"/proc/{site.pid}/task/{site.pid}/children").read_text().split()
    return sum(_pss_kb(pid) for pid in (str(site.pid), *children)) * 1024 / 1e6


def _pss_kb(pid: str) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
