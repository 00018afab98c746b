"""Benchmark a page of stations from /ogc, called in this process over a register of 10,790 stations."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from bench.measurement import Measurement
from bench.stations import random_register

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

STATIONS, PAGE_SIZE, ROUNDS = 10_790, 1_000, 30
NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)  # Friday, 10:00 in Beijing


def measure() -> list[Measurement]:
    """Measure the median of pages of 1,000 stations at different offsets; the first page is not counted."""
    from fastapi.testclient import TestClient

    from geo.registry import Register, import_stations
    from yihui.bootstrap import Settings, build_wiring
    from yihui.http.app import create_app
    from yihui.runtime.demo_marker import DEMO_MARKER_FILE

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / DEMO_MARKER_FILE).touch()  # its user needs no key
        wiring = build_wiring(Settings(str(Path(folder) / "yihui.db"), Path(folder)), now=lambda: NOW)
        stations = random_register(np.random.default_rng(1), STATIONS)
        with wiring.database.write() as connection:
            import_stations(connection, Register("bench", "", "bench.csv", "1"), stations, NOW)
        client = TestClient(create_app(wiring), "http://127.0.0.1")
        taken_s = [_page_s(client, number) for number in range(ROUNDS + 1)][1:]
        wiring.database.close()
    slowest = sorted(taken_s)[int(0.95 * ROUNDS)]
    return [
        Measurement(
            name="web.ogc_page_of_1000_stations",
            value=median(taken_s) * 1e3,
            unit="ms",
            ratio=None,
            op=None,
            goal=None,
            holds=None,
            detail=f"p50 of {ROUNDS} pages of {STATIONS:,} stations, p95 {slowest * 1e3:.0f} ms",
        )
    ]


def _page_s(client: "TestClient", number: int) -> float:
    offset = number * 317 % (STATIONS - PAGE_SIZE)
    started = perf_counter()
    page = client.get(f"/ogc/collections/stations/items?limit={PAGE_SIZE}&offset={offset}")
    taken_s = perf_counter() - started
    assert page.status_code == 200
    assert page.json()["numberReturned"] == PAGE_SIZE
    return taken_s
