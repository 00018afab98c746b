"""The land of a province: how long its buildings and roads take to read, with how much memory, and to spread people over.

The extract is generated: buildings around 400 towns in Shandong, residential roads and residential land beside
them. It is read in a process of its own, whose peak memory is measured: ``python -m bench.street_land EXTRACT FILE``.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.measurement import Measurement

BUILDINGS, ROADS, AREAS = 1_000_000, 300_000, 20_000
GOAL_MINUTES, GOAL_GB, GOAL_SPREAD_S = 5.0, 2.0, 20.0
_LOW, _HIGH, _TOWNS = (115.0, 34.6), (122.4, 38.0), 400
_HALF, _WIDE, _STEP = 0.0001, 0.002, 0.0008  # degrees: half a building, half a compound, a step of a road
_STEPS = 5


def write_homes(path: Path, buildings: int, roads: int, areas: int, seed: int = 11) -> None:
    """Write an extract with as many buildings, residential roads of five steps, and residential areas."""
    import osmium
    from osmium.osm.mutable import Node, Way

    rng = np.random.default_rng(seed)
    towns = rng.uniform(_LOW, _HIGH, (_TOWNS, 2))
    levels = rng.integers(1, 30, buildings)
    ways: list[tuple[int, int, dict[str, str]]] = []  # the first node, the number of nodes, the tags
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        number = 0
        shapes = (
            (_squares(rng, towns, buildings, _HALF), 4, _building_tags(levels)),
            (_squares(rng, towns, areas, _WIDE), 4, _repeated({"landuse": "residential"}, areas)),
            (_lines(rng, towns, roads), _STEPS + 1, _repeated({"highway": "residential"}, roads)),
        )
        for points, nodes, all_tags in shapes:
            for way in all_tags:
                ways.append((number + 1, nodes, way))
                for _ in range(nodes):
                    number += 1
                    lon, lat = next(points)
                    writer.add_node(Node(id=number, location=(lon, lat), version=1))
        for id_, (first, nodes, tags) in enumerate(ways, 1):
            own = [*range(first, first + nodes)]
            if "highway" not in tags:
                own.append(first)
            writer.add_way(Way(id=id_, nodes=own, tags=tags, version=1))


def _middles(rng: np.random.Generator, towns: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    return towns[rng.integers(0, len(towns), count)] + rng.normal(0, 0.03, (count, 2))


def _squares(
    rng: np.random.Generator, towns: NDArray[np.float64], count: int, half: float
) -> Iterator[tuple[float, float]]:
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half
    for middle in _middles(rng, towns, count):
        yield from map(tuple, (middle + corners).round(7).tolist())


def _lines(rng: np.random.Generator, towns: NDArray[np.float64], count: int) -> Iterator[tuple[float, float]]:
    steps = np.arange(_STEPS + 1)[:, None] * np.array((_STEP, 0.0))
    for start in _middles(rng, towns, count):
        yield from map(tuple, (start + steps).round(7).tolist())


def _building_tags(levels: NDArray[np.int64]) -> Iterator[dict[str, str]]:
    for n, level in enumerate(levels.tolist()):
        yield {"building": "yes"} if n % 2 else {"building": "apartments", "building:levels": str(level)}


def _repeated(tags: dict[str, str], count: int) -> Iterator[dict[str, str]]:
    for _ in range(count):
        yield tags


def build(extract: Path, file: Path) -> dict[str, float]:
    """Build a land file in this process and spread the census over it; return seconds, gigabytes and sizes."""
    from geo.coverage.land import LandSource, spread_by_land
    from geo.formats.facts import shandong_population
    from geo.formats.outlines import load_outlines
    from yihui.files.street_land.extract import read_land
    from yihui.files.street_land.storing import read_stored_land, write_land

    begun = time.perf_counter()
    found = read_land(extract)
    size = write_land(found.land, file)
    seconds = time.perf_counter() - begun
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    outlines, people = load_outlines(within="370000"), shandong_population()
    begun = time.perf_counter()
    stored = read_stored_land(file)
    assert stored is not None, "it was written a moment ago"
    spread = spread_by_land(outlines, people, stored)
    return {
        "seconds": seconds,
        "peak_gb": peak_gb,
        "spread_s": time.perf_counter() - begun,
        "cells": float(len(found.land)),
        "size_mb": size / 1e6,
        "points": float(len(spread.demand)),
        "by_buildings": float(sum(one is LandSource.BUILDINGS for one in spread.sources.values())),
    }


def measure() -> list[Measurement]:
    """Measure reading the land of a province, and spreading the census of Shandong over it."""
    with tempfile.TemporaryDirectory() as folder:
        extract, file = Path(folder, "homes.osm.pbf"), Path(folder, "land.npz")
        write_homes(extract, BUILDINGS, ROADS, AREAS)
        command = [sys.executable, "-m", "bench.street_land", str(extract), str(file)]
        built = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    of = f"{BUILDINGS:,} buildings, {ROADS:,} roads, {AREAS:,} residential areas"
    sizes = f"{of}; {built['cells']:,.0f} cells, {built['size_mb']:.0f} MB"
    spread = f"{built['points']:,.0f} points, {built['by_buildings']:.0f} counties by buildings"
    return [
        _measurement("streets.land", built["seconds"] / 60, "min", GOAL_MINUTES, sizes),
        _measurement("streets.land_peak", built["peak_gb"], "GB", GOAL_GB, "peak memory of the same reading"),
        _measurement("streets.land_spread", built["spread_s"], "s", GOAL_SPREAD_S, spread),
    ]


def _measurement(name: str, value: float, unit: str, goal: float, detail: str) -> Measurement:
    return Measurement(name, value, unit, None, "<=", goal, value <= goal, detail)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(build(Path(sys.argv[1]), Path(sys.argv[2]))))
