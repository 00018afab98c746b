"""Coverage and gaps of frames: the engine's own figures, row by row."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod

from geo.coverage.population import population_demand
from geo.coverage.reach import Reach
from geo.coverage.served import coverage_at
from geo.coverage.tables import coverage_by_area
from geo.frames import coverage, gaps
from geo.frames.demand import FrameError, read_demand
from geo.frames.stations import stations_frame
from geo.nearest.index import StationIndex
from tests.geo.frames.town import AREAS, DAY, NIGHT, PLANE, STATIONS, draw_points

REACH = {"radius_m": 1_500.0, "spacing_m": 250.0}
FRAME, INDEX = stations_frame(STATIONS), StationIndex.build(STATIONS)


def test_coverage_is_the_engine_s_in_the_order_and_with_the_columns_of_the_areas() -> None:
    told = coverage(AREAS, FRAME, DAY, weight="people", **REACH)
    assert told.index.tolist() == ["west", "east"]
    assert told["colour"].tolist() == ["red", "blue"]
    assert told.geometry.geom_equals(AREAS.geometry).all()
    names = AREAS.assign(name="", city="", province="")
    demand = population_demand(names, dict(zip(AREAS["code"], AREAS["people"], strict=True)), 250.0)
    engine = coverage_by_area(demand, coverage_at(demand, INDEX, DAY, Reach(**REACH))).loc[AREAS["code"]]
    for column in ("demand", "served", "share", "median_m", "p90_m"):
        assert told[column].tolist() == engine[column].tolist()
    assert told[["places", "usable"]].to_numpy().tolist() == [[1, 0], [2, 2]]
    assert coverage(AREAS, INDEX, NIGHT, weight="people", **REACH)["usable"].tolist() == [0, 1]


def test_a_plane_crs_stays_and_coverage_may_be_put_over_coverage() -> None:
    once = coverage(AREAS.to_crs(PLANE), FRAME, DAY, weight="people", **REACH)
    assert once.crs == PLANE
    assert once["served"].tolist() == pytest.approx(
        coverage(AREAS, FRAME, DAY, weight="people", **REACH)["served"].tolist(), abs=2
    )
    twice = coverage(once, FRAME, NIGHT, weight="people", **REACH)
    assert sorted(twice.columns) == sorted(once.columns)
    assert twice["served"].sum() < once["served"].sum()


def test_without_a_weight_it_is_the_ground_that_is_served_and_parts_of_amounts_are_spread_too() -> None:
    told = coverage(AREAS, FRAME, DAY, **REACH)
    ground = [abs(Geod(ellps="WGS84").geometry_area_perimeter(shape)[0]) for shape in AREAS.geometry]
    assert np.allclose(told["demand"], ground, rtol=1e-9)
    assert told["served"].sum() == pytest.approx(2 * np.pi * 1_500**2, rel=0.03)  # two circles, apart
    orders = coverage(AREAS.assign(orders=[0.5, 12.25]), FRAME, DAY, weight="orders", **REACH)
    assert orders["demand"].tolist() == pytest.approx([0.5, 12.25])
    assert orders["share"].tolist() == pytest.approx(told["share"].tolist())


def test_points_are_demand_as_they_are() -> None:
    homes = draw_points(60)
    homes.loc["h3", "geometry"] = None
    told = coverage(homes, FRAME, DAY, weight="people", radius_m=1_500.0)
    usable = gpd.GeoSeries(gpd.points_from_xy([117.02, 117.08], [36.62, 36.66]), crs="EPSG:4326")
    near_m = pd.concat([homes.distance(point) for point in usable.to_crs(PLANE)], axis=1).min(axis=1) / 0.9996
    some = near_m.dropna().index
    assert told.loc[some, "median_m"].tolist() == pytest.approx(near_m[some].tolist(), rel=1e-3)
    assert told.loc[some, "share"].tolist() == (told.loc[some, "median_m"] <= 1_500).astype(float).tolist()
    assert told.loc[some, "served"].sum() == (homes["people"] * told["share"]).sum()
    assert told.loc[["h3"], ["demand", "share", "median_m"]].isna().all().all()
    assert told["usable"].tolist() == (told["share"] == 1).astype(int).tolist()


def test_gaps_are_what_is_not_covered_under_the_labels_of_the_areas() -> None:
    read = read_demand(AREAS.to_crs(PLANE).rename_geometry("geom"), "people", 250.0)
    told = gaps(read, FRAME, NIGHT, radius_m=1_500.0)
    table = coverage(read, FRAME, NIGHT, radius_m=1_500.0)
    for label, row in table.iterrows():
        missed = row["demand"] - row["served"]
        assert told.loc[told["index_right"] == label, "demand"].sum() == pytest.approx(missed, rel=0.01)
    assert told["rank"].tolist() == [*range(1, len(told) + 1)]
    assert told["demand_hours"].is_monotonic_decreasing
    assert told.crs == PLANE
    assert told.geometry.name == "geom"
    middles = gpd.GeoSeries(gpd.points_from_xy(told["lon"], told["lat"]), index=told.index, crs="EPSG:4326")
    assert told.to_crs("EPSG:4326").intersects(middles).all()
    assert gaps(draw_points(20), FRAME, [DAY, NIGHT], weight="people")["hours"].between(1, 2).all()


def test_bad_amounts_and_outlines_are_told_by_their_labels() -> None:
    with pytest.raises(FrameError) as refused:
        coverage(AREAS.assign(people=[-1, np.nan]), FRAME, DAY, weight="people")
    assert [fault.params["index"] for fault in refused.value.faults] == ["west", "east"]
    twice = pd.concat([AREAS, AREAS.loc[["east"]].rename(index={"east": "again"})])
    with pytest.raises(FrameError, match="areas east and again overlap"):
        coverage(twice, FRAME, DAY)
    with pytest.raises(FrameError, match="index line"):
        line = shapely.LineString([(117, 36.6), (117.1, 36.7)])
        coverage(pd.concat([AREAS, gpd.GeoDataFrame(geometry=[line], index=["line"], crs=4326)]), FRAME, DAY)
    with pytest.raises(ValueError, match="no column 'peopel'"):
        coverage(AREAS, FRAME, DAY, weight="peopel")
    with pytest.raises(ValueError, match="spacing_m is 0"):
        read_demand(AREAS, spacing_m=0)
    read = read_demand(AREAS, "people", 500.0)
    for given in ({"weight": "people"}, {"spacing_m": 500.0}):
        with pytest.raises(ValueError, match="give them to read_demand"):
            coverage(read, FRAME, DAY, **given)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="offset"):
        coverage(AREAS, FRAME, DAY.replace(tzinfo=None))


def test_without_a_station_nothing_is_served_and_there_are_no_distances() -> None:
    told = coverage(AREAS, FRAME.iloc[:0], DAY, weight="people", **REACH)
    assert told[["places", "usable", "served", "share"]].to_numpy().tolist() == [[0, 0, 0, 0]] * 2
    assert told["demand"].tolist() == [50_000, 100_000]
    assert told[["median_m", "p90_m"]].isna().all().all()
    missed = gaps(AREAS, FRAME.iloc[:0], DAY, weight="people", **REACH)
    assert missed["demand"].sum() == pytest.approx(150_000)
    far = draw_points(1).set_geometry([shapely.Point(100.123, 20.123)], crs="EPSG:4326")
    assert coverage(far, FRAME, DAY)[["share", "median_m"]].fillna(-1).to_numpy().tolist() == [[0, -1]]


@pytest.mark.parametrize("nobody", [AREAS.iloc[:0], draw_points(2).iloc[:0]])
def test_without_demand_the_frames_are_empty_with_their_columns(nobody: gpd.GeoDataFrame) -> None:
    told = coverage(nobody, FRAME, DAY, weight="people")
    assert [*told.columns] == [*coverage(AREAS if "code" in nobody else draw_points(1), FRAME, DAY).columns]
    assert (len(told), told.crs) == (0, nobody.crs)
    missed = gaps(nobody, FRAME, DAY)
    assert (len(missed), missed.crs) == (0, nobody.crs)
