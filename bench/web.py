"""What riders' phones wait for at the site: GET nearest, at a steady rate and at most, the server on one core of two."""

from collections.abc import Iterator, Sequence
from http.client import HTTPConnection

import numpy as np

from bench.measurement import Measurement
from bench.stations import places
from bench.web_load import answers_per_s, get, waits_s
from bench.web_server import Server, peer, pin, site

SIZES = (10_790, 190_000)  # with mother rooms and palaces; nationwide
RATE, STEADY_S, ROUNDS, ROUND_S = 500.0, 10.0, 5, 2.0
GOAL_MS, GOAL_RATIO = 5.0, 0.5
POINTS = 600
FILTERS = {"": "", "_open": "&usable=true&open=true&travel=ebike"}  # what the page asks for


def measure() -> list[Measurement]:
    """The load comes from this process; both sides of a ratio in turn, so that what else runs meets both alike."""
    pin(0)  # the servers, which are started from here, stay there
    found: list[Measurement] = []
    for size in SIZES:
        with site(size) as ours, peer(_body(ours)) as theirs:
            pin(1)
            found += _measured(ours, theirs, size)
            pin(0)
    return found


def _measured(ours: Server, theirs: Server, size: int) -> Iterator[Measurement]:
    for name, filters in FILTERS.items():
        requests = _requests(ours, filters)
        answers_per_s(ours.port, requests, ROUND_S)  # each day's hours are read when they are first asked for
        yield _latency(f"web.nearest_p99{name}_{size}", ours, requests)
        yield from _throughput(f"web.nearest_per_s{name}_{size}", ours, theirs, requests, is_goal=not filters)


def _requests(server: Server, filters: str) -> list[bytes]:
    where = places(np.random.default_rng(7), POINTS).tolist()
    return [get(f"{_address(lon, lat)}{filters}", server.host) for lon, lat in where]


def _address(lon: float, lat: float) -> str:
    return f"/api/v1/stations/nearest?lon={lon:.5f}&lat={lat:.5f}&datum=wgs84"


def _body(server: Server) -> bytes:
    connection = HTTPConnection(server.host)
    connection.request("GET", _address(117.02, 36.67))
    body = connection.getresponse().read()
    connection.close()
    return body


def _latency(name: str, server: Server, requests: Sequence[bytes]) -> Measurement:
    waits_ms = np.array(waits_s(server.port, requests, RATE, STEADY_S)) * 1e3
    p50, p99, most = np.percentile(waits_ms, [50, 99, 100])
    detail = f"{RATE:.0f} requests/s from the moment at which each was due, one core; p50 {p50:.2f} ms, most {most:.1f} ms"
    return Measurement(name, float(p99), "ms", None, "<=", GOAL_MS, bool(p99 < GOAL_MS), detail)


def _throughput(
    name: str, ours: Server, theirs: Server, requests: Sequence[bytes], *, is_goal: bool
) -> Iterator[Measurement]:
    """Beside a constant, and beside a constant of the answer's own size."""
    small, same = ([get(path, theirs.host)] for path in ("/", "/answer"))
    rounds = [
        (
            answers_per_s(ours.port, requests, ROUND_S),
            answers_per_s(theirs.port, small, ROUND_S),
            answers_per_s(theirs.port, same, ROUND_S),
        )
        for _ in range(ROUNDS)
    ]
    best, constant, of_its_size = (max(side) for side in zip(*rounds, strict=True))
    used_us = _processor_us(ours, requests)
    detail = (
        f"a bare endpoint that returns a constant: {constant:,.0f}/s; {used_us:.0f} µs of processor an answer"
    )
    ratio = best / constant
    if is_goal:
        yield Measurement(name, best, "1/s", ratio, ">=", GOAL_RATIO, ratio >= GOAL_RATIO, detail)
    else:
        yield Measurement(name, best, "1/s", ratio, None, None, None, detail)
    detail = f"a bare endpoint that returns a constant of the same content: {of_its_size:,.0f}/s"
    yield Measurement(f"{name}_of_its_size", best, "1/s", best / of_its_size, None, None, None, detail)


def _processor_us(server: Server, requests: Sequence[bytes]) -> float:
    """What an answer costs whatever else the machine does."""
    before = server.processor_s()
    answered = answers_per_s(server.port, requests, ROUND_S) * ROUND_S
    return (server.processor_s() - before) / answered * 1e6
