"""Datums against published vectors, and there and back again."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import from_wgs84, to_wgs84
from geo.datum import Datum
from geo.geodesy import geodesic_m

VECTORS = Path(__file__).parents[2].parent / "shared" / "data" / "coords" / "vectors.csv"
COLUMNS = {Datum.GCJ02: "gcj", Datum.BD09: "bd"}


def _column(prefix: str) -> np.ndarray:
    with VECTORS.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return np.array([[float(row[f"{prefix}_{axis}"] or "nan") for axis in ("lng", "lat")] for row in rows])


@pytest.mark.needs("shared")
@pytest.mark.parametrize("datum", COLUMNS)
def test_published_vectors_agree_within_a_metre_both_ways(datum: Datum) -> None:
    wgs84, shifted = _column("wgs"), _column(COLUMNS[datum])
    given_there = ~np.isnan(shifted).any(axis=1)
    assert given_there.sum() >= 70
    assert np.abs(from_wgs84(wgs84, datum) - shifted)[given_there].max() < 1e-5
    assert np.abs(to_wgs84(shifted, datum) - wgs84)[given_there].max() < 1e-5


@settings(deadline=None, derandomize=True)
@given(st.floats(72.004, 137.8347), st.floats(0.8293, 55.8271), st.sampled_from(list(Datum)))
def test_any_point_in_china_comes_back_within_a_centimetre(lon: float, lat: float, datum: Datum) -> None:
    there = np.array([[lon, lat]])
    back = to_wgs84(from_wgs84(there, datum), datum)
    assert geodesic_m(there, back)[0] < 0.01


@pytest.mark.endure
@pytest.mark.parametrize("datum", COLUMNS)
def test_the_whole_box_with_its_edges_and_its_kink_comes_back_within_a_millimetre(datum: Datum) -> None:
    """The formula has a root of |lon - 105|, whose slope is endless there."""
    near_kink = 105 + np.array([-1e-3, -1e-5, -1e-7, 0, 1e-9, 1e-7, 1e-5, 1e-3])
    lon = np.concatenate((np.linspace(72.004, 137.8347, 1_200), near_kink))
    lat = np.linspace(0.8293, 55.8271, 600)
    there = np.stack(np.meshgrid(lon, lat), axis=-1).reshape(-1, 2)
    back = to_wgs84(from_wgs84(there, datum), datum)
    assert geodesic_m(there, back).max() < 0.001


@pytest.mark.parametrize("datum", list(Datum))
@pytest.mark.parametrize(
    "place", [(2.35, 48.86), (-117.0, 36.6), (150.0, -30.0), (180.0, 90.0), (139.7, 35.7)]
)
def test_a_place_outside_the_box_passes_through(datum: Datum, place: tuple[float, float]) -> None:
    assert from_wgs84([place], datum).tolist() == [list(place)]
    assert to_wgs84([place], datum).tolist() == [list(place)]


def test_what_has_no_place_stays_so_and_disturbs_nobody() -> None:
    points = np.array([[117.0, 36.6], [np.nan, np.nan]])
    back = to_wgs84(from_wgs84(points, Datum.BD09), Datum.BD09)
    assert np.isnan(back[1]).all()
    assert geodesic_m(points[:1], back[:1])[0] < 0.01


def test_many_blocks_give_the_same_as_one_by_one() -> None:
    points = np.column_stack((np.linspace(73, 136, 40_000), np.linspace(2, 55, 40_000)))
    shifted = from_wgs84(points, Datum.GCJ02)
    for row in (0, 16_383, 16_384, 39_999):
        assert (from_wgs84(points[row : row + 1], Datum.GCJ02)[0] == shifted[row]).all()


def test_a_wrong_shape_is_named() -> None:
    with pytest.raises(ValueError, match=r"\(3,\).*longitude, latitude"):
        to_wgs84([1.0, 2.0, 3.0], Datum.GCJ02)
