"""Run the same nearest queries in GeoPandas, and on PostGIS and on Redis as real servers on this machine."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import cycle
from time import monotonic, perf_counter

from bench.measurement import Measurement, compare_interleaved, slowdown_measurement, speedup_measurement
from geo.geodesy import Floats
from geo.nearest.index import StationIndex
from geo.nearest.query import NearestQuery
from tools.servers import postgres

REDIS_SERVER = "redis-server"
SET_BASED_GOAL = 40.0  # times as fast, at least
SINGLE_GOAL = PIPELINED_GOAL = 10.0
JOIN_GOAL, ARRIVAL_GOAL = 1.5, 3.0  # times as slow, at most
PLANE = "EPSG:32650"  # in which GeoPandas measures
POINTS = 2_000
SINGLE_QUERIES = 200
ROUNDS = 5
WHEN = datetime(2026, 9, 18, 2, tzinfo=UTC)  # a Friday, 10:00 in Jinan

_PLACES = """
CREATE TABLE places AS SELECT id, ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography AS place FROM given;
CREATE INDEX ON places USING gist (place);
CREATE TABLE questions AS SELECT id, ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography AS place FROM asked;
VACUUM ANALYZE places
"""
# <-> uses the index and orders by spherical distance: take 2 k rows, then the k nearest by geodesic.
_NEAR = """
SELECT id, ST_Distance(place, {point}) AS metres FROM (
    SELECT id, place FROM places ORDER BY place <-> {point} LIMIT {twice}
) near ORDER BY metres, id LIMIT {k}
"""
_ALL = (
    "SELECT sum(metres) FROM questions q CROSS JOIN LATERAL ({near}) found"  # no rows are sent to the client
)


def measure_geopandas(index: StationIndex, queries: Floats, at: datetime) -> Iterator[Measurement]:
    """Compare `geo.frames.nearest`, frames in and out, with GeoPandas' join in a plane; both trees are built before."""
    import geopandas as gpd

    from geo.frames import nearest

    points, places = (
        gpd.GeoDataFrame(geometry=gpd.points_from_xy(*lonlat.T, crs="EPSG:4326"))
        for lonlat in (queries, index.points)
    )
    flat, flat_places = points.to_crs(PLANE), places.to_crs(PLANE)
    assert flat_places.sindex.size == len(index)
    theirs = partial(gpd.sjoin_nearest, flat, flat_places, distance_col="distance_m")
    for name, goal, told, ours in (
        ("frames", JOIN_GOAL, "with geodesics", partial(nearest, points, index)),
        (
            "frames_open",
            ARRIVAL_GOAL,
            "open on arrival",
            partial(nearest, points, index, at=at, open_only=True),
        ),
    ):
        compared = compare_interleaved(ours, theirs, rounds=ROUNDS)
        yield slowdown_measurement(
            f"locator.{name}_{len(index)}", compared, goal, per=len(points), unit="µs",
            detail=f"k=1, frames in and out, {told}, per point; GeoPandas' sjoin_nearest, projected",
        )  # fmt: skip


