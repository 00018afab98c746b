"""A small town as GeoDataFrames: two quarters with people, four stations, and the points from which the tests ask."""

from datetime import UTC, datetime

import geopandas as gpd
import numpy as np
import shapely

from geo.station import Kind, Station, Status

DAY, NIGHT = datetime(2026, 11, 20, 2, tzinfo=UTC), datetime(2026, 11, 20, 15, tzinfo=UTC)
PLANE = "EPSG:32650"
AREAS = gpd.GeoDataFrame(
    {"code": ["370103", "370102"], "people": [50_000, 100_000], "colour": ["red", "blue"]},
    geometry=[shapely.box(116.95, 36.60, 117.00, 36.65), shapely.box(117.00, 36.60, 117.10, 36.68)],
    index=["west", "east"],
    crs="EPSG:4326",
)
STATIONS = [
    Station(id="day", name="白天", kind=Kind.OUTDOOR_STATION, lon=117.02, lat=36.62, hours_text="8:00-18:00"),
    Station(id="always", name="全天", kind=Kind.OUTDOOR_STATION, lon=117.08, lat=36.66, hours_text="24小时"),
    Station(
        id="shut", name="停用", kind=Kind.MOTHER_ROOM, lon=116.97, lat=36.62, hours_text="24小时",
        status=Status.CLOSED_TEMPORARILY,
    ),
    Station(id="nowhere", name="没有坐标", kind=Kind.LIBRARY, hours_text="24小时"),
]  # fmt: skip


def draw_points(count: int, seed: int = 8) -> gpd.GeoDataFrame:
    """Return points of the town with people, in a plane CRS and under labels that are no numbers."""
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform((116.95, 36.60), (117.10, 36.68), (count, 2)).T
    points = gpd.points_from_xy(lon, lat, crs="EPSG:4326")
    people = rng.integers(1, 100, count)
    labels = [f"h{number}" for number in range(count)]
    return gpd.GeoDataFrame({"people": people}, geometry=points, index=labels).to_crs(PLANE)
