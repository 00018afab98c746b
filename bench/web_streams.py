"""Benchmark GET nearest beside 1,000 open news streams and 3,000 silent sockets, and the memory of a riders' site."""

import resource
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.core_watch import watch_core
from bench.measurement import Measurement
from bench.web import CLIENT_CORE, RATE, SERVER_CORE, STEADY_S, nearest_requests
from bench.web_load import measure_waits_s
from bench.web_server import BenchServer, pin_to_core, start_site

SIZE, STREAMS, SILENT = 10_790, 1_000, 3_000
PER_ADDRESS = 100  # streams that one client may open
GOAL_MS, GOAL_MB = 20.0, 250.0
_KB_IN_MB = 1024 / 1e6


def measure() -> list[Measurement]:
    """Measure the answers while all are connected, with the server on one core of two, and its memory then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = STREAMS + SILENT + 1_000
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(needed, hard)), hard))
    pin_to_core(SERVER_CORE)
    with start_site(SIZE) as site, ExitStack() as held:
        pin_to_core(CLIENT_CORE)
        requests = nearest_requests(site, "")
        measure_waits_s(
            site.port, requests, RATE, 2.0
        )  # warm up: each day's hours are read at the first query
        measure_waits_s(site.port, requests, RATE, STEADY_S)
        alone = _measure_memory(site)
        for number in range(STREAMS):
            held.enter_context(_listen(site, f"127.0.0.{2 + number // PER_ADDRESS}"))
        for _ in range(SILENT):
            held.enter_context(socket.create_connection(("127.0.0.1", site.port), 30))
        with watch_core(SERVER_CORE) as watch:
            waits_ms = np.array(measure_waits_s(site.port, requests, RATE, STEADY_S)) * 1e3
        beside_them = _measure_memory(site)
    pin_to_core(SERVER_CORE)
    p50, p99, most = np.percentile(waits_ms, [50, 99, 100])
    beside = f"beside {STREAMS:,} news streams and {SILENT:,} silent sockets"
    return [
        Measurement.at_most(
            "web.nearest_p99_beside_streams",
            float(p99),
            "ms",
            GOAL_MS,
            f"{RATE:.0f} requests/s {beside}, one core; p50 {p50:.2f} ms, most {most:.1f} ms; {watch.describe()}",
        ),
        _memory_measurement("web.riders_memory", alone, f"that answers {RATE:.0f} requests/s"),
        _memory_measurement("web.riders_memory_beside_streams", beside_them, beside),
    ]


@dataclass(frozen=True, slots=True)
class _SiteMemory:
    """Proportional set sizes: what processes share counts once.

    On a machine with other programs they share pages of files; ``alone_mb`` counts these whole.
    """

    whole_mb: float
    alone_mb: float
    supervisor_mb: float


def _memory_measurement(name: str, memory: _SiteMemory, what: str) -> Measurement:
    detail = (
        f"supervisor ({memory.supervisor_mb:.0f} MB) and worker of a riders' site with {SIZE:,} stations, {what}"
        f" (proportional set sizes; {memory.alone_mb:.0f} MB where no other program shares the pages of files)"
    )
    return Measurement.at_most(name, memory.whole_mb, "MB", GOAL_MB, detail)


def _listen(site: BenchServer, source: str) -> socket.socket:
    """Open a stream of news from an address, and return it once its head has arrived."""
    made = socket.create_connection(("127.0.0.1", site.port), 30, source_address=(source, 0))
    head = f"GET /api/v1/stations/news HTTP/1.1\r\nHost: {site.host}\r\nAccept: text/event-stream\r\n\r\n"
    made.sendall(head.encode())
    answer = made.recv(4_096)
    assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
    return made


def _measure_memory(site: BenchServer) -> _SiteMemory:
    """Measure the supervisor and its workers."""
    children = Path(f"/proc/{site.pid}/task/{site.pid}/children").read_text().split()
    pids = [str(site.pid), *children]
    sizes = [_read_sizes_mb(pid) for pid in pids]
    whole_mb, anonymous_mb = (sum(one[name] for one in sizes) for name in ("Pss", "Pss_Anon"))
    return _SiteMemory(whole_mb, anonymous_mb + _file_pages_mb(pids), sizes[0]["Pss"])


def _read_sizes_mb(pid: str) -> dict[str, float]:
    """Return the sizes of a process's memory by their names in the system's table."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name.rstrip(":"): int(kb) * _KB_IN_MB for name, kb, *_ in map(str.split, lines)}


def _file_pages_mb(pids: Sequence[str]) -> float:
    """Return the size of the files' pages that some of the processes have in memory, each page once.

    Of two mappings of the same part of a file the larger counts.
    """
    most_kb: dict[str, int] = {}
    for pid in pids:
        part = ""
        for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
            name, *values = line.split()
            if not name.endswith(":"):  # the head of a mapping: range, rights, offset, device, inode, path
                part = " ".join(values[1:])
            elif name == "Rss:":
                resident_kb = int(values[0])
            elif name == "Anonymous:":
                most_kb[part] = max(most_kb.get(part, 0), resident_kb - int(values[0]))
    return sum(most_kb.values()) * _KB_IN_MB
