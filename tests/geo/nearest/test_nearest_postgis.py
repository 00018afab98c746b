"""The index against PostGIS, which sorts by the same geodesics with another library's code."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pytest

from geo.geodesy import ARC_ERROR_M
from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex
from geo.nearest.query import NearestQuery
from geo.station import Kind, Station
from tests.geo.nearest.brute_force import NOW, queries, register, station

pytestmark = [pytest.mark.endure, pytest.mark.needs("postgis")]
K = 8
AGREE_M = 2e-8  # PostGIS rounds its distances to 1e-8 m: what differs by less is a tie for it
_ORDERED = """
SELECT q.n, s.id, s.metres
FROM queries q CROSS JOIN LATERAL (
    SELECT id, ST_Distance(place, q.place) AS metres
    FROM stations WHERE kind = ANY(%(kinds)s) ORDER BY metres, id LIMIT %(k)s
) s ORDER BY q.n, s.metres, s.id
"""


def world() -> tuple[list[Station], np.ndarray]:
    """A province with doubles and a lattice, and the awkward ends of the Earth; 700 questions."""
    rng = np.random.default_rng(11)
    far = [
        (180.0, 10.0),
        (-180.0, 10.0),
        (179.9, -16.5),
        (-179.9, -16.5),
        (0.0, 90.0),
        (50.0, 90.0),
        (0.0, -90.0),
    ]
    stations = register(1, 900) + [station(rng, 5_000 + n, *p) for n, p in enumerate(far * 2)]
    return stations, np.concatenate(
        (queries(12, 600), rng.uniform((-180, -90), (180, 90), (86, 2)), far, far)
    )


@pytest.fixture(scope="module")
def postgis(postgres_url: str) -> Iterator[object]:
    import psycopg

    with psycopg.connect(f"{postgres_url}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE places")
    with psycopg.connect(f"{postgres_url}/places", autocommit=True) as connection:
        connection.execute("CREATE EXTENSION postgis")
        stations, points = world()
        connection.execute("CREATE TABLE stations (id text, kind text, place geography(Point, 4326))")
        connection.execute("CREATE TABLE queries (n int, place geography(Point, 4326))")
        put = "ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography"
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO stations VALUES (%s, %s, {put})",
                [(s.id, s.kind.value, s.lon, s.lat) for s in stations],
            )
            cursor.executemany(
                f"INSERT INTO queries VALUES (%s, {put})", [(n, *p) for n, p in enumerate(points.tolist())]
            )
        yield connection


@pytest.mark.parametrize("kinds", [tuple(Kind), (Kind.MOTHER_ROOM, Kind.LIBRARY)])
def test_ids_and_distances_are_those_of_postgis(postgis: object, kinds: Sequence[Kind]) -> None:
    stations, points = world()
    asked = {"kinds": [kind.value for kind in kinds], "k": K}
    theirs = postgis.execute(_ORDERED, asked).fetchall()  # type: ignore[attr-defined]
    filters = Filters(kinds=frozenset(kinds), statuses=frozenset(s.status for s in stations))
    mine = StationIndex.build(stations).nearest(points, NearestQuery(NOW, K, filters=filters))
    told = [(n, hit.station.id, hit.distance_m) for n, one in enumerate(mine) for hit in one.results]
    assert len(told) == len(theirs) == K * len(points)
    apart = [abs(a[2] - b[2]) for a, b in zip(told, theirs, strict=True)]
    assert max(apart) <= AGREE_M
    assert in_order(told) == in_order(theirs)
    tied = sum(len(ids) > 1 for _, ids in in_order(theirs))
    assert tied > len(points) / 10, "ties must be among them"
    arrays = (
        StationIndex.build(stations).nearest_arrays(points, NearestQuery(k=K, filters=filters))[1].ravel()
    )
    assert np.abs(arrays - [metres for _, _, metres in theirs]).max() <= ARC_ERROR_M


def in_order(found: Sequence[tuple[int, str, float]]) -> list[tuple[int, list[str]]]:
    """The ids by query, those in the order of their ids whose distances PostGIS can't tell apart.

    Without the last of each query, of which it can't be seen who is tied with it.
    """
    groups: list[tuple[int, list[str]]] = []
    last = (-1, -1.0)
    for n, id, metres in found:
        if n != last[0] or metres - last[1] > AGREE_M:
            groups.append((n, []))
        groups[-1][1].append(id)
        last = n, metres
    return [(n, sorted(ids)) for (n, ids), (after, _) in pairwise(groups) if n == after]
