"""Degrees as metres, and the cells in an outline, against geodesics and against every cell around."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geo.coverage.cells import cell_centres, cells_at_points, cells_in_outline
from geo.geodesy import metres_per_degree
from tests.tiers import budget

GEOD = Geod(ellps="WGS84")


@pytest.mark.deeper
@settings(max_examples=budget(100))
@given(
    lon=st.floats(-179.0, 179.0),
    lat=st.floats(-60.0, 60.0),
    east=st.floats(-0.02, 0.02),
    north=st.floats(-0.02, 0.02),
)
def test_short_steps_are_as_long_as_their_geodesics(
    lon: float, lat: float, east: float, north: float
) -> None:
    scale = metres_per_degree(np.array([lat + north / 2]))[0]
    length_m = float(np.hypot(*(scale * (east, north))))
    assert length_m == pytest.approx(GEOD.inv(lon, lat, lon + east, lat + north)[2], rel=1e-4, abs=1e-3)


@pytest.mark.deeper
@settings(max_examples=budget(100))
@given(lon=st.floats(-179.0, 179.0), lat=st.floats(-60.0, 60.0), half=st.floats(1e-5, 0.01))
def test_small_outlines_have_their_geodesic_ground(lon: float, lat: float, half: float) -> None:
    outline = shapely.box(lon - half, lat - half, lon + half, lat + half)
    ground_m2 = outline.area * metres_per_degree(np.array([lat]))[0].prod()
    geodesic = abs(GEOD.geometry_area_perimeter(outline)[0])
    assert ground_m2 == pytest.approx(geodesic, rel=2e-4, abs=0.1)


@pytest.mark.deeper
@settings(max_examples=budget(30), deadline=None)
@given(
    lon=st.floats(116.0, 122.0),
    lat=st.floats(35.0, 38.0),
    corners=st.lists(st.tuples(st.floats(-0.004, 0.004), st.floats(-0.004, 0.004)), min_size=3, max_size=6),
)
def test_the_cells_in_an_outline_are_those_whose_middles_lie_in_it(
    lon: float, lat: float, corners: list[tuple[float, float]]
) -> None:
    outline = shapely.convex_hull(shapely.MultiPoint([(lon + x, lat + y) for x, y in corners]))
    if outline.geom_type != "Polygon" or outline.area < 1e-9:
        return
    steps = np.arange(-0.006, 0.006, 0.0003)
    around = np.stack(np.meshgrid(lon + steps, lat + steps), axis=-1).reshape(-1, 2)
    cells = np.unique(cells_at_points(around, 10))
    middles = shapely.points(cell_centres(cells.tolist()))
    edge = shapely.distance(outline.boundary, middles) < 1e-9
    inside = set(cells[shapely.contains(outline, middles) & ~edge].tolist())
    found = set(cells_in_outline(outline, 10).tolist())
    assert inside <= found <= inside | set(cells[edge].tolist())
