"""make soak: one site under mixed load for two hours; its memory must stay flat.

python -m tests.soak [--minutes 120] [--stations 2000]

Riders search and report, members' events are posted, an officer stops and resumes a rule. The resident memory
of the site's process is read every half a minute; its median in the last quarter may exceed that of the second
quarter by 5 % at most. The first quarter fills the caches.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from time import monotonic

import numpy as np

from bench.stations import random_register
from bench.web_server import BenchServer, start_server
from geo.registry.diff import Register
from geo.registry.stations import import_stations
from tests.yihui.demo_folder import mark_demo
from tools.servers.sending import Sender
from yihui.bootstrap import Settings, build_wiring
from yihui.runtime.demo_marker import DEMO_MARKER_FILE

MOST_GROWTH = 0.05
_SAMPLE_EVERY_S = 30.0
_STOP_RULE_EVERY = 2_000  # rounds of the load
_RULE = "birthday-cake"
_TOO_MANY = 429  # reports from one address have a limit
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_EVENTS = {"Content-Type": "application/cloudevents-batch+json"}
_JSON = {"Content-Type": "application/json"}


@dataclass
class Visitors:
    """All that use the site; the same seed sends the same requests."""

    site: BenchServer
    environment: dict[str, str]
    stations: Sequence[str]

    def __post_init__(self) -> None:
        self._random, self._send = np.random.default_rng(1), Sender()
        self._numbers, self._proposals = itertools.count(1), itertools.count(1)
        self._connection = HTTPConnection("127.0.0.1", self.site.port, timeout=30)

    def play_round(self) -> None:
        """Search, look at the page, report, post two events; now and then stop and resume a rule."""
        number = next(self._numbers)
        lon, lat = self._random.uniform((115.0, 34.5), (122.5, 38.3))
        self._request("GET", f"/api/v1/stations/nearest?lon={lon:.5f}&lat={lat:.5f}&datum=wgs84&open=true")
        if number % 5 == 0:
            self._request("GET", f"/?lon={lon:.4f}&lat={lat:.4f}")
        if number % 10 == 0:
            report = {"observation": "locked", "idempotency_key": uuid.UUID(int=number).hex}
            station = self.stations[int(self._random.integers(len(self.stations)))]
            self._request("POST", f"/api/v1/stations/{station}/reports", report, _JSON)
        if number % 4 == 0:
            member = f"m-{number}"
            events = [json.loads(self._send.joined(member)), json.loads(self._send.birthday(member))]
            self._request("POST", "/api/v1/events", events, _EVENTS)
        if number % _STOP_RULE_EVERY == 0:
            self._command("rules", "stop", _RULE, "--as", "soak", "--reason", "endurance")
            self._command("rules", "resume", _RULE, "--as", "soak", "--reason", "endurance")
            self._command("approvals", "confirm", str(next(self._proposals)), "--as", "second")

    def _request(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> None:
        content = None if body is None else json.dumps(body).encode()
        self._connection.request(method, path, content, headers or {})
        answer = self._connection.getresponse()
        answer.read()
        assert answer.status in (200, 202, _TOO_MANY), f"{method} {path}: {answer.status}"

    def _command(self, *arguments: str) -> None:
        self._connection.close()  # a command may take longer than the site keeps an idle connection
        command = [sys.executable, "-m", "yihui", *arguments]
        subprocess.run(
            command, env=os.environ | self.environment, check=True, capture_output=True, timeout=120
        )


def worker_memory_mb(site: BenchServer) -> float:
    """Return the resident memory of the site's processes, children included, in MB."""
    children = Path(f"/proc/{site.pid}/task/{site.pid}/children").read_text().split()
    pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in [str(site.pid), *children]]
    return sum(pages) * _PAGE_BYTES / 1e6


def measure_growth(samples: Sequence[float]) -> float:
    """Return by what share the median of the last quarter exceeds that of the second quarter."""
    quarter = len(samples) // 4
    assert quarter, "at least four samples are needed"
    return median(samples[-quarter:]) / median(samples[quarter : 2 * quarter]) - 1


def soak(minutes: float, stations: int, sample_every_s: float = _SAMPLE_EVERY_S) -> Generator[float]:
    """Load a site for some minutes; yield the memory in MB at each sample."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"YIHUI_DATABASE_URL": f"{folder}/yihui.db", "YIHUI_DATA_FOLDER": folder}
        ids = _register(mark_demo(Path(folder)), stations)
        with start_server(["-m", "yihui", "serve"], environment) as site:
            visitors = Visitors(site, environment, ids)
            begin = sampled = monotonic()
            while (now := monotonic()) < begin + 60 * minutes:
                visitors.play_round()
                if now >= sampled + sample_every_s:
                    sampled = now
                    yield worker_memory_mb(site)


def _register(folder: Path, count: int) -> list[str]:
    wiring = build_wiring(Settings(str(folder / "yihui.db"), folder))
    (folder / DEMO_MARKER_FILE).touch()
    stations = random_register(np.random.default_rng(1), count)
    with wiring.database.write() as connection:
        import_stations(connection, Register("soak", "", "soak.csv", "1"), stations, datetime.now(UTC))
    wiring.database.close()
    return [station.id for station in stations]


def main() -> None:
    parser = argparse.ArgumentParser(description="one site under mixed load")
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--stations", type=int, default=2_000)
    options = parser.parse_args()
    samples = []
    for memory in soak(options.minutes, options.stations):
        samples.append(memory)
        sys.stdout.write(f"{len(samples) * _SAMPLE_EVERY_S / 60:.1f} min: {memory:.0f} MB\n")
        sys.stdout.flush()
    growth = measure_growth(samples)
    sys.stdout.write(
        f"growth from the second to the last quarter: {growth:+.1%} (at most {MOST_GROWTH:.0%})\n"
    )
    sys.exit(0 if growth <= MOST_GROWTH else 1)


if __name__ == "__main__":
    main()
