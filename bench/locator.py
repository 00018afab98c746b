"""How much an exact, filtered nearest costs beside a bare tree query."""

from datetime import UTC, datetime
from itertools import cycle

import numpy as np
from scipy.spatial import cKDTree

from bench.measurement import Measurement, at_most, interleaved
from geo.filters import Filters
from geo.geodesy import Floats, geocentric
from geo.index import StationIndex
from geo.sites import MISSING
from geo.station import Access, Kind, Station

STATIONS = 10_790  # 5,500 stations + 5,159 mother rooms + 131 palaces, as the reports say
QUERIES = 10_000
K = 5
ROUNDS = 41
SINGLES = 300
WHEN = datetime(2026, 9, 18, 2, tzinfo=UTC)  # a Friday, 10:00 in Jinan
HALF = Filters(facilities=frozenset({"water"}), accesses=frozenset({Access.PUBLIC}), open_only=True)


def measure() -> list[Measurement]:
    """Batches with exact distances, batches with hours and two filters, single queries; one thread each."""
    rng = np.random.default_rng(3)
    index, queries = _register(rng), _places(rng, QUERIES)
    tree = cKDTree(geocentric(index.points))
    return [_batch(index, tree, queries), _filtered(index, tree, queries), _single(index, tree, queries)]


def _batch(index: StationIndex, tree: cKDTree, queries: Floats) -> Measurement:
    vectors = geocentric(queries)
    compared = interleaved(
        lambda: index.nearest_arrays(queries, K), lambda: tree.query(vectors, k=K), rounds=ROUNDS
    )
    return at_most(
        "locator.batch", compared, 1.3, per=QUERIES, unit="µs",
        detail=f"k={K} with exact distances among {len(index)}, per point; a bare cKDTree query on ready vectors",
    )  # fmt: skip


def _filtered(index: StationIndex, tree: cKDTree, queries: Floats) -> Measurement:
    vectors = geocentric(queries)
    found, _ = index.nearest_arrays(queries, K, when=WHEN, filters=HALF)
    assert (found != MISSING).all()
    compared = interleaved(
        lambda: index.nearest_arrays(queries, K, when=WHEN, filters=HALF),
        lambda: tree.query(vectors, k=K),
        rounds=ROUNDS,
    )
    share = _share_passing(index)
    return at_most(
        "locator.batch_open_filtered", compared, 3.0, per=QUERIES, unit="µs",
        detail=f"open then, with a facility, for everybody ({share:.0%} pass), per point; a bare query of all",
    )  # fmt: skip


def _single(index: StationIndex, tree: cKDTree, queries: Floats) -> Measurement:
    points, vectors = cycle(queries[:SINGLES]), cycle(geocentric(queries[:SINGLES]))
    compared = interleaved(
        lambda: index.nearest_arrays(next(points), K),
        lambda: tree.query(next(vectors), k=K),
        rounds=ROUNDS,
        calls=SINGLES,
    )
    return at_most(
        "locator.single", compared, 3.0, per=1, unit="µs",
        detail=f"one point, k={K}, with exact distances; a bare single query",
    )  # fmt: skip


def _share_passing(index: StationIndex) -> float:
    _, metres = index.nearest_arrays((118.0, 36.3), len(index), when=WHEN, filters=HALF)
    return float(np.isfinite(metres).mean())


def _places(rng: np.random.Generator, n: int) -> Floats:
    """Two in three in 136 towns, the rest anywhere in Shandong's box."""
    low, high = (114.8, 34.4), (122.7, 38.4)
    towns = rng.uniform(low, high, (136, 2))[rng.integers(0, 136, 2 * n // 3)]
    near_towns = np.clip(towns + rng.normal(0, 0.04, towns.shape), low, high)
    return np.concatenate((near_towns, rng.uniform(low, high, (n - len(towns), 2))))


def _register(rng: np.random.Generator) -> StationIndex:
    """Half of the stations are open at `WHEN`, offer water and let everybody in."""
    hours = rng.choice(
        ["24小时", "周一至周五8:30-17:30", "18:00-次日6:00", ""], STATIONS, p=[0.4, 0.4, 0.1, 0.1]
    )
    water, public = rng.random(STATIONS) < 0.8, rng.random(STATIONS) < 0.8
    return StationIndex.build(
        [
            Station(
                id=f"{number:05d}",
                name="示例",
                kind=Kind.OUTDOOR_STATION,
                lon=lon,
                lat=lat,
                hours_text=str(hours[number]),
                facilities=frozenset({"water"} if water[number] else ()),
                access=Access.PUBLIC if public[number] else Access.EMPLOYER,
            )
            for number, (lon, lat) in enumerate(_places(rng, STATIONS).tolist())
        ]
    )