def measure_postgis(index: StationIndex, queries: Floats, k: int) -> list[Measurement]:
    """Compare batches with one statement for all points, and single queries with a prepared statement."""
    if not postgres.has_postgis():
        return []
    import psycopg

    asked, query = queries[:: len(queries) // POINTS][:POINTS], NearestQuery(k=k)
    single = NearestQuery(WHEN, k)
    with postgres.cluster() as url, psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        connection.execute("CREATE EXTENSION postgis")
        for table, points in (("given", index.points), ("asked", asked)):
            connection.execute(f"CREATE TABLE {table} (id int, lon float8, lat float8)")
            with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                for row in zip(range(len(points)), *points.T.tolist(), strict=True):
                    copy.write_row(row)
        for statement in _PLACES.split(";"):
            connection.execute(statement)
        connection.execute("SET max_parallel_workers_per_gather = 0")
        connection.execute("SET jit = off")
        statement = _ALL.format(near=_NEAR.format(point="q.place", k=k, twice=2 * k))
        plan = connection.execute(f"EXPLAIN {statement}").fetchall()
        assert any("Index Scan" in line for (line,) in plan), plan
        together = compare_interleaved(
            lambda: index.nearest_arrays(asked, query),
            lambda: connection.execute(statement).fetchall(),
            rounds=ROUNDS,
            clock=perf_counter,  # PostGIS works in another process
        )
        mine, theirs = (cycle([(lon, lat) for lon, lat in asked[:SINGLE_QUERIES].tolist()]) for _ in range(2))
        one = _NEAR.format(point="ST_MakePoint(%s, %s)::geography", k=k, twice=2 * k)
        singly = compare_interleaved(
            lambda: index.nearest_at(*next(mine), single),
            lambda: connection.execute(one, 2 * next(theirs), prepare=True).fetchall(),
            rounds=ROUNDS,
            calls=SINGLE_QUERIES,
            clock=perf_counter,
        )
    n = len(index)
    return [
        speedup_measurement(
            f"locator.postgis_{n}", together, SET_BASED_GOAL, per=POINTS,
            detail=f"k={k} with exact distances, per point; PostGIS, set-based by index on geography",
        ),
        speedup_measurement(
            f"locator.postgis_single_{n}", singly, SINGLE_GOAL, per=1,
            detail=f"one point, {k} hits with bearings and hours; PostGIS, distances by a prepared statement",
        ),
    ]  # fmt: skip


def measure_redis(index: StationIndex, queries: Floats, k: int) -> list[Measurement]:
    """Compare batches with pipelined GEOSEARCH.

    GEOSEARCH needs a radius: Redis gets the smallest one that suffices.
    """
    if shutil.which(REDIS_SERVER) is None:
        return []
    import redis

    asked, query = queries[:: len(queries) // POINTS][:POINTS], NearestQuery(k=k)
    metres = index.nearest_arrays(asked, query)[1][:, -1] * 1.01  # 1 % more: Redis computes on a sphere
    questions = [(*point, reach) for point, reach in zip(asked.tolist(), metres.tolist(), strict=True)]
    with _redis_port() as port, redis.Redis(port=port, protocol=2) as client:
        _wait_for(client)
        for start in range(0, len(index), 1000):
            rows = enumerate(index.points[start : start + 1000].tolist(), start)
            client.geoadd("places", [value for id, (lon, lat) in rows for value in (lon, lat, str(id))])

        def search() -> Sequence[Sequence[object]]:
            pipeline = client.pipeline(transaction=False)
            for lon, lat, reach in questions:
                pipeline.geosearch(
                    "places",
                    longitude=lon,
                    latitude=lat,
                    radius=reach,
                    unit="m",
                    sort="ASC",
                    count=k,
                    withdist=True,
                )
            found: Sequence[Sequence[object]] = pipeline.execute()
            return found

        assert min(len(found) for found in search()) >= 1
        compared = compare_interleaved(
            lambda: index.nearest_arrays(asked, query), search, rounds=ROUNDS, clock=perf_counter
        )
    return [
        speedup_measurement(
            f"locator.redis_{len(index)}", compared, PIPELINED_GOAL, per=POINTS,
            detail=f"k={k}, per point; Redis GEOSEARCH, pipelined, told the distance of the {k}th beforehand",
        )
    ]  # fmt: skip


@contextmanager
def _redis_port() -> Iterator[int]:
    """Run a private Redis server on a free port; stop it afterwards."""
    port = postgres.free_port()
    with tempfile.TemporaryDirectory(prefix="yihui-redis-") as folder:
        options = (
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--dir",
            folder,
            "--save",
            "",
            "--appendonly",
            "no",
        )
        server = subprocess.Popen([REDIS_SERVER, *options], stdout=subprocess.DEVNULL)
        try:
            yield port
        finally:
            server.terminate()
            server.wait(10)


def _wait_for(client: object) -> None:
    import redis

    assert isinstance(client, redis.Redis)
    until = monotonic() + 10
    while True:
        try:
            client.ping()
        except redis.exceptions.ConnectionError:
            if monotonic() > until:
                raise
        else:
            return
