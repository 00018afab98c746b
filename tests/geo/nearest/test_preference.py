"""At night a form's 24 hours come after hours that somebody stated."""

from datetime import datetime

import pytest

from geo.nearest.filters import Filters
from geo.nearest.index import StationIndex
from geo.nearest.query import NearestQuery
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
