"""Which stations belong to an area."""

import geopandas as gpd
import numpy as np
import shapely

from geo.districts import Districts
from geo.nearest.index import StationIndex
from geo.station import Station
from yihui.planning.run import PlaceCount, count_in_area

WEST, EAST = shapely.box(117.0, 36.5, 117.1, 36.6), shapely.box(117.1, 36.5, 117.2, 36.6)


def county(code: str, outline: shapely.Polygon) -> Districts:
    row = {"code": code, "name": code, "city": "某市", "province": "某省"}
    return Districts.from_frame(gpd.GeoDataFrame([row], geometry=[outline], crs="EPSG:4326"))


def station(id: str, lon: float, district: str | None) -> Station:
    return Station(id=id, name=id, kind="outdoor_station", lon=lon, lat=36.55, district=district)


def test_a_station_counts_where_its_register_says_else_where_it_lies_and_once_only() -> None:
    index = StationIndex.build(
        [
            station("west", 117.05, None),
            station("said-west", 117.15, "370102"),
            station("said-east", 117.05, "370103"),
            station("east", 117.15, "370103"),
            station("elsewhere", 118.0, "371700"),
        ]
    )
    everything = np.ones(5, dtype=bool)
    assert count_in_area(index, everything, county("370102", WEST)) == PlaceCount(2, 1)
    assert count_in_area(index, everything, county("370103", EAST)) == PlaceCount(2, 1)
