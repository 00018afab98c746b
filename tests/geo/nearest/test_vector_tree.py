"""The tree of vectors returns what measuring to each vector and sorting returns, anywhere on Earth."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geo.geodesy import Floats, geocentric_vectors
from geo.nearest.point_tree import VectorTree
from tests.crowds import at_once
from tests.profile import searched


def _around(lon: float, lat: float, degrees: float, rng: np.random.Generator, n: int) -> Floats:
    points = rng.normal((lon, lat), degrees, (n, 2))
    points[:, 1] = np.where(points[:, 1] > 90, 180 - points[:, 1], points[:, 1])
    return geocentric_vectors(points)


def _everywhere(rng: np.random.Generator, n: int) -> Floats:
    return geocentric_vectors(rng.uniform((-180, -90), (180, 90), (n, 2)))


def _on_a_lattice(rng: np.random.Generator, n: int) -> Floats:
    """Return vectors with many equal chords, some of them at one place."""
    return np.asarray(rng.integers(0, 6, (n, 3)) * 1_024.0)


REGIONS = {
    "a town": lambda rng, n: _around(117.0, 36.65, 0.05, rng, n),
    "the antimeridian": lambda rng, n: _around(180.0, -17.0, 0.5, rng, n),
    "the pole": lambda rng, n: _around(0.0, 90.0, 0.2, rng, n),
    "the Earth": _everywhere,
    "two towns": lambda rng, n: np.concatenate(
        (_around(117.0, 36.65, 0.02, rng, n // 2), _around(103.8, 36.06, 0.02, rng, n - n // 2))
    ),
    "a lattice": _on_a_lattice,
    "one place": lambda rng, n: np.tile(geocentric_vectors(np.array([[117.0, 36.65]])), (n, 1)),
}


@searched(150)
@given(
    region=st.sampled_from(sorted(REGIONS)),
    seed=st.integers(0, 2**32),
    count=st.sampled_from([0, 1, 2, 17, 127, 400, 3_000]),
    width=st.sampled_from([1, 2, 6, 40, 299, 300, 301, 700, 3_100]),
    reach_m=st.sampled_from([np.inf, 0.0, 800.0, 60_000.0, 3_000_000.0]),
)
@example(region="one place", seed=0, count=3_000, width=301, reach_m=np.inf)
@example(region="a lattice", seed=0, count=3_000, width=700, reach_m=1_024.0)
@example(region="the pole", seed=0, count=3_000, width=3_100, reach_m=np.inf)
def test_the_nearest_are_those_of_measuring_and_sorting(
    region: str, seed: int, count: int, width: int, reach_m: float
) -> None:
    rng = np.random.default_rng(seed)
    vectors = REGIONS[region](rng, count)
    queries = np.concatenate((REGIONS[region](rng, 4), _everywhere(rng, 2)))
    chords_m, indices = VectorTree.from_vectors(vectors).query(queries, width, reach_m)
    assert chords_m.shape == indices.shape == (6, width)
    for query, chord_m, index in zip(queries, chords_m, indices, strict=True):
        to_each_m = np.linalg.norm(vectors - query, axis=1)
        expected_m = np.sort(to_each_m[to_each_m < reach_m])[:width]
        found = index[: len(expected_m)]
        np.testing.assert_allclose(chord_m[: len(expected_m)], expected_m, rtol=0, atol=1e-8)
        np.testing.assert_allclose(to_each_m[found], expected_m, rtol=0, atol=1e-8)
        assert len(set(found.tolist())) == len(expected_m)
        assert (index[len(expected_m) :] == count).all() and (chord_m[len(expected_m) :] == np.inf).all()


@pytest.mark.parametrize("width", [1, 5, 500])
def test_no_query_gives_no_row(width: int) -> None:
    tree = VectorTree.from_vectors(_everywhere(np.random.default_rng(1), 600))
    chord_m, index = tree.query(np.empty((0, 3)), width)
    assert chord_m.shape == index.shape == (0, width)


@pytest.mark.endure
def test_threads_that_query_one_tree_get_the_same() -> None:
    rng = np.random.default_rng(2)
    tree, queries = VectorTree.from_vectors(_everywhere(rng, 5_000)), _everywhere(rng, 200)
    expected = [tree.query(queries, width) for width in (6, 400)]

    def query() -> None:
        for _ in range(10):
            np.testing.assert_equal([tree.query(queries, width) for width in (6, 400)], expected)

    at_once([query] * 4)
