"""Benchmark a planner's coverage map beside a bare tree query, and a whole week beside one hour."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import numpy as np
from scipy.spatial import cKDTree

from bench.measurement import Measurement, compare_interleaved, peak_mb, slowdown_measurement
from bench.stations import BOX_LOWER_LEFT, BOX_UPPER_RIGHT, random_register
from geo.coverage.demand import Demand
from geo.coverage.hours import coverage_by_hour
from geo.coverage.reach import Reach
from geo.coverage.served import coverage_at
from geo.geodesy import geocentric_vectors
from geo.nearest.index import StationIndex

STATIONS = 10_790
CELLS_PER_SIDE = 1_000  # cells of the grid, each way
RADII_M = (1_000.0, 5_000.0)
ROUNDS = 5
MONDAY = date(2026, 9, 14)
WHEN = datetime(2026, 9, 18, 2, tzinfo=UTC)  # a Friday, 10:00 in Jinan
COUNTIES = 136


def measure() -> Iterator[Measurement]:
    index = StationIndex.build(random_register(np.random.default_rng(3), STATIONS))
    demand = build_grid_demand()
    for radius_m in RADII_M:
        yield from _within(demand, index, Reach(radius_m))
    yield _memory(demand, index)


def _within(demand: Demand, index: StationIndex, reach: Reach) -> list[Measurement]:
    tree, vectors = cKDTree(geocentric_vectors(index.points)), geocentric_vectors(demand.points)

    def once() -> object:
        return coverage_at(demand, index, WHEN, reach)

    bare = compare_interleaved(once, lambda: tree.query(vectors), rounds=ROUNDS)
    week = compare_interleaved(lambda: coverage_by_hour(demand, index, MONDAY, reach), once, rounds=ROUNDS)
    name = f"{reach.radius_m / 1000:.0f}km"
    return [
        slowdown_measurement(
            f"coverage.cells_{name}", bare, 1.5, per=1, unit="ms",
            detail=f"{len(demand):,} cells by {STATIONS:,} stations open then, with the nearest; a bare cKDTree query",
        ),
        slowdown_measurement(
            f"coverage.week_{name}", week, 6.0, per=1, unit="ms",
            detail=f"168 hours of the same, by {COUNTIES} areas; one hour",
        ),
    ]  # fmt: skip


def build_grid_demand() -> Demand:
    """Return a million cells over the province's bounding box.

    Each cell has 0 to 99 people; counties are stripes.
    """
    axes = [
        np.linspace(low, high, CELLS_PER_SIDE)
        for low, high in zip(BOX_LOWER_LEFT, BOX_UPPER_RIGHT, strict=True)
    ]
    points = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    codes = [f"37{number:04d}" for number in range(COUNTIES)]
    stripes = np.arange(len(points)) * COUNTIES // len(points)
    people = np.random.default_rng(5).integers(0, 100, len(points))
    return Demand.from_points(points, people, districts=[codes[stripe] for stripe in stripes.tolist()])


def _memory(demand: Demand, index: StationIndex) -> Measurement:
    """Measure this process's peak memory after computing a week; the peak includes earlier measurements."""
    table = coverage_by_hour(demand, index, MONDAY, Reach(radius_m=RADII_M[-1]))
    kept_mb = table.packed.nbytes / 1e6
    detail = (
        f"the whole process at its highest; the table of a week keeps {kept_mb:.0f} MB for the hours' maps"
    )
    return Measurement.plain("coverage.memory", peak_mb(), "MB", detail)
