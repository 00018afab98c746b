"""At night a form's 24 hours come after hours that somebody stated."""

from datetime import datetime

import pytest

from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex
from geo.nearest.query import NearestOrder, NearestQuery
from geo.station import Kind, Station

TEXTS = {"default": "00:00-00:00", "stated": "24小时", "evening": "8:00-23:00", "other": "0:00-23:59"}


def near(at: str, filters: Filters, k: int = 4) -> list[str]:
    stations = [
        Station(id=id, name=id, kind=Kind.LIBRARY, lon=117.0 + n / 1000, lat=36.6, hours_text=text)
        for n, (id, text) in enumerate(TEXTS.items())
    ]
    query = NearestQuery(datetime.fromisoformat(f"2026-10-14T{at}+08:00"), k, filters=filters)
    return [hit.station.id for hit in StationIndex.build(stations).nearest_at(117.0, 36.6, query).results]


@pytest.mark.parametrize(
    ("at", "ids"),
    [
        ("12:00", ["default", "stated", "evening", "other"]),
        ("21:59", ["default", "stated", "evening", "other"]),
        ("22:00", ["stated", "evening", "default", "other"]),
        ("05:59", ["stated", "default", "other"]),
        ("06:00", ["default", "stated", "other"]),
    ],
)
def test_open_stations_at_night_are_ordered_by_whether_their_hours_are_stated(
    at: str, ids: list[str]
) -> None:
    assert near(at, Filters(open_only=True)) == ids


def test_without_the_filter_the_distance_alone_decides() -> None:
    assert near("23:30", Filters(not_closed=True)) == ["default", "stated", "other"]


@pytest.mark.parametrize(
    ("day", "ids"),
    [
        ("2026-09-30", ["daily", "never off", "far", "unknown"]),
        ("2026-10-01", ["never off", "daily", "far", "unknown"]),
        ("2026-10-07", ["never off", "daily", "far", "unknown"]),
        ("2026-10-08", ["daily", "never off", "far", "unknown"]),
    ],
)
def test_on_a_long_holiday_usual_hours_count_as_unknown_and_keep_their_state(
    day: str, ids: list[str]
) -> None:
    hours = {"daily": "9:00-21:00", "never off": "9:00-21:00 全年无休", "unknown": "", "far": "24小时"}
    places = {"daily": 1.0, "never off": 1.5, "unknown": 2.0, "far": 3.9}
    stations = [
        Station(id=id, name=id, kind=Kind.LIBRARY, lon=117.0 + places[id] / 100, lat=36.6, hours_text=text)
        for id, text in hours.items()
    ]
    at = datetime.fromisoformat(f"{day}T10:00+08:00")
    index = StationIndex.build(stations)
    query = NearestQuery(at, 4, Filters(not_closed=True), order=NearestOrder.OPEN_FIRST)
    assert [hit.station.id for hit in index.nearest_at(117.0, 36.6, query).results] == ids
    found = index.nearest_at(117.0, 36.6, NearestQuery(at, 4, Filters(open_only=True, stay_min=600)))
    assert [hit.station.id for hit in found.results] == ["daily", "never off", "far"]
