"""The nearest stations of a frame's points: those of the doors, under the frame's own labels."""

from datetime import datetime

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.frames import nearest
from geo.frames.stations import index_stations, stations_frame
from geo.nearest.filters import NO_FILTERS, Filters
from geo.nearest.query import NearestOrder, NearestQuery
from geo.nearest.travel import Travel
from tests.geo.frames.town import DAY, NIGHT, PLANE, STATIONS, draw_points

FRAME = stations_frame(STATIONS).set_index("name", drop=False)


@pytest.mark.parametrize("order", ["distance", "open_first"])
@pytest.mark.parametrize("open_only", [False, True])
@pytest.mark.parametrize("at", [DAY, NIGHT])
def test_it_is_what_the_doors_say_on_arrival(order: str, open_only: bool, at: datetime) -> None:
    riders = draw_points(40)
    told = nearest(riders, FRAME.reset_index(drop=True), k=3, at=at, order=order, open_only=open_only)  # type: ignore[arg-type]
    index = index_stations(FRAME.reset_index(drop=True)).index
    filters = Filters(open_only=True) if open_only else NO_FILTERS
    query = NearestQuery(at, 3, filters, Travel.walk(), order=NearestOrder(order))
    lonlat = riders.to_crs("EPSG:4326").geometry
    for label, point in lonlat.items():
        rows = told.loc[[label]]
        if open_only:
            position, _ = index.nearest_arrays((point.x, point.y), query)
            wanted = [index.stations[one] for one in position[0].tolist() if one >= 0]
            hits = {hit.station.id: hit for hit in index.nearest_at(point.x, point.y, query).results}
        else:
            results = index.nearest_at(point.x, point.y, query).results
            wanted, hits = [hit.station for hit in results], {hit.station.id: hit for hit in results}
        assert [FRAME.index[row] for row in rows["index_right"]] == [one.name for one in wanted]
        for (_, row), station in zip(rows.iterrows(), wanted, strict=True):
            hit = hits[station.id]
            assert row["distance_m"] == pytest.approx(hit.distance_m, abs=1e-3)
            assert row["minutes"] == pytest.approx(hit.minutes)
            assert row["state"] == hit.opening.state.value


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
