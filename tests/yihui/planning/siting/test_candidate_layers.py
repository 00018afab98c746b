"""Candidate sites from a GIS: points or plots of land, in the CRS that the file names."""

from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import shapely

from geo.districts import Districts
from geo.formats.outlines import read_outlines
from tests.geo.formats.shapefiles import zipped
from tests.yihui.refusals import faults_of
from yihui.planning.siting.files import read_candidates
from yihui.planning.siting.request import SitingOrder

JINAN = Districts(read_outlines(within="370100"))
HERE, THERE = (117.0204, 36.6683), (117.0304, 36.6583)


def asking(candidates: Path) -> SitingOrder:
    return SitingOrder(area="370100", at=datetime.now(UTC), p=1, candidates=candidates)


def layer(*shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    columns = {
        "名称": [f"地块{n}" for n in range(len(shapes))],
        "费用": [10_000 * (n + 1) for n in range(len(shapes))],
    }
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:4490").to_crs(4547)


def plot(x: float, y: float) -> shapely.Polygon:
    return shapely.box(x - 0.001, y - 0.001, x + 0.001, y + 0.001)


def test_plots_and_points_of_a_shapefile_are_candidates_within_them(tmp_path: Path) -> None:
    file = tmp_path / "地块.zip"
    for shapes in ((plot(*HERE), plot(*THERE)), (shapely.Point(HERE), shapely.Point(THERE))):
        file.write_bytes(zipped(tmp_path, layer(*shapes), "GBK"))
        found, _ = read_candidates(asking(file), lambda: JINAN)
        for point, (x, y) in zip(found.points, (HERE, THERE), strict=True):
            assert plot(x, y).contains(shapely.Point(point))
        assert found.name.tolist() == ["地块0", "地块1"]
        assert found.cost_fen is not None and found.cost_fen.tolist() == [1_000_000, 2_000_000]


def test_a_line_is_no_site(tmp_path: Path) -> None:
    file = tmp_path / "地块.geojson"
    layer(plot(*HERE), shapely.LineString([HERE, THERE])).to_crs(4326).to_file(file)
    assert ("features.not_a_point", 2) in [
        (fault.code, fault.row) for fault in faults_of(read_candidates, asking(file), lambda: JINAN)
    ]
