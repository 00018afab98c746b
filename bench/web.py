"""Benchmark GET nearest for riders' phones, at a constant rate and at the highest, with the server on one core
of two.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection

import numpy as np

from bench.core_watch import watch_core
from bench.measurement import Measurement
from bench.stations import random_points
from bench.web_load import format_get_request, measure_answers_per_s, measure_waits_s
from bench.web_server import BenchServer, pin_to_core, start_peer, start_site

PROVINCE, NATION = 10_790, 190_000  # with mother rooms and palaces; nationwide
SERVER_CORE, CLIENT_CORE = 0, 1
RATE, STEADY_S, ROUNDS, ROUND_S = 500.0, 6.0, 3, 2.0
POINTS = 600


@dataclass(frozen=True, slots=True)
class _Load:
    """Requests with some filters and their goals: p99, and answers per answer of a bare endpoint's constant."""

    filters: str
    p99_ms: float
    share: float
    constant: str  # the path of the endpoint: "/" is small, "/answer" has the size of an answer


_OPEN = _Load("&usable=true&open=true&travel=ebike", 15.0, 0.3, "/")
_OPEN_FIRST = _Load("&usable=true&travel=ebike&order=open_first", 15.0, 0.25, "/")  # what the page asks
LOADS = {
    PROVINCE: {"": _Load("", 5.0, 0.5, "/answer"), "_open": _OPEN, "_open_first": _OPEN_FIRST},
    NATION: {
        "": _Load("", 11.0, 0.45, "/answer"),
        "_open": _OPEN,
    },  # why more: docs/capacity.md, “Goals lowered”
}


def measure() -> Iterator[Measurement]:
    """Measure the site and a bare endpoint in turn, so that other load on the machine affects both alike.

    This process sends the requests.
    """
    pin_to_core(SERVER_CORE)  # the servers inherit this core
    for size in LOADS:
        with start_site(size) as ours, start_peer(_body(ours)) as theirs:
            pin_to_core(CLIENT_CORE)
            yield from _measured(ours, theirs, size)
            pin_to_core(SERVER_CORE)


def _measured(ours: BenchServer, theirs: BenchServer, size: int) -> Iterator[Measurement]:
    for name, load in LOADS[size].items():
        requests = nearest_requests(ours, load.filters)
        measure_answers_per_s(
            ours.port, requests, ROUND_S
        )  # warm up: each day's hours are read at the first query
        yield _latency(f"web.nearest_p99{name}_{size}", ours, requests, load.p99_ms)
        yield _throughput(f"web.nearest_per_s{name}_{size}", ours, theirs, requests, load)


def nearest_requests(server: BenchServer, filters: str) -> list[bytes]:
    where = random_points(np.random.default_rng(7), POINTS).tolist()
    return [format_get_request(f"{_address(lon, lat)}{filters}", server.host) for lon, lat in where]


def page_requests(server: BenchServer) -> list[bytes]:
    """Return requests for the answer on the riders' page, as its script fetches it for the point of a phone."""
    where = random_points(np.random.default_rng(11), POINTS).tolist()
    path = "/?lon={:.5f}&lat={:.5f}&accuracy=30&part=answer"
    return [format_get_request(path.format(lon, lat), server.host, "text/html", "gzip") for lon, lat in where]


def _address(lon: float, lat: float) -> str:
    return f"/api/v1/stations/nearest?lon={lon:.5f}&lat={lat:.5f}&datum=wgs84"


def _body(server: BenchServer) -> bytes:
    connection = HTTPConnection(server.host)
    connection.request("GET", _address(117.02, 36.67))
    body = connection.getresponse().read()
    connection.close()
    return body


def _latency(name: str, server: BenchServer, requests: Sequence[bytes], goal_ms: float) -> Measurement:
    with watch_core(SERVER_CORE) as watch:
        waits_ms = np.array(measure_waits_s(server.port, requests, RATE, STEADY_S)) * 1e3
    p50, p99, most = np.percentile(waits_ms, [50, 99, 100])
    detail = f"{RATE:.0f} requests/s from the moment at which each was due, one core; p50 {p50:.2f} ms, most {most:.1f} ms; {watch.describe()}"
    return Measurement.at_most(name, float(p99), "ms", goal_ms, detail)


def _throughput(
    name: str, ours: BenchServer, theirs: BenchServer, requests: Sequence[bytes], load: _Load
) -> Measurement:
    constant = [format_get_request(load.constant, theirs.host)]
    rounds = [
        (
            measure_answers_per_s(ours.port, requests, ROUND_S),
            measure_answers_per_s(theirs.port, constant, ROUND_S),
        )
        for _ in range(ROUNDS)
    ]
    best, bare = (max(side) for side in zip(*rounds, strict=True))
    ratio, used_us = best / bare, _processor_us(ours, requests)
    detail = f"a bare endpoint that returns {load.constant}: {bare:,.0f}/s; {used_us:.0f} µs of processor an answer"
    return Measurement.at_least(name, best, "1/s", load.share, detail, ratio)


def _processor_us(server: BenchServer, requests: Sequence[bytes]) -> float:
    """Return the server's processor time for an answer, in µs."""
    before = server.processor_s()
    answered = measure_answers_per_s(server.port, requests, ROUND_S) * ROUND_S
    return (server.processor_s() - before) / answered * 1e6
