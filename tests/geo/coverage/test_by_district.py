"""Coverage by district at an instant."""

import doctest
from datetime import UTC, datetime

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Geod

import geo.coverage.by_district
from core.faults import FaultError
from geo.coverage import EQUAL_AREA, Reach, coverage_by_district
from geo.nearest.index import StationIndex
from geo.station import Access, Kind, Station, Status

NOON = datetime(2026, 9, 18, 4, tzinfo=UTC)  # 12:00 in Jinan
NIGHT = datetime(2026, 9, 18, 16, tzinfo=UTC)  # 00:00


def two_districts() -> gpd.GeoDataFrame:
    """West and east, with labels that are neither codes nor positions."""
    return gpd.GeoDataFrame(
        {
            "code": ["370103", "370102"],
            "name": ["西", "东"],
            "city": "济南市",
            "province": "山东省",
            "people": [50_000, 0],
        },
        geometry=[shapely.box(117.0, 36.0, 117.1, 36.1), shapely.box(117.1, 36.0, 117.2, 36.1)],
        index=["west", "east"],
        crs="EPSG:4326",
    )


def place(name: str, lon: float, **facts: object) -> Station:
    defaults = {
        "kind": Kind.OUTDOOR_STATION,
        "lat": 36.05,
        "hours_text": "8:00-18:00",
        "access": Access.PUBLIC,
    }
    return Station(id=name, name=name, lon=lon, **(defaults | facts))


STATIONS = StationIndex.build(
    [
        place("a", 117.05),
        place("b", 117.15, hours_text="24小时"),
        place("shut", 117.02, status=Status.CLOSED_FOR_GOOD),
        place("repairs", 117.18, status=Status.CLOSED_TEMPORARILY),
        place("staff", 117.12, access=Access.EMPLOYER),
        place("silent", 117.19, hours_text=""),
        place("elsewhere", 118.0),
    ]
)


def test_the_docstring_s_example_runs() -> None:
    ran = doctest.testmod(geo.coverage.by_district)
    assert (ran.attempted > 4, ran.failed) == (True, 0)


def test_stations_are_counted_where_they_lie_and_the_index_is_kept() -> None:
    table = coverage_by_district(two_districts(), STATIONS, NOON, population="people")
    assert table.index.tolist() == ["west", "east"]
    assert table["stations"].tolist() == [1, 4]
    assert table["open"].tolist() == [1, 2]
    assert table.loc["west", "per_10k"] == pytest.approx(0.2)
    assert np.isnan(table.loc["east", "per_10k"])


def test_at_night_only_what_is_open_then_covers_anything() -> None:
    noon, night = (coverage_by_district(two_districts(), STATIONS, at) for at in (NOON, NIGHT))
    assert noon.loc["west", "covered_share"] > 0
    assert night.loc["west", "covered_share"] == 0
    assert night.loc["west", "open"] == 0
    assert night.loc["east", "open"] == 1


def test_the_share_of_a_circle_is_its_area() -> None:
    reach = Reach(radius_m=2_000, spacing_m=50)
    share = coverage_by_district(two_districts(), STATIONS, NIGHT, reach=reach).loc["east", "covered_share"]
    area_m2, _ = Geod(ellps="WGS84").geometry_area_perimeter(shapely.box(117.1, 36.0, 117.2, 36.1))
    assert share == pytest.approx(np.pi * 2_000**2 / abs(area_m2), rel=0.01)


def test_the_share_equals_asking_every_sample_by_hand() -> None:
    reach = Reach(radius_m=3_000, spacing_m=700)
    districts = two_districts()
    table = coverage_by_district(districts, STATIONS, NOON, reach=reach)
    geod, centre = (
        Geod(ellps="WGS84"),
        {"west": [(117.05, 36.05), (117.15, 36.05)], "east": [(117.05, 36.05), (117.15, 36.05)]},
    )
    for name, outline in districts.to_crs(EQUAL_AREA).geometry.items():
        west, south, east, north = outline.bounds
        grid = [
            shapely.Point(x, y)
            for x in np.arange(west // 700 - 1, east // 700 + 2) * 700
            for y in np.arange(south // 700 - 1, north // 700 + 2) * 700
        ]
        inside = gpd.GeoSeries([p for p in grid if outline.contains(p)], crs=EQUAL_AREA).to_crs("EPSG:4326")
        near = [min(geod.inv(p.x, p.y, *c)[2] for c in centre[name]) <= 3_000 for p in inside]
        assert table.loc[name, "covered_share"] == pytest.approx(np.mean(near))


def test_a_district_smaller_than_the_grid_is_judged_by_a_point_inside() -> None:
    tiny = two_districts().iloc[:1].set_geometry([shapely.box(117.0499, 36.0499, 117.0501, 36.0501)])
    table = coverage_by_district(tiny, STATIONS, NOON, reach=Reach(radius_m=500, spacing_m=90_000))
    assert table["covered_share"].tolist() == [1.0]


def test_no_districts_and_no_stations_are_answered() -> None:
    assert coverage_by_district(two_districts().iloc[:0], STATIONS, NOON).empty
    nothing = coverage_by_district(two_districts(), StationIndex.build([]), NOON)
    assert nothing["stations"].tolist() == [0, 0]
    assert nothing["covered_share"].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("wrong", [{"radius_m": 0}, {"spacing_m": -1.0}, {"radius_m": float("nan")}])
def test_a_reach_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} is {next(iter(wrong.values()))}"):
        Reach(**wrong)


def test_districts_without_a_geometry_or_overlapping_are_named() -> None:
    bare = two_districts().set_geometry([None, shapely.box(117.1, 36.0, 117.2, 36.1)], crs="EPSG:4326")
    with pytest.raises(FaultError) as told:
        coverage_by_district(bare, STATIONS, NOON)
    assert [fault.value for fault in told.value.faults] == ["370103"]
    crossed = two_districts().set_geometry([shapely.box(117.0, 36.0, 117.15, 36.1)] * 2, crs="EPSG:4326")
    with pytest.raises(FaultError) as told:
        coverage_by_district(crossed, STATIONS, NOON)
    assert [(fault.value, fault.params["other"]) for fault in told.value.faults] == [("370103", "370102")]


def test_a_radius_beyond_100_km_is_refused() -> None:
    with pytest.raises(ValueError, match=r"radius_m is 500000; give metres, above 0 and up to 100000"):
        Reach(radius_m=500_000)
