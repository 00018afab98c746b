"""Benchmark the nearest queries of the doors beside a bare tree query, PostGIS and Redis: arrays, one point, a file of points."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, cycle
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from pydantic_core import to_json
from scipy.spatial import cKDTree

from bench.locator_peers import WHEN, measure_geopandas, measure_postgis, measure_redis
from bench.measurement import Comparison, Measurement, compare_interleaved, slowdown_measurement
from bench.stations import HALF_PASS_FILTERS, random_points, random_register
from geo.geodesy import Floats, geocentric_vectors
from geo.nearest.index import StationIndex
from geo.nearest.point_tree import MISSING
from geo.nearest.query import NearestQuery
from geo.nearest.travel import Travel
from geo.station import Station
from yihui.runtime.language import load_language
from yihui.services.stations.nearest import find_nearest
from yihui.views.stations import build_nearest_answers, build_query_answer

SIZES = (5_500, 10_790, 190_000)  # stations; with mother rooms and palaces; nationwide
QUERIES = 10_000
K = 5
ROUNDS = 25
SINGLE_QUERIES = 300
POINTS = 1_000  # of a file or a POST, at once
POINTS_GOAL = 200.0  # times as slow as the bare tree, at most
CHANGES = 15
QUERY, SINGLE_QUERY = NearestQuery(k=K), NearestQuery(WHEN, K)
HALF_PASS_QUERY = NearestQuery(WHEN, K, HALF_PASS_FILTERS)


@dataclass(frozen=True, slots=True)
class LocatorSetup:
    """One register, the query points, and the bare tree that the index is compared with."""

    index: StationIndex
    tree: cKDTree
    queries: Floats
    vectors: Floats

    @classmethod
    def build(cls, index: StationIndex, queries: Floats) -> "LocatorSetup":
        return cls(index, cKDTree(geocentric_vectors(index.points)), queries, geocentric_vectors(queries))

    @property
    def size(self) -> int:
        return len(self.index)

    def compare_batch(self, query: NearestQuery) -> Comparison:
        """Compare a batch of arrays, which `geo.frames.nearest` searches, with the bare tree."""
        return compare_interleaved(
            lambda: self.index.nearest_arrays(self.queries, query),
            lambda: self.tree.query(self.vectors, k=K),
            rounds=ROUNDS,
        )

    def compare_single(self, query: NearestQuery, rounds: int) -> Comparison:
        """Compare one point after another, as a site answers them, with the bare tree."""
        points = cycle((lon, lat) for lon, lat in self.queries[:SINGLE_QUERIES].tolist())
        vectors = cycle(self.vectors[:SINGLE_QUERIES])
        return compare_interleaved(
            lambda: self.index.nearest_at(*next(points), query),
            lambda: self.tree.query(next(vectors), k=K),
            rounds=rounds,
            calls=SINGLE_QUERIES,
        )


def measure() -> Iterator[Measurement]:
    """Measure batches, filtered batches and single queries at each size, in one thread; then GeoPandas, PostGIS and
    Redis.
    """
    for size in SIZES:
        rng = np.random.default_rng(3)
        stations = random_register(rng, size)
        before = _resident_bytes()
        world = LocatorSetup.build(StationIndex.build(stations), random_points(rng, QUERIES))
        after = _resident_bytes()
        for work in (_batch, _filtered, _single, _full, _points):
            yield work(world)
        if size == SIZES[-1]:
            yield _change(world, stations)
            yield from _memory(world, before, after)
        yield from measure_geopandas(world.index, world.queries, WHEN)
        yield from measure_postgis(world.index, world.queries, K)
        yield from measure_redis(world.index, world.queries, K)


def _batch(world: LocatorSetup) -> Measurement:
    return slowdown_measurement(
        f"locator.batch_{world.size}", world.compare_batch(QUERY), 1.0, per=QUERIES, unit="µs",
        detail=f"k={K} with exact distances, per point; a bare cKDTree query on ready vectors",
    )  # fmt: skip


def _filtered(world: LocatorSetup) -> Measurement:
    found, _ = world.index.nearest_arrays(world.queries, HALF_PASS_QUERY)
    assert (found != MISSING).all()
    compared = world.compare_batch(HALF_PASS_QUERY)
    share = _share_passing(world.index)
    return slowdown_measurement(
        f"locator.batch_open_filtered_{world.size}", compared, 3.0, per=QUERIES, unit="µs",
        detail=f"open then, with a facility, for everybody ({share:.0%} pass), per point; a bare query of all",
    )  # fmt: skip


def _single(world: LocatorSetup) -> Measurement:
    return slowdown_measurement(
        f"locator.point_with_hours_{world.size}", world.compare_single(SINGLE_QUERY, ROUNDS), 3.0, per=1, unit="µs",
        detail=f"one point, {K} hits with bearings and hours, no filter; a bare single query",
    )  # fmt: skip


def _full(world: LocatorSetup) -> Measurement:
    """Measure a full result: bearing, minutes, hours on arrival and the skipped stations."""
    query = replace(HALF_PASS_QUERY, travel=Travel.walk())
    return slowdown_measurement(
        f"locator.told_{world.size}", world.compare_single(query, 5), 5.0, per=1, unit="µs",
        detail=f"one point in full: {K} hits open on arrival, and who was skipped why; a bare single query",
    )  # fmt: skip


def _points(world: LocatorSetup) -> Measurement:
    """Measure the way of `stations nearest --points` and of a POST of many points, encoded as JSON."""
    points = world.queries[:POINTS]
    query, vectors = replace(HALF_PASS_QUERY, travel=Travel.walk()), world.vectors[:POINTS]
    asked = [build_query_answer(query)] * POINTS

    def answer() -> object:
        found = find_nearest(world.index, points, query)
        return to_json(build_nearest_answers(asked, found, query.datum, load_language("zh")))

    compared = compare_interleaved(answer, lambda: world.tree.query(vectors, k=K), rounds=5)
    return slowdown_measurement(
        f"locator.points_{world.size}", compared, POINTS_GOAL, per=POINTS, unit="µs",
        detail=f"of {POINTS:,} points: {K} hits open on arrival, who was skipped why, as JSON, per point; a bare query of all",
    )  # fmt: skip


def _change(world: LocatorSetup, stations: Sequence[Station]) -> Measurement:
    """Measure moving one station and answering the next query."""
    index, spent, numbers = world.index, [], count(0, 9_973)
    for number in (next(numbers) % world.size for _ in range(CHANGES)):
        one = stations[number].model_copy(update={"lon": 117.0, "lat": 36.6 + number / 1e9})
        begin = perf_counter()
        index = index.with_changes([one])
        found = index.nearest_at(117.0, 36.6, NearestQuery(WHEN, 1, travel=Travel.walk()))
        spent.append((perf_counter() - begin) * 1e3)
        assert found.results[0].distance_m < 100
    value = median(spent)
    detail = f"one station moved and the next question answered; slowest of {CHANGES}: {max(spent):.1f} ms"
    return Measurement.at_most(f"locator.change_{world.size}", value, "ms", 50, detail)


def _memory(world: LocatorSetup, before: int, after: int) -> list[Measurement]:
    if not after:
        return []
    world.index.nearest(world.queries[:2000], HALF_PASS_QUERY)
    detail = "of the index with a tree, without the stations themselves and with the bare tree beside it"
    per_station = (after - before) / world.size
    return [Measurement.plain("locator.memory", per_station, "bytes", detail)]


def _resident_bytes() -> int:
    """Return the resident memory of this process; 0 on systems without /proc."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * 4096 if statm.exists() else 0


def _share_passing(index: StationIndex) -> float:
    _, metres = index.nearest_arrays((118.0, 36.3), replace(HALF_PASS_QUERY, k=len(index)))
    return float(np.isfinite(metres).mean())
