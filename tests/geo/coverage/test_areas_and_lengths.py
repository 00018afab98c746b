"""Areas and lengths are those of the ellipsoid, wherever in Shandong: it straddles two UTM zones."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Geod

from geo.coverage.grid import EQUAL_AREA, area_m2

GEOD = Geod(ellps="WGS84")


def test_the_equal_area_plane_is_true_for_every_county_and_web_mercator_is_not(
    counties: gpd.GeoDataFrame,
) -> None:
    truth = np.array(
        [
            abs(GEOD.geometry_area_perimeter(shape)[0])
            for shape in shapely.orient_polygons(counties.geometry.values)
        ]
    )
    ours = shapely.area(counties.to_crs(EQUAL_AREA).geometry.values)
    assert len(truth) == 136
    assert np.abs(ours / truth - 1).max() < 0.001
    assert np.abs(area_m2(counties.geometry) / truth - 1).max() < 1e-12
    assert (shapely.area(counties.to_crs("EPSG:3857").geometry.values) / truth - 1).min() > 0.2


def test_holes_and_the_sense_of_rings_do_not_matter() -> None:
    outer, hole = shapely.box(117, 36, 118, 37), shapely.box(117.4, 36.4, 117.6, 36.6)
    ring = shapely.Polygon(outer.exterior.coords, [hole.exterior.coords])
    turned = shapely.Polygon(list(outer.exterior.coords)[::-1], [list(hole.exterior.coords)])
    whole, cut = area_m2([outer, hole])
    assert area_m2([ring, turned, ring.reverse()]).tolist() == pytest.approx([whole - cut] * 3, rel=1e-12)
