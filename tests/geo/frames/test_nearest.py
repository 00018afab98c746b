"""The nearest stations of a frame's points: those of all geodesics and hours, under the frame's own labels."""

from datetime import datetime, timedelta

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Geod

from core.calendars import Calendar
from core.civil_time import CIVIL_TIME
from geo.frames import nearest
from geo.frames.stations import index_stations, stations_frame
from geo.hours import UNVERIFIED_ALL_DAY, Schedules
from geo.nearest.query import NearestOrder, NearestQuery
from geo.nearest.travel import Travel
from tests.geo.frames.town import DAY, NIGHT, PLANE, STATIONS, draw_points

FRAME = stations_frame(STATIONS).set_index("name", drop=False)


EARTH = Geod(ellps="WGS84")
HOURS = ("0:00-0:00", "24小时", "8:00-18:00", "20:00-4:00", "随缘开放", "0:00-0:00")


def draw_stations() -> gpd.GeoDataFrame:
    """Return stations on both sides of the antimeridian, three at each point, and two without one."""
    rng = np.random.default_rng(5)
    places = rng.uniform((179.96, 16.0), (180.04, 16.08), (20, 2)).repeat(3, axis=0)
    places[:, 0] = (places[:, 0] + 180) % 360 - 180
    columns = {
        "id": rng.permutation(62).astype(str),
        "hours": rng.choice(HOURS, 62),
        "status": rng.choice(["active", "active", "active", "closed_temporarily"], 62),
    }
    points = [*shapely.points(places), None, shapely.Point()]
    labels = [f"s{number}" for number in range(62)]
    stations = gpd.GeoDataFrame(columns, geometry=points, crs="EPSG:4326", index=labels)
    return stations.assign(name="驿站", kind="驿站")


def seek_slowly(
    lon: float, lat: float, stations: gpd.GeoDataFrame, at: datetime, order: str, *, open_only: bool
) -> list[tuple[str, float, str]]:
    """Return label, metres and state of the first five, by every geodesic and the hours on every arrival."""
    schedules = Schedules.compile([(text, Calendar.CN) for text in stations["hours"]])
    placed = []
    for row, point in enumerate(stations.geometry):
        if point is None or point.is_empty:
            continue
        label, one = stations.index[row], stations.iloc[row]
        metres = EARTH.inv(lon, lat, point.x, point.y)[2]
        arrival = at + timedelta(seconds=int(metres * Travel.walk().seconds_per_m))
        opening = schedules.opening(schedules.ids[row], arrival)
        is_active, hour = one["status"] == "active", arrival.astimezone(CIVIL_TIME).hour
        state = opening.state.value if is_active else "closed"
        is_doubtful = is_active and opening.is_doubtful and order == "open_first"
        is_last = open_only and opening.reason == UNVERIFIED_ALL_DAY and (hour >= 22 or hour < 6)
        if state == "open" or not open_only:
            weighed_m = round(metres * (2 if is_doubtful else 1), 4)  # what lies at one point is equally far
            placed.append((weighed_m, round(metres, 4), one["id"], is_last, (str(label), metres, state)))
    return [told for *_, is_last, told in sorted(sorted(placed)[:5], key=lambda found: found[3])]


@pytest.mark.parametrize("order", ["distance", "open_first"])
@pytest.mark.parametrize("open_only", [False, True])
@pytest.mark.parametrize(
    "at", [DAY, NIGHT, NIGHT.replace(hour=13, minute=50)]
)  # in the third night falls on the way
def test_it_is_what_geodesics_and_hours_say_on_arrival(order: str, open_only: bool, at: datetime) -> None:
    stations = draw_stations()
    rng = np.random.default_rng(6)
    lonlat = np.concatenate((rng.uniform((179.95, 16.0), (179.999, 16.08), (20, 2)), [(-179.99, 16.04)]))
    riders = gpd.GeoDataFrame(geometry=[None, *shapely.points(lonlat)], crs="EPSG:4326")
    told = nearest(riders, stations, k=5, at=at, order=order, open_only=open_only)  # type: ignore[arg-type]
    assert told.loc[[0], "index_right"].isna().all()
    for label, (lon, lat) in enumerate(lonlat.tolist(), 1):
        rows, wanted = told.loc[[label]], seek_slowly(lon, lat, stations, at, order, open_only=open_only)
        assert rows["index_right"].tolist() == [found for found, _, _ in wanted]
        assert rows["distance_m"].tolist() == pytest.approx([metres for _, metres, _ in wanted], abs=1e-3)
        assert rows["state"].tolist() == [state for _, _, state in wanted]


@pytest.mark.parametrize("order", ["distance", "open_first"])
def test_it_is_in_the_order_of_the_doors(order: str) -> None:
    riders, found = draw_points(20), index_stations(FRAME)
    told = nearest(riders, found, k=3, at=NIGHT, order=order)  # type: ignore[arg-type]
    query = NearestQuery(NIGHT, 3, travel=Travel.walk(), order=NearestOrder(order))
    for label, point in riders.to_crs("EPSG:4326").geometry.items():
        hits = found.index.nearest_at(point.x, point.y, query).results
        rows = told.loc[[label]]
        assert rows["index_right"].tolist() == [hit.station.name for hit in hits]
        assert rows["minutes"].tolist() == pytest.approx([hit.minutes for hit in hits])


def test_index_columns_and_crs_of_the_points_stay() -> None:
    riders = draw_points(3).assign(state="busy")
    told = nearest(riders, FRAME, k=2, at=DAY)
    assert told.index.tolist() == ["h0", "h0", "h1", "h1", "h2", "h2"]
    assert [*told.columns] == ["people", "geometry", "index_right", "distance_m", "state", "minutes"]
    assert told.crs == PLANE
    assert told.geometry.geom_equals(riders.geometry.take([0, 0, 1, 1, 2, 2])).all()
    assert set(told["index_right"]) <= set(FRAME.index)
    assert not riders.columns.isin(["distance_m"]).any()


def test_an_unplaced_point_and_one_without_a_station_keep_one_empty_row() -> None:
    shapes = [shapely.Point(117.02, 36.62), None, shapely.Point(np.nan, np.nan), shapely.Point(110, 30)]
    riders = gpd.GeoDataFrame({"rider": list("abcd")}, geometry=shapes, crs="EPSG:4326")
    told = nearest(riders, FRAME, k=2, at=DAY, within_m=5_000)
    assert told.index.tolist() == [0, 0, 1, 2, 3]
    assert told.loc[[1, 2, 3], ["index_right", "distance_m", "state", "minutes"]].isna().all().all()
    assert told.loc[[0], "index_right"].tolist() == ["白天", "停用"]
    assert len(nearest(riders, FRAME, k=9).loc[[0]]) == 3  # all that are placed
    assert nearest(riders, FRAME, k=10**12).equals(nearest(riders, FRAME, k=9))  # no table of so many


def test_stations_may_be_indexed_before() -> None:
    riders, found = draw_points(5), index_stations(FRAME)
    assert nearest(riders, found, k=2, at=DAY).equals(nearest(riders, FRAME, k=2, at=DAY))
    ids = nearest(riders, found.index)["index_right"]
    assert set(ids) <= {station.id for station in STATIONS}


def test_a_time_without_offset_and_points_without_crs_are_refused() -> None:
    riders = draw_points(1)
    with pytest.raises(ValueError, match="no offset"):
        nearest(riders, FRAME, at=DAY.replace(tzinfo=None))
    with pytest.raises(ValueError, match="no CRS"):
        nearest(gpd.GeoDataFrame(geometry=np.asarray(riders.geometry.values)), FRAME)
