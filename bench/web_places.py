"""Benchmark a rider's map and route over 190,000 stations: `within` and `along`, with the server on one core of two.

The counts of some maps are compared with a count of all points in the box, so that the results are correct too.
"""

import json
from http.client import HTTPConnection

import numpy as np

from bench.measurement import Measurement
from bench.stations import random_register
from bench.web_load import format_get_request, measure_waits_s
from bench.web_server import BenchServer, pin_to_core, start_site
from geo.geodesy import Floats

SIZE = 190_000
RATE, STEADY_S = 20.0, 10.0  # a hundred riders who move their maps every five seconds
GOAL_MS = 100.0  # users perceive this as instant (Miller 1968; Nielsen 1993)
QUERIES = 100
MAP_WIDTHS_DEG = {"street": 0.01, "town": 0.2, "province": 8.0}
ROUTE_KM = 20.0
FILTERS = "&usable=true&open=true&facility=water"


def measure() -> list[Measurement]:
    """Measure maps and routes; this process sends the requests, and the server has its own core."""
    pin_to_core(0)  # the server inherits this core
    with start_site(SIZE) as server:
        pin_to_core(1)
        points = np.array(
            [(one.lon, one.lat) for one in random_register(np.random.default_rng(1), SIZE)]
        )  # the same stations as in `start_site`
        found = [_within(server, points, name, wide) for name, wide in MAP_WIDTHS_DEG.items()]
        found.append(_along(server, points))
        pin_to_core(0)
    return found


def _within(server: BenchServer, points: Floats, name: str, wide_deg: float) -> Measurement:
    """Measure maps of one size around random stations, every second one with filters."""
    boxes = [_box(lon, lat, wide_deg) for lon, lat in _middles(points)]
    paths = [f"/api/v1/stations/within?bbox={box}{FILTERS * (n % 2)}" for n, box in enumerate(boxes)]
    for box, path in zip(boxes[::20], paths[::20], strict=True):  # without filters
        assert _fetch_count(server, path)[0] == _in_box(points, box), f"{path}: another count than by hand"
    shown, size = _fetch_count(server, paths[0])
    detail = f"{RATE:.0f} maps/s of {wide_deg:g}°, half of them with filters; the first: {shown} stations, {size:,} bytes"
    return _waited(f"web.within_p99_{name}_{SIZE}", server, paths, detail)


def _along(server: BenchServer, points: Floats) -> Measurement:
    starts, azimuths = _middles(points), np.random.default_rng(3).uniform(0, 2 * np.pi, QUERIES)
    ends = [_shifted(point, azimuth) for point, azimuth in zip(starts, azimuths, strict=True)]
    paths = [
        f"/api/v1/stations/along?lon={lon:.5f}&lat={lat:.5f}&to_lon={to_lon:.5f}&to_lat={to_lat:.5f}&datum=wgs84{FILTERS * (n % 2)}"
        for n, ((lon, lat), (to_lon, to_lat)) in enumerate(zip(starts, ends, strict=True))
    ]
    shown, size = _fetch_count(server, paths[0])
    detail = f"{RATE:.0f} ways/s of {ROUTE_KM:.0f} km, places within 500 m, half of them with filters; the first: {shown} stations, {size:,} bytes"
    return _waited(f"web.along_p99_{SIZE}", server, paths, detail)


def _waited(name: str, server: BenchServer, paths: list[str], detail: str) -> Measurement:
    requests = [format_get_request(path, server.host) for path in paths]
    measure_waits_s(
        server.port, requests, RATE, len(paths) / RATE
    )  # warm up: each day's hours are read at the first query
    p50, p99 = np.percentile(np.array(measure_waits_s(server.port, requests, RATE, STEADY_S)) * 1e3, [50, 99])
    told = f"{detail}; p50 {p50:.1f} ms"
    return Measurement(name, float(p99), "ms", None, "<=", GOAL_MS, bool(p99 < GOAL_MS), told)


def _middles(points: Floats) -> list[tuple[float, float]]:
    chosen = np.random.default_rng(2).choice(len(points), QUERIES, replace=False)
    return [(float(lon), float(lat)) for lon, lat in points[chosen]]


def _box(lon: float, lat: float, wide_deg: float) -> str:
    half = wide_deg / 2
    return f"{lon - half:.5f},{lat - half:.5f},{lon + half:.5f},{lat + half:.5f}"


def _in_box(points: Floats, box: str) -> int:
    west, south, east, north = map(float, box.split(","))
    lon, lat = points.T
    return int(((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)).sum())


def _shifted(point: tuple[float, float], azimuth: float) -> tuple[float, float]:
    """Return the point at `ROUTE_KM` in that direction, on a plane near 36° north."""
    north = ROUTE_KM / 111.0
    return point[0] + north * np.sin(azimuth) / np.cos(np.radians(36.5)), point[1] + north * np.cos(azimuth)


def _fetch_count(server: BenchServer, path: str) -> tuple[int, int]:
    """Return an answer's number of stations, and its length in bytes."""
    connection = HTTPConnection(server.host)
    connection.request("GET", path)
    body = connection.getresponse().read()
    connection.close()
    return int(json.loads(body)["count"]), len(body)
