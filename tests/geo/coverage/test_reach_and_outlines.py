"""A reach and outlines that can't be are refused."""

import geopandas as gpd
import pytest
import shapely

from core.faults import FaultError
from geo.coverage import Reach, checked_outlines


def two_districts() -> gpd.GeoDataFrame:
    boxes = [shapely.box(117.0, 36.0, 117.1, 36.1), shapely.box(117.1, 36.0, 117.2, 36.1)]
    return gpd.GeoDataFrame({"code": ["370103", "370102"]}, geometry=boxes, crs="EPSG:4326")


@pytest.mark.parametrize("wrong", [{"radius_m": 0}, {"spacing_m": -1.0}, {"radius_m": float("nan")}])
def test_a_reach_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} is {next(iter(wrong.values()))}"):
        Reach(**wrong)


def test_a_radius_beyond_100_km_is_refused() -> None:
    with pytest.raises(ValueError, match=r"radius_m is 500000; give metres, above 0 and up to 100000"):
        Reach(radius_m=500_000)


def test_districts_without_a_geometry_or_overlapping_are_named() -> None:
    bare = two_districts().set_geometry([None, shapely.box(117.1, 36.0, 117.2, 36.1)], crs="EPSG:4326")
    with pytest.raises(FaultError) as told:
        checked_outlines(bare)
    assert [fault.value for fault in told.value.faults] == ["370103"]
    crossed = two_districts().set_geometry([shapely.box(117.0, 36.0, 117.15, 36.1)] * 2, crs="EPSG:4326")
    with pytest.raises(FaultError) as told:
        checked_outlines(crossed)
    assert [(fault.value, fault.params["other"]) for fault in told.value.faults] == [("370103", "370102")]
