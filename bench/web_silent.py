"""Benchmark GET /healthz beside 3,000 connections that say nothing."""

import resource
import socket
from contextlib import ExitStack
from http.client import HTTPConnection
from time import perf_counter

from bench.measurement import Measurement
from bench.web_server import start_site

SILENT, ROUNDS, GOAL_MS = 3_000, 20, 100.0


def measure() -> list[Measurement]:
    """Measure the slowest of some answers."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(SILENT + 1_000, hard)), hard))
    with start_site(1_000) as site, ExitStack() as held:
        for _ in range(SILENT):
            held.enter_context(socket.create_connection(("127.0.0.1", site.port), 30))
        worst_ms = max(_answer_ms(site.host) for _ in range(ROUNDS))
    detail = f"the slowest of {ROUNDS} answers beside {SILENT:,} silent connections"
    return [Measurement.at_most("web.healthz_silent", worst_ms, "ms", GOAL_MS, detail)]


def _answer_ms(host: str) -> float:
    begun = perf_counter()
    connection = HTTPConnection(host, timeout=30)
    connection.request("GET", "/healthz")
    assert connection.getresponse().status == 200
    connection.close()
    return (perf_counter() - begun) * 1e3
