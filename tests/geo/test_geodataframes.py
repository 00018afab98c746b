"""The engine for users of GeoPandas: frames in, frames out, and the same as the engine's own answers."""

from datetime import UTC, date, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.coverage import Reach, coverage_at
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
from geo.station import Access, Calendar, Entry, Kind, OpeningState, Station, Status

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

texts = st.text("驿站 a、，-1", max_size=8).map(str.strip)
stations = st.builds(
    Station,
    id=st.text("abc1", min_size=1, max_size=5),
    name=st.text("驿站<&", min_size=1, max_size=5),
    kind=st.sampled_from(Kind),
    address=texts,
    district=st.none() | st.sampled_from(["370102", "370103"]),
    district_name=texts,
    hours_text=texts,
    calendar=st.sampled_from(Calendar),
    entry=st.sampled_from(Entry),
    access=st.sampled_from(Access),
    facilities=st.frozensets(st.sampled_from(["water", "toilet", "wifi"])),
    status=st.sampled_from(Status),
    verified_on=st.none() | st.dates(date(2020, 1, 1), date(2026, 1, 1)),
    sample=st.booleans(),
    employer=texts,
    area_m2=st.none() | st.floats(0, 1e4),
    phone=texts,
    note=texts,
)
places = st.none() | st.tuples(st.floats(-180, 180), st.floats(-90, 90))


@given(st.lists(st.tuples(stations, places), max_size=5, unique_by=lambda pair: pair[0].id))
@settings(deadline=None, derandomize=True, max_examples=60)
def test_stations_come_back_from_a_frame_as_they_went_in_but_for_what_is_personal(
    drawn: list[tuple[Station, tuple[float, float] | None]],
) -> None:
    given_ = [one.model_copy(update={"lon": at and at[0], "lat": at and at[1]}) for one, at in drawn]
    frame = stations_frame(given_)
    assert not PERSONAL & set(frame.columns)
    bare = [one.model_copy(update={"phone": "", "note": "", "accepts": frozenset()}) for one in given_]
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
    frame, index = stations_frame(STATIONS), StationIndex.build(STATIONS)
    table = coverage_frame(AREAS, frame, DAY, people="people", reach=REACH)
    assert table["code"].tolist() == ["370103", "370102"]
    assert table["colour"].tolist() == ["red", "blue"]
    assert table.geometry.geom_equals(AREAS.geometry).all()
    demand = demand_from_areas(AREAS, "people", REACH.spacing_m)
    mask = coverage_at(demand, index, DAY, REACH).mask
    for row in table.itertuples():
        mine = demand.district == row.code
        assert row.demand == demand.weight[mine].sum()
        assert row.served == demand.weight[mine & mask].sum()
        assert row.share == row.served / row.demand
    assert table["places"].tolist() == [1, 2]
    assert table["usable"].tolist() == [0, 2]
    assert coverage_frame(AREAS, index, NIGHT, people="people", reach=REACH)["usable"].tolist() == [0, 1]


def test_coverage_may_be_put_over_coverage() -> None:
    """Columns of an earlier answer are replaced."""
    once = coverage_frame(AREAS, StationIndex.build(STATIONS), DAY, people="people", reach=REACH)
    twice = coverage_frame(once, StationIndex.build(STATIONS), NIGHT, people="people", reach=REACH)
    assert sorted(twice.columns) == sorted(once.columns)
    assert twice["served"].sum() < once["served"].sum()


def test_without_people_it_is_the_ground_that_is_served() -> None:
    table = coverage_frame(AREAS, StationIndex.build(STATIONS), DAY, reach=REACH)
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
    table = coverage_frame(AREAS, stations_frame(STATIONS), DAY, people="people", reach=REACH)
    assert cells["served"].sum() == table["served"].sum()


def test_the_hours_of_a_week_are_hours_by_days() -> None:
    demand, index = demand_from_areas(AREAS, "people", REACH.spacing_m), StationIndex.build(STATIONS)
    week = hours_frame(demand, index, date(2026, 11, 16), REACH)
    assert week.shape == (24, 7)
    friday, ten, eleven_at_night = 4, 10, 23
    for hour, at in ((ten, DAY), (eleven_at_night, NIGHT)):
        served = demand.weight[coverage_at(demand, index, at, REACH).mask].sum()
        assert week.loc[hour, friday] == pytest.approx(served / demand.total)
    with pytest.raises(ValueError, match="Monday"):
        hours_frame(demand, index, date(2026, 11, 17), REACH)


def test_gaps_are_what_is_not_covered() -> None:
    demand, frame = demand_from_areas(AREAS, "people", REACH.spacing_m), stations_frame(STATIONS)
    gaps = gaps_frame(demand, frame, [NIGHT], reach=REACH)
    table = coverage_frame(AREAS, frame, NIGHT, people="people", reach=REACH)
    assert gaps["demand"].sum() == (table["demand"] - table["served"]).sum()
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
