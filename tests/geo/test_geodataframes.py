"""The engine for users of GeoPandas: frames in, frames out, and the same as the engine's own answers."""

from datetime import UTC, date, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.faults import FaultError
from geo.coverage.reach import Reach
from geo.coverage.served import coverage_at
from geo.coverage.tables import coverage_by_area, coverage_overall
from geo.geodataframes import (
    STATION_COLUMNS,
    cells_frame,
    coverage_frame,
    demand_from_areas,
    gaps_frame,
    hours_frame,
    states_at,
    stations_frame,
    stations_from_frame,
)
from geo.nearest.index import StationIndex
from geo.station import Access, Kind, OpeningState, Station, Status
from tests.geo.formats.test_export import PLACED, STATION
from tests.profile import searched

DAY, NIGHT = datetime(2026, 11, 20, 2, tzinfo=UTC), datetime(2026, 11, 20, 15, tzinfo=UTC)
AREAS = gpd.GeoDataFrame(
    {
        "code": ["370103", "370102"],
        "name": ["市中区", "历下区"],
        "city": "济南市",
        "province": "山东省",
        "people": [50_000, 100_000],
        "colour": ["red", "blue"],
    },
    geometry=[shapely.box(116.95, 36.60, 117.00, 36.65), shapely.box(117.00, 36.60, 117.10, 36.68)],
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
REACH = Reach(radius_m=1_500, spacing_m=250)
PERSONAL = {"phone", "note", "accepts"}


def covered(areas: gpd.GeoDataFrame = AREAS, at: datetime = DAY, **more: object) -> gpd.GeoDataFrame:
    """The coverage of areas by the stations; with ``people="people"`` of their residents."""
    return coverage_frame(areas, stations_frame(STATIONS), at, reach=REACH, **more)  # type: ignore[arg-type]


@searched(60)
@given(st.lists(STATION | PLACED, max_size=5, unique_by=lambda station: station.id))
def test_stations_come_back_from_a_frame_as_they_went_in_but_for_what_is_personal(
    drawn: list[Station],
) -> None:
    frame = stations_frame(drawn)
    assert not PERSONAL & set(frame.columns)
    bare = [one.model_copy(update={"phone": "", "note": "", "accepts": frozenset()}) for one in drawn]
    assert stations_from_frame(frame) == bare


def test_a_frame_of_three_columns_will_do_and_one_in_another_crs_is_brought_home() -> None:
    points = gpd.points_from_xy([117.02], [36.62])
    least = gpd.GeoDataFrame(
        {"id": ["1"], "name": ["驿"], "kind": ["library"]}, geometry=points, crs="EPSG:4326"
    )
    (station,) = stations_from_frame(least.to_crs("EPSG:3857"))
    assert (station.kind, station.access) == (Kind.LIBRARY, Access.UNKNOWN)
    assert (station.lon, station.lat) == pytest.approx((117.02, 36.62), abs=1e-9)


def test_a_frame_that_lacks_what_is_needed_is_refused() -> None:
    points = gpd.points_from_xy([117.02], [36.62])
    with pytest.raises(ValueError, match="lacks the columns kind, name"):
        stations_from_frame(gpd.GeoDataFrame({"id": ["1"]}, geometry=points, crs="EPSG:4326"))
    with pytest.raises(ValueError, match="has no CRS"):
        stations_from_frame(
            gpd.GeoDataFrame({"id": ["1"], "name": ["驿"], "kind": ["library"]}, geometry=points)
        )


def test_a_frame_of_stations_has_its_columns_even_without_stations() -> None:
    empty = stations_frame([])
    assert [*empty.columns] == [*STATION_COLUMNS, "geometry"]
    assert empty.crs == "EPSG:4326"
    assert stations_from_frame(empty) == []


def test_states_are_by_the_hours_and_the_status() -> None:
    assert states_at(STATIONS, NIGHT) == {
        "day": OpeningState.CLOSED,
        "always": OpeningState.OPEN,
        "shut": OpeningState.CLOSED,
        "nowhere": OpeningState.OPEN,
    }
    assert states_at(STATIONS, DAY)["day"] is OpeningState.OPEN
    index = StationIndex.build(STATIONS)
    assert states_at(STATIONS, DAY, index) == states_at(STATIONS, DAY)
    assert states_at([], DAY) == {}


def test_coverage_is_the_engine_s_in_the_order_and_with_the_columns_of_the_areas() -> None:
    index = StationIndex.build(STATIONS)
    table = covered(people="people")
    assert table["code"].tolist() == ["370103", "370102"]
    assert table["colour"].tolist() == ["red", "blue"]
    assert table.geometry.geom_equals(AREAS.geometry).all()
    demand = demand_from_areas(AREAS, "people", REACH.spacing_m)
    served = coverage_by_area(demand, coverage_at(demand, index, DAY, REACH))["served"]
    for row in table.itertuples():
        mine = demand.district == row.code
        assert row.demand == demand.weight[mine].sum()
        assert row.served == served[row.code]
        assert row.share == row.served / row.demand
    assert table["places"].tolist() == [1, 2]
    assert table["usable"].tolist() == [0, 2]
    assert coverage_frame(AREAS, index, NIGHT, people="people", reach=REACH)["usable"].tolist() == [0, 1]


def test_coverage_may_be_put_over_coverage() -> None:
    """Columns of an earlier answer are replaced."""
    once = covered(people="people")
    twice = covered(once, NIGHT, people="people")
    assert sorted(twice.columns) == sorted(once.columns)
    assert twice["served"].sum() < once["served"].sum()


def test_without_people_it_is_the_ground_that_is_served() -> None:
    table = covered()
    geod = AREAS.geometry.map(lambda shape: abs(pyproj_area(shape)))
    assert np.allclose(table["demand"], geod, rtol=1e-9)
    circle = np.pi * REACH.radius_m**2
    assert table["served"].sum() == pytest.approx(
        2 * circle, rel=0.03
    )  # two circles, apart, on a grid of 250 m


def pyproj_area(shape: shapely.Polygon) -> float:
    from pyproj import Geod

    return float(Geod(ellps="WGS84").geometry_area_perimeter(shape)[0])


def test_cells_hold_all_of_the_demand() -> None:
    demand = demand_from_areas(AREAS, "people", REACH.spacing_m)
    cells = cells_frame(demand, stations_frame(STATIONS), DAY, reach=REACH, resolution=8)
    assert cells.crs == "EPSG:4326"
    assert cells["demand"].sum() == 150_000
    table = covered(people="people")
    assert cells["served"].sum() == pytest.approx(table["served"].sum(), rel=0.01)


def test_the_hours_of_a_week_are_hours_by_days() -> None:
    demand, index = demand_from_areas(AREAS, "people", REACH.spacing_m), StationIndex.build(STATIONS)
    week = hours_frame(demand, index, date(2026, 11, 16), REACH)
    assert week.shape == (24, 7)
    friday, ten, eleven_at_night = 4, 10, 23
    for hour, at in ((ten, DAY), (eleven_at_night, NIGHT)):
        share = coverage_overall(demand, coverage_at(demand, index, at, REACH)).share
        assert week.loc[hour, friday] == pytest.approx(share)
    with pytest.raises(ValueError, match="Monday"):
        hours_frame(demand, index, date(2026, 11, 17), REACH)


def test_gaps_are_what_is_not_covered() -> None:
    demand, frame = demand_from_areas(AREAS, "people", REACH.spacing_m), stations_frame(STATIONS)
    gaps = gaps_frame(demand, frame, [NIGHT], reach=REACH)
    table = covered(at=NIGHT, people="people")
    missed = (table["demand"] - table["served"]).sum()
    assert gaps["demand"].sum() == pytest.approx(missed, rel=0.01)  # sample points beside exact ground
    assert gaps["rank"].tolist() == [*range(1, len(gaps) + 1)]
    assert gaps["demand_hours"].is_monotonic_decreasing
    assert gaps.crs == "EPSG:4326"
    middles = gpd.GeoSeries(gpd.points_from_xy(gaps["lon"], gaps["lat"]), index=gaps.index, crs=gaps.crs)
    assert gaps.geometry.intersects(middles).all()


def test_a_frame_that_pandas_made_dates_of_is_read() -> None:
    """A GeoPackage gives days back as instants, and missing ones as NaT."""
    frame = stations_frame(STATIONS[:2])
    frame["verified_on"] = pd.to_datetime(pd.Series(["2026-10-01", None]))
    assert [one.verified_on for one in stations_from_frame(frame)] == [date(2026, 10, 1), None]


PLAIN = gpd.GeoDataFrame(
    {"colour": ["red", "blue"]}, geometry=AREAS.geometry.tolist(), index=["x", "x"], crs="EPSG:4326"
)  # one label for both rows, as frames have that were put together


def figures(frame: gpd.GeoDataFrame) -> list[list[float]]:
    return frame[["places", "usable", "demand", "served", "share", "median_m", "p90_m"]].to_numpy().tolist()  # type: ignore[no-any-return]


def test_areas_with_nothing_but_a_geometry_have_the_same_figures() -> None:
    whole = covered()
    for areas in (PLAIN, PLAIN[["geometry"]], PLAIN.rename_geometry("shape")):
        plain = covered(areas)
        assert figures(plain) == figures(whole)
        assert {*areas.columns} < {*plain.columns}
        assert "code" not in plain
    people = PLAIN.assign(inhabitants=[50_000, 100_000])
    counted = covered(people, people="inhabitants")
    assert counted["demand"].tolist() == [50_000, 100_000]
    assert {*demand_from_areas(people, "inhabitants", 250).district} == {"000000", "000001"}


@pytest.mark.parametrize(
    "codes", [[370103, 370102], [370103.0, 370102.0], [1, 2], ["甲", "乙1"], ["1", "12"]]
)
def test_codes_may_be_numbers_or_any_texts(codes: list[object]) -> None:
    areas = AREAS.assign(code=codes).drop(columns=["city", "province"])
    demand = demand_from_areas(areas, "people", 250)
    assert {*demand.district} == {str(int(c)) if isinstance(c, float) else str(c) for c in codes}
    told = covered(areas, demand=demand)
    assert figures(told) == figures(covered(people="people"))
    assert told["code"].tolist() == codes


def test_townships_count_for_their_county_and_for_themselves() -> None:
    towns = AREAS.assign(code=["370103001", "370103002"])
    county = gpd.GeoDataFrame({"code": [370103]}, geometry=[AREAS.union_all()], crs="EPSG:4326")
    demand = demand_from_areas(towns, "people", 250)
    (told,) = covered(county, demand=demand)["demand"]
    assert told == 150_000
    assert covered(towns, demand=demand)["demand"].tolist() == [50_000, 100_000]


@pytest.mark.parametrize("where", [0, 1])
def test_an_area_that_holds_several_outlines_has_their_shares_together(where: int) -> None:
    boxes = [shapely.box(117.00, 36.60, 117.01, 36.61), shapely.box(117.10, 36.60, 117.11, 36.61)]
    counties = gpd.GeoDataFrame(
        {"code": ["370102", "370103"], "people": [1_000, 1_000]}, geometry=boxes, crs="EPSG:4326"
    )
    city = gpd.GeoDataFrame({"code": ["3701"]}, geometry=[counties.union_all()], crs="EPSG:4326")
    middle = boxes[where].centroid
    rest = Station(
        id="1", name="驿站", kind=Kind.OUTDOOR_STATION, lon=middle.x, lat=middle.y, hours_text="24小时"
    )
    demand = demand_from_areas(counties, "people", 250)
    table = coverage_frame(city, stations_frame([rest]), DAY, demand=demand, reach=REACH)
    assert table[["demand", "share"]].to_numpy().tolist() == [[2_000, 0.5]]


@pytest.mark.parametrize("empty", [None, float("nan"), "", pd.NA])
def test_an_area_without_its_code_beside_others_is_refused(empty: object) -> None:
    with pytest.raises(ValueError, match=r"rows 1 .*no code"):
        demand_from_areas(AREAS.assign(code=pd.Series(["370103", empty], dtype=object)))


def test_a_code_twice_and_a_missing_column_of_people_are_refused() -> None:
    with pytest.raises(FaultError):
        demand_from_areas(AREAS.assign(code=[1, 1]))
    with pytest.raises(ValueError, match="no column 'peopel'"):
        demand_from_areas(AREAS, "peopel")


def test_ids_and_codes_of_stations_may_be_numbers() -> None:
    frame = stations_frame(STATIONS).assign(id=[7, 8, 9, 10], district=[370102.0, 370103.0, np.nan, np.nan])
    back = stations_from_frame(frame)
    assert [one.id for one in back] == ["7", "8", "9", "10"]
    assert [one.district for one in back] == ["370102", "370103", None, None]
    with pytest.raises(ValidationError):
        stations_from_frame(frame.assign(id=[True, False, 1.5, 2]))


def test_a_layer_of_coverage_declares_one_type_of_geometry(tmp_path: Path) -> None:
    """An island makes one county of two a multipolygon."""
    island = shapely.MultiPolygon([AREAS.geometry[1], shapely.box(117.2, 36.6, 117.21, 36.61)])
    mixed = AREAS.set_geometry(gpd.GeoSeries([AREAS.geometry[0], island], crs="EPSG:4326"))
    told = covered(mixed)
    told.to_file(tmp_path / "x.gpkg", layer="coverage")
    assert pyogrio.read_info(tmp_path / "x.gpkg", layer="coverage")["geometry_type"] == "MultiPolygon"
    assert told.geometry.geom_equals(mixed.geometry).all()
    assert {*covered().geom_type} == {"Polygon"}
