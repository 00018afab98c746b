"""Benchmark travel times on foot in a city: 500,000 points of demand and 1,000 stations, time and peak memory.

The city is generated: a grid of streets 100 m apart with a river that few bridges cross. Its tiles are built by
Valhalla. The ways are computed in a process of its own, so that the peak memory is that of the question alone;
Valhalla's own processes are measured beside it. Some points are then asked for one by one, with another algorithm.
The ways that a p-median compares are collected in the same city.
"""

import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import TYPE_CHECKING

import numpy as np

from bench.measurement import Measurement

if TYPE_CHECKING:
    from yihui.services.stations.travel_times import StreetMatrix

ROOT = Path(__file__).parents[1]
WEST, SOUTH, STEP_LON, STEP_LAT, BLOCKS = 116.9, 36.5, 0.00112, 0.0009, 350  # 35 km × 35 km, blocks of 100 m
BRIDGE_EVERY, SEED, CHECKED = 20, 11, 40
DEMAND, STATIONS, MINUTES = 500_000, 1_000, 15.0
GOAL_MINUTES, GOAL_MB = 6.0, 1_000.0
HOMES, CANDIDATES, PLACES = 3_000, 500, 60  # of the p-median


def measure() -> list[Measurement]:
    with tempfile.TemporaryDirectory() as folder:
        tiles = build_city(Path(folder))
        command = [sys.executable, "-m", "bench.travel_time", str(tiles)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    detail = (
        f"{DEMAND:,} points × {STATIONS:,} stations, {MINUTES:g} min on foot: {found['asked']:,} pairs that a straight "
        f"line allows in {found['questions']:,} questions, {found['pairs']:,} within the limit; by street "
        f"{found['by_street']:.1%} served, by the straight line {found['straight']:.1%}; {CHECKED} points asked for "
        f"one by one have the same"
    )
    minutes, peak_mb = found["seconds"] / 60, found["peak_mb"]
    siting = (
        f"p-median of {HOMES:,} points, {CANDIDATES} candidates and {PLACES} stations that stay: the ways to the "
        f"nearest station and to {found['nearer']:,} nearer candidates"
    )
    name = "coverage.travel_time_city"
    return [
        Measurement(name, minutes, "min", None, "<=", GOAL_MINUTES, minutes <= GOAL_MINUTES, detail),
        Measurement(f"{name}_memory", peak_mb, "MB", None, "<=", GOAL_MB, peak_mb <= GOAL_MB,
                    f"peak of the process; each Valhalla beside it at most {found['valhalla_mb']:.0f} MB"),
        Measurement("coverage.travel_time_median", found["siting_s"], "s", None, None, None, None, siting),
    ]  # fmt: skip


def build_city(folder: Path) -> Path:
    """Write the city's streets, build their tiles, and return the folder of the tiles."""
    import osmium
    from osmium.osm.mutable import Node, Way

    from yihui.services.stations.street_tiles import build_street_tiles

    extract, middle = folder / "city.osm.pbf", BLOCKS // 2
    with osmium.SimpleWriter(str(extract), overwrite=True) as writer:
        for i in range(BLOCKS):
            for j in range(BLOCKS):
                place = (WEST + STEP_LON * i, SOUTH + STEP_LAT * j)
                writer.add_node(Node(id=1 + i * BLOCKS + j, location=place, version=1))
        streets = [[1 + i * BLOCKS + j for j in range(BLOCKS)] for i in range(BLOCKS)]
        for j in range(BLOCKS):
            row = [1 + i * BLOCKS + j for i in range(BLOCKS)]
            streets += [row] if j % BRIDGE_EVERY == 0 else [row[:middle], row[middle:]]
        for number, nodes in enumerate(streets, 1):
            writer.add_way(Way(id=number, nodes=nodes, tags={"highway": "residential"}, version=1))
    build_street_tiles(extract, folder / "tiles", datetime.now(UTC))
    return folder / "tiles"


def _measure_ways(tiles: Path) -> None:
    """Compute the ways as the planner's questions do, and print the time and the peak memory."""
    from geo.coverage.neighbours import find_neighbours
    from geo.coverage.reach import Reach
    from geo.coverage.street_pairs import collect_street_pairs
    from geo.nearest.travel import Travel
    from yihui.services.stations.routing import StreetNetwork
    from yihui.services.stations.travel_times import StreetMatrix

    chance = np.random.default_rng(SEED)
    size = (STEP_LON * (BLOCKS - 1), STEP_LAT * (BLOCKS - 1))
    demand, stations = (
        np.array((WEST, SOUTH)) + chance.uniform(0, 1, (count, 2)) * size for count in (DEMAND, STATIONS)
    )
    matrix = StreetMatrix(StreetNetwork.open(tiles, Travel.walk()), MINUTES * 60, "ways")
    begin = time.perf_counter()
    found = collect_street_pairs(demand, stations, Reach(network=matrix, within_s=MINUTES * 60))
    seconds = time.perf_counter() - begin
    peaks_mb = [getrusage(who).ru_maxrss / 1024 for who in (RUSAGE_SELF, RUSAGE_CHILDREN)]
    for row in chance.choice(DEMAND, CHECKED, replace=False).tolist():
        alone = matrix.streets.ways((float(demand[row, 0]), float(demand[row, 1])), stations)
        assert alone is not None
        within = alone.seconds <= MINUTES * 60 + 3
        both = set(found.place[found.point == row].tolist())
        assert both <= set(np.flatnonzero(within).tolist()), row
        assert both >= set(np.flatnonzero(alone.seconds <= MINUTES * 60 - 3).tolist()), row
    straight = find_neighbours(demand, stations, MINUTES * 60 * matrix.top_speed_m_per_s)
    siting_s, nearer = _measure_siting_ways(matrix)
    sys.stdout.write(
        json.dumps(
            {
                "siting_s": siting_s,
                "nearer": nearer,
                "seconds": seconds,
                "peak_mb": peaks_mb[0],
                "valhalla_mb": peaks_mb[1],
                "asked": matrix.tally.pairs,
                "questions": matrix.tally.questions,
                "pairs": len(found.point),
                "by_street": len(np.unique(found.point)) / DEMAND,
                "straight": float((straight.count > 0).mean()),
            }
        )
    )


def _measure_siting_ways(matrix: "StreetMatrix") -> tuple[float, int]:
    """Return the seconds that the ways of a p-median take, and how many candidates are nearer than a station."""
    from geo.coverage.demand import Demand
    from geo.siting.candidates import CandidateSites
    from geo.siting.situation import SitingSituation
    from yihui.planning.siting.streets import add_street_ways
    from yihui.planning.street_reach import StreetReach

    chance = np.random.default_rng(SEED)
    size = (STEP_LON * (BLOCKS - 1), STEP_LAT * (BLOCKS - 1))
    homes, candidates, places = (
        np.array((WEST, SOUTH)) + chance.uniform(0, 1, (count, 2)) * size
        for count in (HOMES, CANDIDATES, PLACES)
    )
    names = np.full(CANDIDATES, "", dtype=object)
    situation = SitingSituation(
        Demand.from_points(homes, np.ones(HOMES)), CandidateSites(candidates, names, names), places, 1_000.0
    )
    begin = time.perf_counter()
    ways = add_street_ways(situation, StreetReach(matrix, None, 1_000.0)).ways
    assert ways is not None
    return time.perf_counter() - begin, len(ways.pairs.demand)


if __name__ == "__main__":
    _measure_ways(Path(sys.argv[1]))
