"""Benchmark a planner's comparison of two registers beside the coverage of the same area, and a scenario of a county."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from tempfile import TemporaryDirectory
from time import process_time

from bench.measurement import Measurement, compare_interleaved, slowdown_measurement
from geo.datum import Datum
from geo.districts import Districts
from geo.formats.facts import shandong_population
from geo.formats.outlines import read_outlines
from geo.registry.diff import Register
from geo.registry.planning import Scenario
from geo.registry.stations import import_stations
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.planning.demand.request import CENSUS_DEMAND
from yihui.planning.scenario.request import ScenarioChanges
from yihui.planning.scenario.run import measure_scenario, rank_longer_hours
from yihui.samples.register import SEED, generate_register_rows, load_shandong_counties, write_register
from yihui.services.stations.station_import import RegisterRequest, read_register

COMPARE_GOAL, SCENARIO_GOAL_S = 2.2, 1.0
ROUNDS = 3
CITY, COUNTY, AT = "370100", "370102", "2026-10-09T10:00+08:00"
LATE = 20  # stations that stay open until 22:00


def measure() -> Iterator[Measurement]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        wiring = _build_site(folder)
        yield _compare(folder)
        yield _scenario(wiring)
        wiring.database.close()


def _build_site(folder: Path) -> Wiring:
    """Import the sample register; write its rows of the city, also with every fifth place open until 22:00."""
    rows = generate_register_rows(load_shandong_counties(), shandong_population(), SEED)
    write_register(rows, folder / "all.csv")
    here = [row for row in rows if row["编号"].startswith(f"SAMPLE-{CITY[:4]}")]
    write_register(here, folder / "old.csv")
    longer = [{**row, "开放时间": "8:00-22:00"} if n % 5 == 0 else row for n, row in enumerate(here)]
    write_register(longer, folder / "new.csv")
    now = datetime.fromisoformat(AT)
    wiring = build_wiring(Settings(str(folder / "yihui.db"), folder), now=lambda: now)
    asked = RegisterRequest(folder / "all.csv", Datum.WGS84)
    stations = read_register(asked, lambda: Districts(read_outlines())).reading.stations
    with wiring.database.write() as connection:
        import_stations(connection, Register("bench", "", "all.csv", "1"), stations, now)
    return wiring


def _compare(folder: Path) -> Measurement:
    environ = {
        **os.environ,
        "YIHUI_DATABASE_URL": str(folder / "yihui.db"),
        "YIHUI_DATA_FOLDER": str(folder),
        "YIHUI_NOW": AT,
    }

    def run(*words: str) -> None:
        command = [sys.executable, "-m", "yihui", "plan", *words, "--area", CITY, "--at", AT]
        subprocess.run(command, env=environ, check=True, capture_output=True)

    sides = ("--before", str(folder / "old.csv"), "--after", str(folder / "new.csv"), "--datum", "wgs84")
    compared = compare_interleaved(
        lambda: run("compare", *sides), lambda: run("coverage"), rounds=ROUNDS, clock=_children_s
    )
    return slowdown_measurement(
        "planning.compare_city", compared, COMPARE_GOAL, per=1, unit="ms",
        detail="processor of the whole command on two files of a city's stations; the command of its coverage",
    )  # fmt: skip


def _scenario(wiring: Wiring) -> Measurement:
    at = datetime.fromisoformat(AT)
    asked = Scenario(1, 1, "", COUNTY, at, 1_000, CENSUS_DEMAND, "", "", at)
    late = rank_longer_hours(wiring, asked, ScenarioChanges(until="22:00"))[:LATE]
    changes, taken = ScenarioChanges(until="22:00", late=tuple(late)), []
    for _ in range(1 + ROUNDS):
        began = process_time()
        measure_scenario(wiring, asked, changes)
        taken.append(process_time() - began)
    detail = f"what {len(late)} stations gain that stay open until 22:00, with every hour of the week"
    return Measurement.at_most("planning.scenario_county", min(taken), "s", SCENARIO_GOAL_S, detail)


def _children_s() -> float:
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
